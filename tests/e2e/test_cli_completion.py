"""Completion: what a shell is offered, asked as click's scripts ask; and the scripts themselves, in real shells."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.cli import DEADLINE_SECONDS, Place, run


def offered(folder: Path, words: str, shell: str = "bash") -> list[str]:
    """What is offered for the last of the words (behind `issuelens`)."""
    *_, last = parts = words.split(" ")
    at = {"COMP_WORDS": f"issuelens {words}", "COMP_CWORD": last if shell == "fish" else str(len(parts))}
    done = run(folder, env={**os.environ, "_ISSUELENS_COMPLETE": f"{shell}_complete", **at})
    assert (done.returncode, done.stderr) == (0, "")
    return [line for line in done.stdout.splitlines() if line]


def test_ids_with_their_titles(place: Place) -> None:
    lines = ['{"id":"app-ab12","title":"Round, half up"}', '{"id":"app-c3","title":"other"}']
    place.ok("import", "-", given="\n".join(lines))
    gone = place.create("deleted one")
    place.ok("delete", gone)
    assert offered(place.root, "show app-a") == ["plain,app-ab12  -- Round, half up"]
    assert len(offered(place.root, "show ")) == 2
    for words in ("close app-a", "label add ui app-a", "merge --into app-a", "dep add c3 app-a", "epic add app-a"):
        assert offered(place.root, words) == ["plain,app-ab12  -- Round, half up"]
    assert offered(place.root, "restore ") == [f"plain,{gone}  -- deleted one"]
    assert offered(place.root.parent, f"-C {place.root} show app-a") == ["plain,app-ab12  -- Round, half up"]
    assert offered(place.root, "show app-a", "zsh") == ["plain", "app-ab12", "Round, half up"]
    assert offered(place.root, "show app-a", "fish") == ["plain,app-ab12\tRound, half up"]
    assert offered(place.root, "show zz") == []


def test_commands_options_and_words(place: Place) -> None:
    assert offered(place.root, "sta") == [
        "plain,stale  -- List what nobody has touched for long.",
        "plain,start  -- Set issues in progress.",
        "plain,stats  -- Count the issues.",
    ]
    assert [line.split("  ")[0] for line in offered(place.root, "epic ")] == [
        f"plain,{name}" for name in ("add", "close", "list", "remove", "tree")
    ]
    assert offered(place.root, "list --status i") == ["plain,in_progress"]
    assert offered(place.root, "update -s res") == ["plain,resolved"]
    place.ok("config", "set", "statuses.review", "doing")
    assert offered(place.root, "update -s re") == ["plain,resolved", "plain,review"]
    assert offered(place.root.parent, "update -s re") == ["plain,resolved"]
    assert offered(place.root, "completion ") == ["plain,bash", "plain,zsh", "plain,fish"]
    assert "plain,--json  -- Answer as JSON." in offered(place.root, "show --")
    assert offered(place.root, "import ") == ["file,"]


def test_nothing_outside_of_a_workspace_or_without_a_daemon(tmp_path: Path, place: Place) -> None:
    assert offered(tmp_path, "show ") == []
    assert offered(tmp_path, "-C /no/such/folder show ") == []
    assert offered(tmp_path, "comp") == ["plain,completion  -- Print the script for a shells completion."]
    place.close()
    place.space.database.unlink(missing_ok=True)
    place.space.database.mkdir()
    assert offered(place.root, "show ") == []


BASH = """\
source {script}
COMP_WORDS=({words})
COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
_issuelens_completion issuelens
printf '%s\\n' "${{COMPREPLY[@]}}"
complete -p issuelens >&2
"""


def in_bash(folder: Path, words: str) -> list[str]:
    """What bash itself would offer for the last word."""
    (folder / "bin").mkdir(exist_ok=True)
    command = folder / "bin" / "issuelens"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m issuelens "$@"\n')
    command.chmod(0o755)
    (folder / "script.bash").write_text(run(folder, "completion", "bash").stdout)
    done = subprocess.run(
        ["bash", "-c", BASH.format(script="script.bash", words=words)],
        cwd=folder,
        env={**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=True,
    )
    assert done.stderr == "complete -o nosort -F _issuelens_completion issuelens\n"
    return done.stdout.splitlines()


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_dependencies_are_completed_behind_their_type(place: Place) -> None:
    one = place.create("one")
    assert offered(place.root, f"create x --dep related:{one[:5]}") == [f"plain,related:{one}  -- one"]
    assert offered(place.root, f"create x --dep {one[:5]}") == [f"plain,{one}  -- one"]


def test_in_a_real_bash(place: Place) -> None:
    one = place.create("Fix * in [a-z]? and C:\\temp, too")
    two = place.create("Other $HOME `id`; rm -rf ~")
    assert in_bash(place.root, "issuelens show app-") == [
        f"{two}  -- Other HOME id rm -rf",
        f"{one}  -- Fix in a-z and C:temp, too",
    ]
    # The only candidate is completed, so it must be the id alone.
    assert in_bash(place.root, f"issuelens show {one}") == [one]
    assert in_bash(place.root, "issuelens doc") == ["doctor"]
    assert in_bash(place.root, f"issuelens comment add {one}") == [one]
    assert in_bash(place.root, "issuelens config get todos.t") == ["todos.tags"]
    place.ok("template", "create", "bug")
    assert in_bash(place.root, "issuelens create --template b") == ["bug"]
    assert in_bash(place.root, "issuelens template show b") == ["bug"]
    assert in_bash(place.root, "issuelens show nothing") == [""]


@pytest.mark.skipif(shutil.which("fish") is None, reason="there is no fish")
def test_in_a_real_fish(place: Place) -> None:
    one = place.create("Round half up")
    script = f"'{sys.executable}' -m issuelens completion fish | source; complete -C 'issuelens show {one[:5]}'"
    shim = place.root / "bin"
    shim.mkdir()
    (shim / "issuelens").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m issuelens "$@"\n')
    (shim / "issuelens").chmod(0o755)
    environment = {**os.environ, "PATH": f"{shim}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["fish", "-c", script], cwd=place.root, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{one}\tRound half up\n"


@pytest.mark.parametrize(("shell", "check"), [("bash", ["-n"]), ("zsh", ["-n"]), ("fish", ["--no-execute"])])
def test_the_scripts_can_be_read_by_their_shells(tmp_path: Path, shell: str, check: list[str]) -> None:
    done = run(tmp_path, "completion", shell)
    assert (done.returncode, done.stderr) == (0, "")
    assert "_ISSUELENS_COMPLETE=" in done.stdout
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed, so its script is not read by it")
    file = tmp_path / "script"
    file.write_text(done.stdout)
    read = subprocess.run([shell, *check, str(file)], capture_output=True, text=True, check=False)
    assert (read.returncode, read.stderr) == (0, "")
