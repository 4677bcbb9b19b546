"""`doctor` finds what is wrong, says what to do, and mends it; `daemon list` knows who runs."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.support.cli import Place, done_here
from tests.support.syncing import by_hand
from tests.support.workspaces import daemon_pid

from issuelens.ipc.endpoint import Endpoint, socket_path, write_endpoint
from issuelens.ipc.locks import FileLock
from issuelens.process import wait_for_exit

MEND = "Run `issuelens doctor --fix`."
DEADLINE_SECONDS = 30


def changed_behind_its_back(place: Place, *statements: str) -> None:
    """Changes the database while no daemon runs."""
    place.close()
    with closing(sqlite3.connect(place.space.database)) as database:
        database.execute("PRAGMA foreign_keys = OFF")
        for statement in statements:
            database.execute(statement)
        database.commit()


def checked(place: Place, *words: str, code: int) -> dict[str, dict[str, Any]]:
    """What `doctor` finds, by name."""
    done = place.do("doctor", *words, "--json")
    assert (done.code, done.err) == (code, "")
    return {one["name"]: one for one in json.loads(done.out)}


def test_nothing_is_wrong(place: Place) -> None:
    place.create("x")
    found = checked(place, code=0)
    names = {"workspace", "settings", "lock", "endpoint", "daemon", "version", "database", "integrity", "orphans"}
    assert names | {"readiness", "comment numbers", "permissions"} <= found.keys()
    assert all(one["ok"] and one["remedy"] == "" for one in found.values())
    assert place.ok("doctor").splitlines()[0] == f"ok      workspace: {place.root}"


def test_rows_that_are_wrong_are_found_and_mended(place: Place) -> None:
    base = place.create("base")
    place.create("waiting", "--dep", base)
    place.ok("comment", "add", base, "first")
    changed_behind_its_back(
        place,
        "INSERT INTO label (issue_id, name) VALUES ('app-gone', 'x')",
        "INSERT INTO comment (issue_id, id, author, text, created_at) VALUES ('app-gone', 9, 'a', 't', '')",
        "INSERT INTO dependency (issue_id, depends_on_id, type) VALUES ('app-gone', 'app-none', 'related')",
        f"UPDATE issue SET is_ready = 0 WHERE id = '{base}'",
        "UPDATE setting SET value = '0' WHERE name = 'comment'",
    )
    assert base not in place.ok("ready")
    found = checked(place, code=1)
    wrong = {name: (one["found"], one["remedy"]) for name, one in found.items() if not one["ok"]}
    assert wrong == {
        "orphans": ("3 labels, comments or dependencies belong to no issue", MEND),
        "readiness": ("1 issues are wrongly said to be ready or blocked", MEND),
        "comment numbers": ("1 counters are behind the comments", MEND),
    }
    assert (
        f"problem orphans: 3 labels, comments or dependencies belong to no issue\n        {MEND}\n"
        in place.do("doctor").out
    )
    assert all(one["ok"] for one in checked(place, "--fix", code=0).values())
    assert all(one["ok"] for one in checked(place, code=0).values())
    [kept] = place.space.aside.glob("orphans.*.jsonl")
    rows = [json.loads(line) for line in kept.read_text().splitlines()]
    assert [(row["table"], row["issue_id"]) for row in rows] == [
        ("label", "app-gone"),
        ("comment", "app-gone"),
        ("dependency", "app-gone"),
    ]
    assert rows[1]["text"] == "t"
    assert place.ok("ready").startswith(base)
    assert place.ok("comment", "add", base, "second").startswith(f"{base} has comment ")


def test_what_others_can_read(place: Place) -> None:
    place.create("x")
    for path in (place.space.daemon_log, place.space.endpoint_file):
        path.chmod(0o644)
        found = checked(place, code=1)["permissions"]
        assert (found["found"], found["remedy"]) == (f"others can read {path.name}", MEND)
        assert checked(place, "--fix", code=0)["permissions"]["ok"]
        assert path.stat().st_mode & 0o777 == 0o600


def killed(place: Place) -> int:
    pid = daemon_pid(place.root)
    os.kill(pid, signal.SIGKILL)
    assert wait_for_exit(pid, DEADLINE_SECONDS)
    return pid


def test_an_endpoint_that_was_left_behind(place: Place) -> None:
    place.create("x")
    killed(place)
    found = checked(place, code=1)["endpoint"]
    assert found["found"].startswith("daemon.json is out of date: The daemon does not answer: ")
    assert found["remedy"].startswith("Run `issuelens doctor --fix`")
    old = killed(place)
    assert place.do("doctor", "--fix").code == 0
    assert daemon_pid(place.root) != old
    killed(place)
    place.space.endpoint_file.write_text("{")
    assert checked(place, code=1)["endpoint"]["found"] == "daemon.json can't be understood"
    assert place.json("list")[0]["title"] == "x"


def test_a_daemon_that_is_about_to_end_is_nothing_wrong(place: Place) -> None:
    space = place.space
    lock = FileLock(space.daemon_lock)
    assert lock.acquire(wait=False)
    path = socket_path(space)
    write_endpoint(space, Endpoint(os.getpid(), "1", "token", str(path), directory=str(space.directory)))

    def end(listening: socket.socket) -> None:
        """As a daemon ends: it refuses what comes, then its endpoint goes, and at last its lock."""
        connection, _ = listening.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.0 503 Service Unavailable\r\n\r\n")
        space.endpoint_file.unlink()
        path.unlink()
        lock.release()

    with socket.socket(socket.AF_UNIX) as listening, ThreadPoolExecutor(1) as thread:
        listening.bind(str(path))
        listening.listen()
        ended = thread.submit(end, listening)
        found = checked(place, code=0)
        ended.result(DEADLINE_SECONDS)
    assert found["lock"]["found"] == "free; no daemon runs"
    assert found["endpoint"]["found"] == "there is none, since no daemon runs"


def test_an_index_that_is_missing_is_made_again(place: Place) -> None:
    place.create("x")
    changed_behind_its_back(place, "DROP INDEX ix_issue_ready")
    found = checked(place, code=1)["schema"]
    assert (found["found"], found["remedy"]) == ("1 indexes are missing: ix_issue_ready", MEND)
    assert checked(place, "--fix", code=0)["schema"]["ok"]
    assert checked(place, code=0)["schema"]["ok"]


def test_lines_of_issues_jsonl_that_are_no_issues(place: Place) -> None:
    by_hand(place.space)
    place.create("x")
    assert checked(place, code=0)["issues.jsonl"]["found"] == "not there; `issuelens sync` writes it"
    place.ok("sync")
    text = place.space.jsonl.read_text()
    place.space.jsonl.write_text(text + '{"id": 3}\nnonsense\n')
    found = checked(place, code=1)["issues.jsonl"]
    assert found["found"] == "unreadable lines: 2; the first is line 2: id: it is missing"
    assert found["remedy"] == "Correct them, then run `issuelens sync`."
    place.space.jsonl.write_text(f"<<<<<<< HEAD\n{text}")
    found = checked(place, code=1)["issues.jsonl"]
    assert (found["found"], found["remedy"]) == (
        "git's conflict markers are in it",
        "Run `issuelens sync`, which merges both sides.",
    )
    place.space.jsonl.write_text(text)
    assert checked(place, code=0)["issues.jsonl"]["ok"]


def test_settings_that_can_not_be_read(place: Place) -> None:
    place.create("x")
    text = place.space.config_file.read_text()
    place.space.config_file.write_text(f"{text}\n[colours]\nred = 1\n")
    found = checked(place, code=1)["settings"]
    assert "colours: it is not a setting here; known are prefix" in found["found"]
    assert found["remedy"] == f"Correct {place.space.config_file}."
    assert not checked(place, "--fix", code=1)["settings"]["ok"]
    place.space.config_file.write_text(text)
    assert checked(place, code=0)["settings"]["found"] == "prefix app"


def test_a_database_that_is_damaged_inside(place: Place) -> None:
    for number in range(40):
        place.create(f"issue {number}", "-d", "words " * 200)
    place.close()
    with closing(sqlite3.connect(place.space.database)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [[page]] = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'label'")
        [[size]] = database.execute("PRAGMA page_size")
    with place.space.database.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    done = place.do("doctor")
    assert done.code == 1
    assert "problem integrity: " in done.out or f"{place.space.database} is damaged" in done.out
    assert "Traceback" not in done.out + done.err
    assert place.do("doctor", "--fix").code == 1


def test_outside_of_a_workspace(tmp_path: Path) -> None:
    done = done_here(tmp_path, "doctor")
    assert done == (
        1,
        f"problem workspace: {tmp_path} is not in one\n        Run `issuelens init` in the project's folder.\n",
        "",
    )


def test_daemons_are_listed_and_forgotten(place: Place, tmp_path: Path) -> None:
    assert place.json("daemon", "list") == []
    other = Place(tmp_path / "other")
    try:
        place.create("x")
        other.create("y")
        assert {one["workspace"] for one in place.json("daemon", "list")} == {str(place.root), str(other.root)}
        assert f"{place.root}\t{daemon_pid(place.root)}\t" in place.ok("daemon", "list")
        killed(place)
        assert [one["workspace"] for one in place.json("daemon", "list")] == [str(other.root)]
        assert place.do("daemon", "status").code == 3
        assert place.json("daemon", "start")["running"]
        assert len(place.json("daemon", "list")) == 2
    finally:
        other.close()
    assert [one["workspace"] for one in place.json("daemon", "list")] == [str(place.root)]
