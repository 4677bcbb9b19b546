"""The command line with the real daemon: what it prints, its JSON, its exit codes, and what a mistake says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from tests.support.cli import run
from tests.support.workspaces import project

from issuelens.cli.main import COMMANDS
from issuelens.cli.main import root as whole_command


def answer(folder: Path, *arguments: str) -> Any:
    done = run(folder, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_whole_life(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    made = answer(root, "create", "Round half up", "-t", "bug", "-p", "1", "-l", "money", "-a", "anna", "-d", "why")
    issue_id = made["id"]
    assert (made["issue_type"], made["priority"], made["labels"]) == ("bug", 1, ["money"])
    child = answer(root, "create", "part", "--parent", issue_id, "--dep", f"related:{issue_id}")
    assert child["id"] == f"{issue_id}.1"
    assert [one["type"] for one in child["dependencies"]] == ["parent-child", "related"]
    assert (
        run(root, "list").stdout == f"{issue_id}\topen\tP1\tbug\tRound half up\n{child['id']}\topen\tP2\ttask\tpart\n"
    )
    assert run(root, "start", issue_id).stdout == f"{issue_id} is in progress: Round half up\n"
    assert answer(root, "update", issue_id, "-p", "0", "--add-label", "x", "--remove-label", "money")["labels"] == ["x"]
    comment = answer(root, "comment", "add", issue_id, "seen, too")
    assert comment["text"] == "seen, too"
    piped = run(root, "comment", "add", issue_id, "-", input="two\nlines\n")
    assert piped.stdout == f"{issue_id} has comment 2.\n"
    assert [one["text"] for one in answer(root, "comment", "list", issue_id)] == ["seen, too", "two\nlines"]
    closed = answer(root, "close", issue_id, child["id"], "--reason", "done")
    assert [one["status"] for one in closed] == ["closed", "closed"]
    assert answer(root, "list") == []
    assert len(answer(root, "list", "--all")) == 2
    assert answer(root, "reopen", issue_id)["status"] == "open"
    card = run(root, "show", issue_id).stdout
    assert card.startswith(f"{issue_id}  Round half up\n  open · P0 · bug · anna\n")
    assert "    two\n    lines\n" in card
    history = run(root, "history", issue_id).stdout
    assert "priority: 1 -> 0" in history
    assert "labels: +x -money" in history
    assert [entry["event"]["operation"] for entry in answer(root, "history", "--limit", "2")] == ["reopen", "close"]


MISTAKES = [
    (["show", "app-0000"], 1, "There is no issue app-0000. `issuelens list` shows the issues of this workspace."),
    (["create", ""], 1, "title: it is empty; say in a few words what is to be done"),
    (["create", "a\nb"], 1, "title: it holds a line break or another control character; use one plain line"),
    (["create", "x", "--dep", "likes:app-0000"], 1, "dependency type: 'likes' is not one of blocks, parent-child"),
    (["create", "x", "--parent", "app-0000"], 1, "There is no issue app-0000."),
    (["comment", "add", "app-0000", "x"], 1, "There is no issue app-0000."),
    (["init"], 1, "is initialised already: "),
    (["-C", "/no/such/folder", "list"], 1, "/no/such/folder is not a folder."),
    (["create", "x", "-p", "7"], 2, "7 is not in the range 0<=x<=4"),
    (["update", "app-0000"], 2, "Name a field to change"),
    (["nonsense"], 2, "No such command 'nonsense'"),
    (["lsp", "--port", "1"], 2, "'--port' is not an option"),
]


@pytest.mark.usefixtures("patient_daemon")
def test_what_a_mistake_says(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    for arguments, code, message in MISTAKES:
        done = run(root, *arguments)
        assert (done.returncode, done.stdout) == (code, "")
        assert message in done.stderr
        assert "Traceback" not in done.stderr
    assert run(root, "daemon", "stop").returncode == 0


def test_mistakes_as_json(tmp_path: Path) -> None:
    done = run(project(tmp_path / "p"), "show", "app-0000", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["kind"] == "unknown_issue"
    assert json.loads(done.stdout)["error"]["id"] == "app-0000"


def test_a_mistake_in_the_words_is_json_too(tmp_path: Path) -> None:
    done = run(tmp_path, "list", "--limit", "x", "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout) == {
        "error": {"kind": "usage", "message": done.stderr.partition("Error: ")[2].strip()}
    }
    assert "'x' is not a valid integer range" in done.stderr


def test_a_folder_without_a_workspace(tmp_path: Path) -> None:
    done = run(tmp_path, "list")
    assert (done.returncode, done.stdout) == (1, "")
    assert (
        done.stderr == f"issuelens: {tmp_path} has no .issues/ and no folder above it has one. Run `issuelens init`.\n"
    )
    assert not (tmp_path / ".issues").exists()


def test_from_a_folder_below_and_from_elsewhere(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    below = root / "deep" / "down"
    below.mkdir(parents=True)
    made = answer(below, "create", "from below")
    shown = answer(tmp_path, "-C", str(root), "show", made["id"])
    assert {name: shown[name] for name in made} == made
    assert shown.keys() - made.keys() == {"blocked_by", "children", "dependents"}


@pytest.mark.usefixtures("patient_daemon")
def test_no_daemon_for_status_is_exit_code_3(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    assert run(root, "daemon", "stop").returncode == 0
    done = run(root, "daemon", "status")
    assert (done.returncode, done.stderr) == (3, f"issuelens: No daemon runs for {root}.\n")
    assert run(root, "daemon", "start").stdout.startswith("The daemon runs (process ")
    assert answer(root, "daemon", "status")["workspace"] == str(root)
    assert "serving" in run(root, "daemon", "logs").stdout
    assert answer(root, "daemon", "stop") == {"stopped": True}
    assert run(root, "daemon", "stop").stdout == "No daemon runs here.\n"


def test_doctor_says_what_is_wrong_and_what_to_do(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    assert run(root, "doctor").returncode == 0
    (root / ".issues" / "config.toml").write_text("prefix = 3\n")
    done = run(root, "doctor")
    assert done.returncode == 1
    assert "problem settings: config.toml, line 1: prefix: it must be a text in quotes" in done.stdout
    checks = answer_of(run(tmp_path, "doctor", "--json"))
    assert [(check["ok"], check["remedy"]) for check in checks] == [
        (False, "Run `issuelens init` in the project's folder.")
    ]


def answer_of(done: subprocess.CompletedProcess[str]) -> Any:
    return json.loads(done.stdout)


def test_text_can_not_steer_the_terminal(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    made = answer(root, "create", "right \u202eto left")
    assert run(root, "show", made["id"]).stdout.splitlines()[0] == f"{made['id']}  right \ufffdto left"
    done = run(root, "create", "x\x1b[31m")
    assert done.returncode == 1
    assert "\x1b" not in done.stderr


def test_odd_text_is_no_trouble(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    made = answer(root, "create", "日本語 🐍 עברית")
    latin = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    assert run(root, "show", made["id"], env=latin, errors="replace").returncode == 0
    raw = subprocess.run(
        [sys.executable.encode(), b"-m", b"issuelens", b"create", b"caf\xe9"],
        cwd=root,
        capture_output=True,
        check=False,
    )
    assert raw.returncode == 2
    assert b"it is not valid text in the encoding of this terminal" in raw.stderr


def test_a_closed_pipe_ends_quietly(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    for _ in range(3):
        run(root, "create", "x" * 400)
    script = f'"{sys.executable}" -m issuelens list --json | head -c 1; echo "${{PIPESTATUS[0]}}" >&2'
    done = subprocess.run(["bash", "-c", script], cwd=root, capture_output=True, text=True, check=False)
    assert done.stdout == "["
    assert "Traceback" not in done.stderr
    assert "Error" not in done.stderr


@pytest.mark.usefixtures("patient_daemon")
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_an_answer_that_can_not_be_written(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    made = answer(root, "create", "x")
    told = "issuelens: The answer can't be written: No space left on device. What was to be changed is changed.\n"
    for words in (["list"], ["list", "--json"], ["show", made["id"]], ["export", "-"], ["edit", made["id"], "--print"]):
        done = into_full(root, *words)
        assert (done.returncode, done.stderr) == (1, told)
    assert into_full(root, "close", made["id"]).returncode == 1
    assert answer(root, "show", made["id"])["status"] == "closed"
    assert run(root, "daemon", "stop").returncode == 0


def into_full(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "issuelens", *words]
        return subprocess.run(command, cwd=folder, stdout=full, stderr=subprocess.PIPE, text=True, check=False)


@pytest.mark.usefixtures("patient_daemon")
def test_streams_that_are_closed(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    script = f'"{sys.executable}" -m issuelens '
    for words, code in {"create x <&-": 0, "create y -d - <&-": 0, "list >&-": 0, "show nope >&- 2>&-": 1}.items():
        done = subprocess.run(["bash", "-c", script + words], cwd=root, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (code, "")
    assert [one["title"] for one in answer(root, "list", "sort:title")] == ["x", "y"]
    assert run(root, "daemon", "stop").returncode == 0


def test_a_warm_list_loads_little(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "issuelens", "list"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    heavy = {"sqlalchemy", "alembic", "aiohttp", "asyncio", "attr", "attrs", "cattrs", "pygls", "lsprotocol", "rich"}
    heavy |= {"ruamel", "tomlkit", "http", "email", "ssl", "logging", "subprocess", "tempfile", "hashlib", "tomllib"}
    assert not loaded & heavy
    modules = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "issuelens.ipc.oneshot" in modules
    assert not {name for name in modules if name.startswith("issuelens.cli.commands.")} - {
        "issuelens.cli.commands",
        "issuelens.cli.commands.lists",
    }


def test_the_help_lists_every_command_without_loading_any(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "issuelens", "--help"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    for name, (_, text) in COMMANDS.items():
        assert f"  {name} " in done.stdout
        assert text in " ".join(done.stdout.split())
    assert "issuelens.cli.commands" not in done.stderr


def every_command() -> list[tuple[str, ...]]:
    """The words of every command that does something."""
    context, found = click.Context(whole_command), []
    for name in COMMANDS:
        command = whole_command.get_command(context, name)
        assert command is not None
        inner = command.list_commands(context) if isinstance(command, click.Group) else []
        found += [(name, one) for one in inner] or [(name,)]
    return found


@pytest.mark.parametrize("words", every_command(), ids=" ".join)
def test_every_command_has_help_with_an_example(words: tuple[str, ...]) -> None:
    done = CliRunner().invoke(whole_command, [*words, "--help"])
    assert done.exit_code == 0
    assert f"Example: issuelens {' '.join(words)}" in " ".join(done.output.split())


@pytest.mark.parametrize("name", ["comment", "daemon", "label", "dep", "epic", "template", "config"])
def test_a_group_lists_its_verbs(name: str) -> None:
    done = CliRunner().invoke(whole_command, [name, "--help"])
    assert done.exit_code == 0
    assert all(f"  {words[1]} " in done.output for words in every_command() if words[0] == name)


def test_help_of_a_process(tmp_path: Path) -> None:
    for words in (["list"], ["comment", "add"]):
        done = run(tmp_path, *words, "-h")
        assert (done.returncode, done.stderr) == (0, "")
        assert f"Example: issuelens {' '.join(words)}" in done.stdout
    assert run(tmp_path, "--version").stdout.startswith("issuelens, version ")
