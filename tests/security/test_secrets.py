"""Passwords of addresses and the daemon's token: not in logs, status, reports, messages, nor in lists of processes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from tests.support.cli import Place
from tests.support.raw import asked, request

from issuelens.ipc import launch, methods
from issuelens.process import IS_LINUX

PASSWORD = "pass-9f2c-word"
ADDRESS = f"postgresql://me:{PASSWORD}@db.example/issues"


@pytest.mark.usefixtures("patient_daemon")
def test_neither_token_nor_password_is_told_anywhere(tmp_path: Path) -> None:
    place = Place(tmp_path / "p")
    for words in (("init", "-q"), ("remote", "add", "origin", f"https://me:{PASSWORD}@example.invalid/x.git")):
        subprocess.run(["git", *words], cwd=place.root, check=True, capture_output=True)
    there = launch.ensure_running(place.space)
    try:
        heard = told_by_the_daemon(place)
        for command in (("daemon", "status"), ("daemon", "list"), ("doctor",), ("daemon", "logs", "-n", "1000")):
            heard += [place.do(*command).out, place.do(*command, "--json").out]
        heard += [place.do("doctor", "--report").out, place.do("doctor", "--report", "--json").out]
        heard += [place.do("create", "x", "--due", ADDRESS).err, place.do("list", ADDRESS).err]
        heard += list(processes()) if IS_LINUX else []
    finally:
        ended_by_an_odd_client(place)
    heard += [one.read_text() for one in place.space.daemon_logs if one.exists()]
    assert there.token not in "".join(heard)
    assert PASSWORD not in "".join(heard)
    assert sum(map(len, heard)) > 2_000


def told_by_the_daemon(place: Place) -> list[str]:
    """What the daemon answers to requests that are wrong in many ways, and full of addresses; all of it is logged."""
    there = launch.ensure_running(place.space)
    odd = {"jsonrpc": "2.0", "id": 1}
    answers = []
    for client in ("x", ADDRESS, f"Authorization: Bearer {there.token}"):
        for shape in (
            {"method": methods.CREATE, "params": {"title": 1, "key": ADDRESS}},
            {"method": f"no/such\nERROR forged line {ADDRESS}", "params": {}},
            {"method": methods.IMPORT, "params": {"path": f"/{ADDRESS}", "key": "k"}},
            {"method": methods.EXPORT, "params": {"path": f"/not/there/{ADDRESS}"}},
        ):
            text = request(
                "/rpc", token=there.token, headers={"X-Issuelens-Client": client}, body=json.dumps(odd | shape)
            )
            answers.append(asked(there, text).body)
    refused = [asked(there, request("/rpc", token=token)).body for token in ("", "guessed", there.token[:-1])]
    # What comes back to whoever has sent the address is theirs; the token is nobody's to hear.
    assert not [one for one in (*answers, *refused) if there.token in one]
    return refused


def ended_by_an_odd_client(place: Place) -> None:
    """Ends the daemon as a client whose name is an address; the log says who it was."""
    there = launch.ensure_running(place.space)
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": methods.STOP, "params": {}})
    asked(there, request("/rpc", token=there.token, headers={"X-Issuelens-Client": ADDRESS}, body=body))
    launch.wait_until_gone(place.space)


def processes() -> list[str]:
    """What every local user sees of the processes of this one, and their environment, which only this one sees."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            for name in ("cmdline", "environ"):
                try:
                    found.append((folder / name).read_bytes().decode("utf-8", "replace"))
                except OSError:
                    continue  # it has ended, or is another user's
    return found


@pytest.mark.usefixtures("patient_daemon")
def test_a_line_of_the_log_is_one_record_whatever_a_client_says(tmp_path: Path) -> None:
    place = Place(tmp_path / "p")
    try:
        told_by_the_daemon(place)
    finally:
        ended_by_an_odd_client(place)
    shown = place.ok("daemon", "logs", "-n", "1000")
    lines = place.space.daemon_log.read_bytes().splitlines()
    assert len(lines) > 1
    assert b"postgresql://***@" in lines[-1]
    assert all(isinstance(json.loads(line), dict) and line.isascii() for line in lines)
    assert not [line for line in shown.splitlines() if line.startswith("ERROR forged")]
