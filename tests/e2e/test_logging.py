"""What real processes log: the daemon into its file, the language server on standard error; and how it is shown."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.support.cli import Place
from tests.support.daemons import client, in_thread

from issuelens import __version__
from issuelens.domain.operation import CreateIssue
from issuelens.ipc.endpoint import read_endpoint

SHOWN = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} (DEBUG|INFO|WARNING|ERROR|CRITICAL) +\S")


async def test_a_life_of_a_daemon_as_its_log_tells_it(place: Place) -> None:
    async with client(place.space, "lsp/tester") as (one, _):
        await one.write(CreateIssue(title="a secret plan"))
    file = place.root / "x.jsonl"
    file.write_text('{"id": "app-1", "title": "a secret plan", "created_at": "2026-01-01T00:00:00Z"}\n')
    await in_thread(place.ok, "import", str(file), "--format", "beads")
    await in_thread(place.ok, "sync")
    endpoint = read_endpoint(place.space)
    assert endpoint is not None
    await in_thread(place.close)
    text = place.space.daemon_log.read_text()
    records = [json.loads(line) for line in text.splitlines()]
    assert all(one["version"] == __version__ and one["pid"] == endpoint.pid for one in records)
    by_message = {one["message"]: one for one in records}
    assert {"schema", "sqlite", "duration_ms"} <= by_message["serving"].keys()
    assert by_message["lsp/tester has joined"]["clients"] == 1
    assert by_message["lsp/tester has left"]["client"] == "lsp/tester"
    assert by_message["a file was imported"]["counts"] == {"created": 1}
    assert by_message["issues.jsonl was synced"]["exported"] == 2
    assert by_message["leaving"]["reason"] == "launch asked for it"
    assert "a secret plan" not in text
    assert endpoint.token not in text
    assert str(place.root) not in text


def test_the_log_as_a_person_sees_it(place: Place) -> None:
    place.create("x")
    shown = place.ok("daemon", "logs")
    lines = shown.splitlines()
    assert all(SHOWN.match(line) for line in lines)
    assert re.search(r" INFO +serving \(duration_ms \d+, python 3\.\d+\.\d+, schema \d+, sqlite 3\.", shown)
    with place.space.daemon_log.open("a") as file:
        record = {"time": "nonsense", "level": "ERROR", "message": "a\nb\x1b[31m", "traceback": "Traceback\n  x"}
        file.write("Fatal Python error: x\n" + json.dumps(record) + "\n")
    assert place.ok("daemon", "logs", "-n", "2").splitlines() == [
        "Fatal Python error: x",
        "- ERROR    a",
        "    b\ufffd[31m",
        "    Traceback",
        "      x",
    ]
    assert place.ok("daemon", "logs", "--level", "error").splitlines()[0] == "Fatal Python error: x"
    assert place.json("daemon", "logs", "--level", "ERROR", "-n", "1") == [record]
    assert place.json("daemon", "logs", "-n", "2")[0] == {"message": "Fatal Python error: x"}


def test_what_was_put_aside_is_shown_too(place: Place) -> None:
    assert place.do("daemon", "logs").err == f"issuelens: There is no log yet: {place.space.daemon_log}.\n"
    for number, path in enumerate(reversed(place.space.daemon_logs)):
        path.write_text("".join(f"{json.dumps({'level': 'INFO', 'message': f'{number}.{n}'})}\n" for n in range(3)))
    found = place.json("daemon", "logs", "-n", "7")
    assert [one["message"] for one in found] == ["1.2", "2.0", "2.1", "2.2", "3.0", "3.1", "3.2"]


FULL = """\
import os

_open = os.open

def full(path, *arguments, **options):
    return _open("/dev/full" if str(path).endswith("daemon.log") else path, *arguments, **options)

os.open = full
import stat
_is_file = stat.S_ISREG
stat.S_ISREG = lambda mode: _is_file(mode) or stat.S_ISCHR(mode)
"""
"""Preloaded: the log's disk is full, and no other one."""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is full")
def test_a_full_disk_of_the_log_harms_nobody(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hook = tmp_path / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(FULL)
    path = os.pathsep.join([str(hook), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = place.process("create", "x", env=os.environ | {"PYTHONPATH": path})
    assert (done.returncode, done.stderr) == (0, "")
    assert [one["title"] for one in place.json("list")] == ["x"]
    place.ok("sync")
    assert not place.space.daemon_log.exists()
    place.close()
    assert not place.space.endpoint_file.exists()


def _said(variables: dict[str, str]) -> list[str]:
    """What a language server says on standard error of a message of no use, and of a frame that can't be read."""
    shapes = ({"id": 1, "method": "initialize", "params": {"capabilities": {}}}, {"method": ["postgresql://u:p4ss@h"]})
    bodies = [json.dumps({"jsonrpc": "2.0", **shape}).encode() for shape in shapes]
    done = subprocess.run(
        [sys.executable, "-m", "issuelens", "lsp"],
        input=b"".join(b"Content-Length: %d\r\n\r\n%s" % (len(one), one) for one in bodies) + b"nonsense\r\n\r\n",
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, **variables},
    )
    assert done.returncode == 1
    return done.stderr.decode().splitlines()


def test_the_language_server_logs_as_it_is_told() -> None:
    lines = _said({"ISSUELENS_LOG": "info", "ISSUELENS_LOG_FORMAT": "json"})
    records: list[dict[str, Any]] = [json.loads(line) for line in lines]
    told, error = records
    assert (told["level"], told["message"]) == ("INFO", "a notification can't be used: ['postgresql://***@h']")
    assert (error["logger"], error["version"]) == ("issuelens.lsp.runner", __version__)
    assert error["message"].startswith("the editor's messages can't be read: ")
    [line] = _said({})
    assert re.match(r"\d{4}-\d\d-\d\d \S+ ERROR issuelens\.lsp\.runner: the editor's messages can't be read: ", line)
    assert _said({"ISSUELENS_LOG": "critical", "ISSUELENS_LOG_FORMAT": "json"}) == []
