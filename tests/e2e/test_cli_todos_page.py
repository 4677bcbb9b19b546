"""What docs/user/todos-in-ci.md has people copy works as it stands there."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from tests.support.cli import Place, run
from tests.support.past import commit, git, with_past

PAGE = (Path(__file__).parents[2] / "docs" / "user" / "todos-in-ci.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def commands(folder: Path) -> str:
    """The PATH on which `issuelens` is a command; it is made in this folder."""
    program = folder / "commands" / "issuelens"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m issuelens "$@"\n')
    program.chmod(0o755)
    return f"{program.parent}{os.pathsep}{os.environ['PATH']}"


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`issuelens` is a command."""
    monkeypatch.setenv("PATH", commands(tmp_path))


@pytest.mark.parametrize("is_workspace", [True, False])
@pytest.mark.usefixtures("on_path", "patient_daemon")
def test_the_hook_on_the_page(tmp_path: Path, is_workspace: bool) -> None:
    [script] = [text for kind, text in BLOCKS if kind == "sh"]
    root = tmp_path / "p"
    place = Place(root) if is_workspace else None
    try:
        root.mkdir(exist_ok=True)
        git(root, "init", "-q")
        hook = root / ".git" / "hooks" / "pre-commit"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(script)
        hook.chmod(0o755)
        (root / "a.py").write_text("# TODO: old\n")
        commit(root)
        (root / "a.py").write_text("import os\n# TODO: old\n")
        (root / "scratch.py").write_text("# TODO: not to be committed\n")
        git(root, "commit", "-q", "-a", "-m", "moves only")
        (root / "b.py").write_text("# TODO: new\n")
        git(root, "add", "b.py")
        done = git(root, "commit", "-m", "x", check=False)
        assert done.code != 0
        assert "b.py:1:3\tTODO\t\tnew" in done.out + done.err
        assert "scratch.py" not in done.out + done.err
        assert "issuelens: found 1 TODO without an issue." in done.err
        assert git(root, "rev-list", "--count", "HEAD").out == "2"
        text = f"# TODO({place.create('new')}): new\n" if place is not None else "x = 1\n"
        (root / "b.py").write_text(text)
        git(root, "add", "b.py")
        git(root, "commit", "-q", "-m", "x")
        git(root, "rm", "-q", "a.py")
        git(root, "commit", "-q", "-m", "only takes away")
        assert git(root, "rev-list", "--count", "HEAD").out == "4"
    finally:
        if place is not None:
            place.close()


@pytest.mark.usefixtures("on_path")
def test_the_settings_of_pre_commit_on_the_page(tmp_path: Path) -> None:
    [text] = [text for kind, text in BLOCKS if kind == "yaml" and "hooks:" in text]
    [hook] = YAML(typ="safe").load(text)["repos"][0]["hooks"]
    assert hook["language"] == "system"
    root = with_past(tmp_path / "p")
    for name, code in (("c.py", 1), ("src/b.py", 0), ("a.py", 0)):
        done = subprocess.run([*shlex.split(hook["entry"]), name], cwd=root, capture_output=True, text=True, timeout=60)
        assert done.returncode == code, done.stderr


@pytest.mark.usefixtures("patient_daemon")
def test_the_jobs_on_the_page(tmp_path: Path) -> None:
    """The commands of the jobs, in a clone of a repository with issues, as CI has it."""
    place = Place(tmp_path / "p")
    clone = tmp_path / "clone"
    lines = [
        line
        for kind, text in BLOCKS
        if kind == "yaml"
        for line in re.findall(r"^\s*- (?:run: )?(issuelens .*)$", text, re.MULTILINE)
    ]
    assert len(lines) == 7
    try:
        issue = place.create("one")
        (place.root / "a.py").write_text(f"# TODO({issue}): one\n# TODO: old\n")
        place.ok("sync")
        git(place.root, "init", "-q", "-b", "main")
        base = commit(place.root)
        git(tmp_path, "clone", "-q", str(place.root), str(clone))
        more = {"BASE": "main", "CI_MERGE_REQUEST_DIFF_BASE_SHA": base, "PATH": commands(tmp_path)}
        environment = os.environ | more

        def codes() -> list[int]:
            return [
                subprocess.run(
                    ["sh", "-c", line], cwd=clone, env=environment, capture_output=True, timeout=60
                ).returncode
                for line in lines
            ]

        assert codes() == [0] * 7
        assert json.loads((clone / "todos.sarif").read_text())["version"] == "2.1.0"
        (clone / "b.py").write_text("# TODO: new\n")
        assert codes() == [0, 0, 1, 0, 0, 1, 0]
        (clone / "b.py").unlink()
        # The branch finishes an issue, and leaves the old TODO behind.
        run(clone, "close", issue)
        assert codes() == [0, 0, 0, 1, 0, 0, 1]
    finally:
        place.close()
        run(clone, "daemon", "stop")


def test_the_page_names_every_option() -> None:
    from issuelens.cli.commands.code import todos as command

    options = {word for param in command.params if param.param_type_name == "option" for word in param.opts}
    assert options <= set(re.findall(r"--[a-z-]+", PAGE))
