"""`doctor --report`: useful, and without a word that anybody wrote, whatever is broken."""

from __future__ import annotations

import json
import os
import re
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.support.cli import Place, done_here
from tests.support.daemons import client, in_thread

from issuelens import __version__
from issuelens.ipc.endpoint import read_endpoint

MARK = "zqx"
"""What every canary holds. No word of a report has these letters."""


class Canaries:
    """Texts of which none may stand in a report."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def __call__(self, what: str) -> str:
        one = f"{MARK}{what}{len(self.made)}"
        self.made.append(one)
        return one


@pytest.fixture
def canaries(monkeypatch: pytest.MonkeyPatch) -> Canaries:
    """Canaries, of which some name the person and the machine."""
    made = Canaries()
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME", "HOSTNAME", "EDITOR"):
        monkeypatch.setenv(name, made(name.lower()))
    monkeypatch.setenv("ISSUELENS_ACTOR", made("actor"))
    return made


@pytest.fixture
def place(tmp_path: Path, patient_daemon: None, canaries: Canaries) -> Iterator[Place]:
    """A workspace of which every name is a canary."""
    one = Place(tmp_path / canaries("folder"), prefix=canaries("prefix"))
    git = ["git", "-c", f"user.name={canaries('author')}", "-c", "user.email=a@b.invalid"]
    subprocess.run([*git, "init", "-q", "-b", canaries("branch")], cwd=one.root, check=True)
    subprocess.run(
        [*git, "remote", "add", canaries("remote"), f"https://{canaries('host')}/x"], cwd=one.root, check=True
    )
    yield one
    one.close()


def issue_of(made: Canaries, number: int, **more: Any) -> dict[str, Any]:
    """An issue, as a line of issues.jsonl has it, of which every text is a canary."""
    at = "2026-01-02T03:04:05Z"
    texts = ("title", "description", "design", "acceptance_criteria", "notes", "assignee", "external_ref", "created_by")
    return {
        **{name: made(name) for name in texts},
        "id": f"{made('id')}-{number}",
        "status": "open",
        "issue_type": made("type"),
        "created_at": at,
        "updated_at": at,
        "labels": [made("label"), made("label")],
        "metadata": {made("key"): made("value")},
        made("field"): made("unknown"),
        "comments": [{"id": 1, "author": made("commenter"), "text": made("comment"), "created_at": at}],
        "dependencies": [
            {"depends_on_id": made("target"), "type": made("deptype"), "created_at": at, "created_by": made("linker")}
        ],
        **more,
    }


def filled(place: Place, made: Canaries) -> None:
    """Puts canaries wherever something can be written."""
    config = place.space.config_file
    text = config.read_text().replace("# recognised_prefixes = []", f'recognised_prefixes = ["{made("second")}"]')
    text = text.replace('# review = "doing"', f'{made("status")} = "doing"')
    text = text.replace("# exclude = []", f'tags = ["TODO", "{made("tag").upper()}"]\nexclude = ["{made("path")}/"]')
    text = text.replace("# untracked-todo = ", "untracked-todo = ").replace('= "off"', '= "hint"')
    config.write_text(text.replace("# idle-seconds = 60 ", "idle-seconds = 77 "))
    done, gone = {"status": "closed", "close_reason": made("reason")}, {"status": "tombstone"}
    gone |= {"deleted_at": "2026-02-02T03:04:05Z", "deleted_by": made("deleter"), "delete_reason": made("why")}
    issues = [issue_of(made, 1), issue_of(made, 2), issue_of(made, 3, **done), issue_of(made, 4, **gone)]
    file = place.root / f"{made('file')}.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in issues) + f'{{"{made("aside")}": 1}}\n')
    place.ok("import", str(file), "--format", "beads")
    (place.root / f"{made('module')}.py").write_text(f"# TODO({made('owner')}): {made('todo')}\n")
    place.ok("todos")
    place.ok("create", made("own"), "-l", made("ownlabel"), "-s", "in_progress")
    place.space.templates.mkdir()
    place.space.write_template(made("template"), f"---\ntitle: {made('templated')}\n---\n")
    place.ok("sync")


def forged(place: Place, made: Canaries) -> None:
    """Puts into the log what only a fault, or somebody else, would have written there."""
    good = {
        "time": "2026-01-02T03:04:05.678Z",
        "level": "ERROR",
        "logger": "issuelens.daemon.app",
        "message": made("m"),
    }
    good |= {"exception": "issuelens.domain.errors.StorageError", "kind": "storage", "method": "issues/list"}
    good |= {
        "frames": ["issuelens.daemon.app:180 _handled", f"issuelens.{made('frame')}:1 x"],
        "client": made("client"),
    }
    bad = {name: made(f"bad{name}") for name in ("time", "level", "message", "exception", "kind", "method", "frames")}
    worse = {"level": "CRITICAL", "logger": f"issuelens.{made('logger')}", "message": made("m"), made("extra"): 1}
    worse |= {"exception": f"issuelens.domain.errors.{made('class')}", "time": {made("t"): 1}, "kind": [made("k")]}
    worse |= {"frames": [f"issuelens.daemon.app:1 {made('function')}", made("frame"), {made("f"): 2}], "method": 3}
    other = {"level": "WARNING", "logger": made("lib"), "exception": f"{made('lib')}.{made('class')}"} | {"message": ""}
    fault = [
        "Fatal Python error: Segmentation fault",
        f'  File "/home/{made("home")}/issuelens/daemon/app.py", line 12 in _handled',
        f'  File "/home/{made("home")}/issuelens/{made("file")}.py", line 12 in {made("name")}',
        f'  File "/home/{made("home")}/x.py", line 12, in {made("name")}',
        made("words"),
    ]
    with place.space.daemon_log.open("a") as file:
        for shape in (other, good, bad, worse):
            file.write(json.dumps(shape) + "\n")
        file.write("\n".join(fault) + "\n")


def without(made: Canaries, *texts: str) -> None:
    """Fails when a canary stands in one of the texts."""
    for text in texts:
        assert MARK not in text.lower(), re.findall(rf"\S*{MARK}\S*", text, re.IGNORECASE)
        assert [one for one in made.made if one.lower() in text.lower()] == []


async def test_no_private_word_is_in_a_report(place: Place, canaries: Canaries) -> None:
    await in_thread(filled, place, canaries)
    forged(place, canaries)
    async with client(place.space, canaries("editor")):
        text = await in_thread(place.ok, "doctor", "--report")
        answer = await in_thread(place.ok, "doctor", "--report", "--json")
    endpoint = read_endpoint(place.space)
    assert endpoint is not None
    canaries.made += [endpoint.token, str(endpoint.socket), str(place.root), os.environ["HOME"]]
    canaries.made += [socket.gethostname()] if len(socket.gethostname()) > 8 else []
    without(canaries, text, answer)
    report = json.loads(answer)
    counts = {"labels": 9, "dependencies": 4, "comments": 4, "operations": 3, "code files": 2, "code locations": 1}
    found = report["database"]
    assert found["issues"] == {"todo": 2, "doing": 1, "done": 1, "deleted": 1, "of no category": 0}
    assert {name: found[name] for name in counts} == counts
    assert report["settings"] == {
        "prefix": "differs",
        "recognised_prefixes": "1 entries",
        "todos.tags": "2 entries",
        "todos.exclude": "1 entries",
        "diagnostics.untracked-todo": "hint",
        "daemon.idle-seconds": 77.0,
        "statuses": "1 of its own",
    }
    assert report["daemon"]["clients"] == 1
    assert report["files"]["templates"] == 1
    assert report["files"]["issues.db"] > 0
    assert report["environment"] == ["ISSUELENS_ACTOR", "ISSUELENS_IDLE_SECONDS"]
    assert report["file system"]["locks work"] is True
    _check_log(report["log"])
    # The lines that a person reads say the same.
    assert f"  issuelens: {__version__}\n" in text
    assert "    deleted: 1\n" in text
    assert "  diagnostics.untracked-todo: hint\n" in text
    assert text.startswith("# Issuelens report\n")
    assert text.count("```") == 2


def _check_log(log: dict[str, Any]) -> None:
    worse, good, other = log["last"]
    assert other == {"level": "warning", "logger": "another", "exception": "another"}
    assert worse == {
        "level": "critical",
        **dict.fromkeys(("logger", "exception", "kind", "method"), "another"),
        "frames": [],
    }
    assert good == {
        "level": "error",
        "logger": "issuelens.daemon.app",
        "time": "2026-01-02T03:04:05.678Z",
        "exception": "issuelens.domain.errors.StorageError",
        "kind": "storage",
        "method": "issues/list",
        "frames": ["daemon/app.py:180 _handled"],
    }
    assert log["records"]["another"] == 1
    assert (log["fatal faults"], log["frames in other lines"]) == (1, ["daemon/app.py:12 _handled"])


# What is broken

FAULTY = """\
import os
from pathlib import Path

