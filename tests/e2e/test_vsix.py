"""The VSIX as it is shipped: its bundled server runs with a plain Python, and the manifest says what is there."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest

from issuelens import __version__
from issuelens.ipc.framing import FrameBuffer, frame
from issuelens.ipc.locks import FileLock
from issuelens.lsp.initialize import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
MANIFEST = json.loads((ROOT / "package.json").read_text())
C = '/* TODO: round up */ char *s = "/* TODO: none";\nint n = 1;\n// FIXME: taxes\n'
VSIX = ROOT / "build" / f"issuelens-{MANIFEST['version']}.vsix"


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    left_out = ("MAKE", "MFLAGS", "PYTHONW")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    # Tests run side by side; one of them builds it.
    with FileLock(ROOT / "build" / "vsix.lock"):
        subprocess.run(["make", "vsix"], cwd=ROOT, check=True, capture_output=True, timeout=600, env=environment)
    folder = tmp_path_factory.mktemp("vsix")
    with zipfile.ZipFile(VSIX) as archive:
        archive.extractall(folder)
    return folder / "extension"


@pytest.fixture(scope="module", params=["this Python", "the system's Python"])
def plain_python(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python without any library: what is missing in the bundle is missing here."""
    folder = tmp_path_factory.mktemp("python")
    if request.param == "this Python":
        venv.create(folder, with_pip=False, symlinks=True)
        return folder / "bin" / "python"
    # The one that people have: on Debian 12 it is older than the one that the tests run with.
    system = "/usr/bin/python3"
    is_new = "import sys; sys.exit(sys.version_info < (3, 11))"
    if not Path(system).exists() or subprocess.run([system, "-c", is_new], check=False, timeout=60).returncode:
        pytest.skip(f"{system} is not there, or older than 3.11")
    subprocess.run([system, "-m", "venv", "--without-pip", folder], check=True, timeout=60)
    return folder / "bin" / "python"


@pytest.mark.timeout(700)
async def test_the_bundled_server_answers_with_a_plain_python(
    unpacked: Path, plain_python: Path, tmp_path: Path
) -> None:
    libraries = unpacked / "bundled" / "libs"
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(libraries),
        "PYTHONNOUSERSITE": "1",
        "PYTHONSAFEPATH": "1",
        "XDG_RUNTIME_DIR": os.environ["XDG_RUNTIME_DIR"],
        "ISSUELENS_IDLE_SECONDS": "0",
    }
    process = await asyncio.create_subprocess_exec(
        *(str(plain_python), "-m", "issuelens", "lsp"),
        env=environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    root = tmp_path / "project"
    root.mkdir()
    text = {"uri": (root / "a.c").as_uri(), "languageId": "c", "version": 1, "text": C}
    folders = [{"uri": root.as_uri(), "name": "project"}]
    command = {"command": "issuelens.server.initWorkspace", "arguments": [{"workspace": root.as_uri()}]}
    for message in (
        {
            "id": 1,
            "method": "initialize",
            "params": {"processId": None, "capabilities": {}, "workspaceFolders": folders},
        },
        {"method": "initialized", "params": {}},
        {"id": 2, "method": "workspace/executeCommand", "params": command},
        {"method": "textDocument/didOpen", "params": {"textDocument": text}},
        {"id": 3, "method": "textDocument/codeLens", "params": {"textDocument": {"uri": text["uri"]}}},
    ):
        assert process.stdin is not None
        process.stdin.write(frame(json.dumps({"jsonrpc": "2.0", **message}).encode()))
    assert process.stdout is not None
    answers = await _answers(process.stdout, 3)
    assert answers[1]["serverInfo"] == {"name": "issuelens", "version": __version__}
    assert answers[2]["prefix"] == "project"
    assert {lens["range"]["start"]["line"] for lens in answers[3]} == {0, 2}
    process.stdin.write(frame(b'{"jsonrpc":"2.0","id":4,"method":"shutdown"}'))
    process.stdin.write(frame(b'{"jsonrpc":"2.0","method":"exit"}'))
    await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0


async def _answers(stream: asyncio.StreamReader, last: int) -> dict[int, Any]:
    frames, found = FrameBuffer(), {}
    while last not in found:
        chunk = await asyncio.wait_for(stream.read(65_536), 60)
        assert chunk, "the server ended"
        frames.feed(chunk)
        while (content := frames.next()) is not None:
            shape = json.loads(content)
            if "id" in shape and "method" not in shape:
                assert "result" in shape, shape
                found[shape["id"]] = shape["result"]
    return found


@pytest.mark.timeout(700)
def test_nothing_in_it_is_compiled_or_superfluous(unpacked: Path) -> None:
    with zipfile.ZipFile(VSIX) as archive:
        names = [name.removeprefix("extension/") for name in archive.namelist() if name.startswith("extension/")]
    assert [name for name in names if name.endswith((".so", ".pyd", ".dylib", ".dll", ".pyc"))] == []
    top = {name.split("/")[0] for name in names}
    shipped = {"package.json", "package.nls.json", "readme.md", "changelog.md", "license.txt", "dist", "bundled"}
    assert {name.lower() for name in top} == shipped | {"vscode-client"}
    bundle = [unpacked / "dist" / name for name in ("extension.js", "library.js")]
    assert sum(path.stat().st_size for path in bundle) < 500_000


def test_versions_are_equal() -> None:
    assert MANIFEST["version"] == __version__
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_every_text_of_the_manifest_is_there() -> None:
    texts = json.loads((ROOT / "package.nls.json").read_text())
    used = set(re.findall(r'"%([\w.]+)%"', (ROOT / "package.json").read_text()))
    assert used == set(texts)


def test_every_palette_command_is_registered_and_none_is_the_servers() -> None:
    declared = {one["command"] for one in MANIFEST["contributes"]["commands"]}
    source = "\n".join(path.read_text() for path in sorted((ROOT / "vscode-client" / "src").rglob("*.ts")))
    # By its whole name, or by its last word where a table or a view has the rest.
    words = {one: one.rpartition(".")[2] for one in declared}
    named = {one for one, word in words.items() if re.search(rf"['.`]{word}['`]|^ *{word}: ", source, re.MULTILINE)}
    assert declared == named
    assert not declared & set(COMMANDS)


def test_the_lock_file_names_no_address() -> None:
    text = (ROOT / "package-lock.json").read_text()
    assert '"resolved"' not in text
