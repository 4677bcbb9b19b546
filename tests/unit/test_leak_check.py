"""The leak check itself: each kind of leak must be seen."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import create_engine
from tests.support.leaks import counted, what_is_left


def left_by(before: object, *folders: Path) -> str:
    return "\n".join(what_is_left(before, folders))  # type: ignore[arg-type]


def test_a_kept_thread_is_seen() -> None:
    before, go = counted(), threading.Event()
    thread = threading.Thread(target=go.wait, name="forgotten")
    thread.start()
    assert "thread forgotten" in left_by(before)
    go.set()
    thread.join()
    assert left_by(before) == ""


def test_an_open_descriptor_is_seen() -> None:
    before = counted()
    reader, writer = os.pipe()
    assert f"descriptor {reader}: pipe:" in left_by(before)
    os.close(reader)
    os.close(writer)
    assert left_by(before) == ""


def test_an_engine_that_keeps_its_connection_is_seen(tmp_path: Path) -> None:
    before = counted()
    engine = create_engine(f"sqlite:///{tmp_path / 'x.db'}")
    with engine.connect():
        assert "1 connections checked out" in left_by(before)
    assert "1 database connections" in left_by(before)
    engine.dispose()
    assert left_by(before) == ""


async def test_an_unclosed_client_session_is_seen() -> None:
    before = counted()
    session = aiohttp.ClientSession()
    assert "ClientSession" in left_by(before)
    await session.close()
    assert left_by(before) == ""


def test_a_running_child_is_seen_and_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.support.leaks.GRACE_SECONDS", 0.01)
    before = counted()
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert f"process {child.pid}" in left_by(before)
    assert child.wait() != 0
    child.communicate()