_urandom = os.urandom

def urandom(count):
    if Path(os.environ["FAULT"]).exists():
        raise RuntimeError(Path(os.environ["FAULT"]).read_text())
    return _urandom(count)

os.urandom = urandom
"""
"""Preloaded in the daemon: makes every operation fail, with the words of a file, while that is there."""


def test_a_fault_of_the_daemon_is_told_by_its_place(
    place: Place, canaries: Canaries, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook, fault = tmp_path / "hook", tmp_path / "fault"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(FAULTY)
    user, password, host = (canaries(one) for one in ("user", "password", "host"))
    monkeypatch.setenv("PYTHONPATH", str(hook), prepend=os.pathsep)
    monkeypatch.setenv("FAULT", str(fault))
    place.create(canaries("title"))
    endpoint = read_endpoint(place.space)
    assert endpoint is not None
    fault.write_text(f"postgresql://{user}:{password}@{host}/x by {endpoint.token}")
    done = place.do("create", canaries("title"))
    assert done.err.startswith("issuelens: A fault in the daemon (RuntimeError); nothing was changed. ")
    answer = place.ok("doctor", "--report", "--json")
    without(canaries, answer)
    last = json.loads(answer)["log"]["last"][0]
    assert (last["level"], last["logger"], last["kind"]) == ("error", "issuelens.daemon.handlers", "internal")
    assert (last["exception"], last["method"]) == ("RuntimeError", "issues/create")
    assert last["frames"][0].startswith("daemon/app.py:")
    assert last["frames"][-1].startswith(("domain/ids.py:", "tracker/"))
    # The log itself has the words, but not the password.
    text = place.space.daemon_log.read_text()
    assert f"postgresql://***@{host}/x by ***" in text
    assert endpoint.token not in text
    assert user not in text
    assert password not in text


def test_what_is_wrong_is_told_by_kind_and_number(place: Place, canaries: Canaries) -> None:
    place.create(canaries("title"))
    place.close()
    with closing(sqlite3.connect(place.space.database)) as database:
        database.execute("PRAGMA foreign_keys = OFF")
        for name in (canaries("label"), canaries("label")):
            database.execute("INSERT INTO label (issue_id, name) VALUES (?, ?)", (canaries("gone"), name))
        database.commit()
    place.space.jsonl.write_text(f"{canaries('a')}\n{canaries('b')}\n{canaries('c')}\n")
    answer = place.ok("doctor", "--report", "--json")
    without(canaries, answer)
    checks = json.loads(answer)["checks"]
    wrong = {name: one["wrong"] for name, one in checks.items() if one != "ok"}
    assert wrong == {"orphans": 2, "issues.jsonl": 3}


def test_a_database_that_is_damaged(place: Place, canaries: Canaries) -> None:
    place.create(canaries("title"))
    place.close()
    place.space.database.with_name("issues.db-wal").unlink(missing_ok=True)
    damage = f"SQLite format 3\0{canaries('row')}".encode()
    place.space.database.write_bytes(damage)
    answer = place.ok("doctor", "--report", "--json")
    without(canaries, answer)
    report = json.loads(answer)
    assert report["daemon"] == {"error": "database_corrupt"}
    assert report["checks"]["daemon"] == {"wrong": 1}
    assert report["files"]["issues.db"] == len(damage)
    assert report["settings"] == {"prefix": "differs"}
    assert report["log"]["last"][0]["kind"] == "database_corrupt"


def test_settings_that_can_not_be_read(place: Place, canaries: Canaries) -> None:
    place.create(canaries("title"))
    place.space.config_file.write_text(f"{canaries('key')} = 1\n")
    answer = place.ok("doctor", "--report", "--json")
    without(canaries, answer)
    report = json.loads(answer)
    assert report["settings"] == {"error": "invalid_config"}
    assert report["checks"]["settings"] == {"wrong": 1}
    assert report["database"]["issues"]["todo"] == 1


def test_a_log_that_is_no_file(place: Place, canaries: Canaries) -> None:
    place.space.daemon_log.mkdir()
    answer = place.ok("doctor", "--report", "--json")
    without(canaries, answer)
    report = json.loads(answer)
    assert "error" in report["daemon"]
    assert "error" in report["log"]


def test_outside_of_a_workspace(tmp_path: Path, canaries: Canaries) -> None:
    folder = tmp_path / canaries("folder")
    folder.mkdir()
    done = done_here(folder, "doctor", "--report")
    assert (done.code, done.err) == (0, "")
    without(canaries, done.out)
    assert f"  issuelens: {__version__}\n" in done.out
    assert "\nworkspace: no\n" in done.out


def test_into_a_file(place: Place, canaries: Canaries) -> None:
    target = place.root / canaries("report")
    done = place.do("doctor", "--report", "--output", str(target), "--json")
    assert (done.code, done.out, done.err) == (0, "", f"The report is in {target}.\n")
    assert json.loads(target.read_text())["versions"]["issuelens"] == __version__
    place.ok("doctor", "--report", "-o", str(target))
    assert target.read_text().startswith("# Issuelens report\n")
    without(canaries, target.read_text())
    done = place.do("doctor", "--report", "-o", str(place.root / "none" / "x"))
    assert (done.code, done.out) == (1, "")
    assert done.err.endswith("/none/x can't be written: No such file or directory.\n")


@pytest.mark.parametrize("words", [("--report", "--fix"), ("--report", "--leaks"), ("--output", "x")])
def test_what_does_not_go_together(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = done_here(tmp_path, "doctor", *words)
    assert done.code == 2
    assert "--fix, --leaks and --report go alone" in done.err
