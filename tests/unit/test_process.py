"""What a process holds is measured, each kind of it."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from issuelens.ipc.locks import FileLock
from issuelens.process import default_actor, held_here

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="told by Linux only")


@contextmanager
def descriptor(_folder: Path) -> Iterator[None]:
    number = os.open(os.devnull, os.O_RDONLY)
    yield
    os.close(number)


@contextmanager
def watcher(_folder: Path) -> Iterator[None]:
    number = ctypes.CDLL(None).inotify_init()
    yield
    os.close(number)


@contextmanager
def child(_folder: Path) -> Iterator[None]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield
        process.communicate(b"\n")


@contextmanager
def thread(_folder: Path) -> Iterator[None]:
    go = threading.Event()
    one = threading.Thread(target=go.wait)
    one.start()
    yield
    go.set()
    one.join()


@contextmanager
def lock(folder: Path) -> Iterator[None]:
    with FileLock(folder / "lock"):
        yield


HOLD = {
    "fds": descriptor,
    "sockets": lambda _folder: socket.socket(),
    "watchers": watcher,
    "children": child,
    "threads": thread,
    "locks": lock,
}


@linux
@pytest.mark.parametrize("kind", HOLD)
def test_each_kind_is_counted(tmp_path: Path, kind: str) -> None:
    before = getattr(held_here(), kind)
    with ExitStack() as stack:
        stack.enter_context(HOLD[kind](tmp_path))
        assert getattr(held_here(), kind) == before + 1
    assert getattr(held_here(), kind) == before


@linux
def test_memory_is_told() -> None:
    found = held_here()
    assert found.rss_anon_kb is not None
    assert found.rss_anon_kb > 1000
    assert found.traced_kb is None


@pytest.mark.skipif(sys.platform == "win32", reason="environments have text only there")
def test_an_actor_whose_name_is_no_utf_8_gets_through_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISSUELENS_ACTOR", os.fsdecode(b"ann\xff"))
    assert default_actor() == "ann\ufffd"
