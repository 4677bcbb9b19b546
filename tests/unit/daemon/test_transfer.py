"""Imports and exports in this process: who waits for them may go away, and nobody waits for them who need not."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection
from tests.support.daemons import workspace
from tests.support.tracking import context, done, everything

from issuelens.daemon import place as places
from issuelens.daemon.checking import Checking
from issuelens.daemon.configuration import Configuration
from issuelens.daemon.reading import Handler, Reading
from issuelens.daemon.syncing import Syncing
from issuelens.daemon.transfer import Transfer
from issuelens.daemon.writer import Writer
from issuelens.domain.errors import DatabaseFull, InvalidField, PlaceChanged, Refused
from issuelens.domain.operation import CreateIssue, Event
from issuelens.ipc import methods
from issuelens.ipc.locks import FileLock
from issuelens.ipc.messages import WriteContext
from issuelens.storage.database import Database, Reader
from issuelens.tracker.operations import OperationContext

DEADLINE_SECONDS = 30
GOOD = b'{"id":"lib-1a","title":"t","updated_at":"2026-01-01T00:00:00Z"}\n'


class Place:
    """A workspace with threads that a test can hold up."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.space = workspace(folder)
        self.writing, self.reading, self.working = (stack.enter_context(ThreadPoolExecutor(1)) for _ in range(3))
        self.database = stack.enter_context(closing(Database.open(self.space.database)))
        reader = stack.enter_context(closing(Reader.open(self.space.database)))
        self.events: list[Event] = []
        self.when_written: Callable[[], None] = lambda: None
        """Called after each commit, before whoever waits for it goes on."""
        self.writer = Writer(self.database, self.writing, self._heard)
        lock = stack.enter_context(FileLock(self.space.daemon_lock))
        standing = places.Place(self.space, lock)
        standing.note()
        reads = Reading(reader, self.reading, self.working, Configuration(self.space), "tester", standing)
        self.table: dict[str, Handler] = {}
        for room in (Transfer, Syncing):
            self.table |= room(self.space, self.writer, reads, self._made).table()
        self.table |= Checking(self.space, self.writer, reads).table()

    def _heard(self, *events: Event) -> None:
        self.events.extend(events)
        self.when_written()

    async def _made(self, written: WriteContext, client: str, **_: Any) -> OperationContext:
        return context(key=written.key, client=client)

    async def asked(self, method: str, **params: Any) -> Any:
        """The answer to a request."""
        return await asyncio.wait_for(self.table[method](params, "test"), DEADLINE_SECONDS)

    def file(self, content: bytes) -> str:
        """A file to be imported."""
        path = self.space.root / "x.jsonl"
        path.write_bytes(content)
        return str(path)

    def aside(self) -> list[str]:
        """The texts that were put aside."""
        files = self.space.aside.iterdir() if self.space.aside.is_dir() else ()
        return [json.loads(line)["text"] for path in files for line in path.read_bytes().splitlines()]


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    with ExitStack() as stack:
        one = Place(tmp_path / "p", stack)
        one.writer.start()
        yield one
        await one.writer.close()


@asynccontextmanager
async def held(place: Place) -> AsyncIterator[None]:
    """The writing thread does nothing else meanwhile, so that what is asked becomes one batch."""
    is_held, may_go = threading.Event(), threading.Event()

    def hold(_: Connection) -> None:
        is_held.set()
        may_go.wait(DEADLINE_SECONDS)

    holding = asyncio.ensure_future(place.writer.write(hold))
    await asyncio.get_running_loop().run_in_executor(place.working, is_held.wait, DEADLINE_SECONDS)
    try:
        yield
    finally:
        may_go.set()
        await holding


async def import_waiting(place: Place, content: bytes) -> asyncio.Task[Any]:
    """An import whose work waits for the writing thread."""
    asking = asyncio.ensure_future(place.asked(methods.IMPORT, key="k", path=place.file(content)))
    while place.writer.is_idle:
        await asyncio.wait([asking], timeout=0)
    return asking


async def test_an_import_whose_client_goes_away_is_done_with_what_it_puts_aside(place: Place) -> None:
    async with held(place):
        asking = await import_waiting(place, GOOD + b"garbled\n")
        asking.cancel()
        await asyncio.wait([asking])
    await place.writer.write(lambda _: None)
    assert asking.cancelled()
    assert list(everything(place.database)) == ["lib-1a"]
    assert place.aside() == ["garbled"]
    assert [event.operation for event in place.events] == ["import"]


@pytest.mark.parametrize("method", [methods.IMPORT, methods.SYNC])
async def test_lines_that_can_not_be_put_aside_refuse_the_whole(place: Place, method: str) -> None:
    place.space.aside.write_text("a file in its place")
    place.space.jsonl.write_bytes(GOOD + b"garbled\n")
    params = {"path": str(place.space.jsonl)} if method == methods.IMPORT else {}
    with pytest.raises(Refused, match=r"could not be put aside: .*/aside can't be written"):
        await place.asked(method, key="k", **params)
    assert everything(place.database) == {}
    assert place.space.jsonl.read_bytes() == GOOD + b"garbled\n"


async def test_an_import_that_could_not_be_committed_puts_nothing_aside(place: Place) -> None:
    def end(connection: Connection) -> None:
        # As SQLite does by itself when the disk is full; nothing of the batch is committed then.
        connection.connection.cursor().execute("ROLLBACK")
        raise DatabaseFull("The disk is full.")

    async with held(place):
        asking = await import_waiting(place, GOOD + b"garbled\n")
        ending = asyncio.ensure_future(place.writer.write(end))
        await asyncio.wait([ending], timeout=0)
    with pytest.raises(DatabaseFull):
        await asking
    with pytest.raises(DatabaseFull):
        await ending
    assert (everything(place.database), place.aside()) == ({}, [])


async def test_a_sync_does_not_write_the_issues_of_a_database_that_came_in_the_midst_of_it(place: Place) -> None:
    place.space.jsonl.write_bytes(GOOD)
    other = place.space.root / "other.db"
    Database.open(other).close()
    may_go, held = threading.Event(), []
    place.when_written = lambda: held.append(place.working.submit(may_go.wait, DEADLINE_SECONDS))
    try:
        asking = asyncio.ensure_future(place.asked(methods.SYNC, key="k"))
        while not (place.events or asking.done()):
            await asyncio.wait([asking], timeout=0)
        for ending in ("-wal", "-shm"):
            Path(f"{place.space.database}{ending}").unlink()
        other.replace(place.space.database)
    finally:
        may_go.set()
    with pytest.raises(PlaceChanged):
        await asking
    assert held
    assert place.space.jsonl.read_bytes() == GOOD


# What takes long


@pytest.mark.parametrize("method", [methods.EXPORT, methods.SYNC, methods.CHECK])
async def test_what_takes_long_needs_no_turn_of_the_reading_thread(place: Place, method: str) -> None:
    done(place.database, CreateIssue(title="one"))
    may_go = threading.Event()
    reading = asyncio.get_running_loop().run_in_executor(place.reading, may_go.wait, DEADLINE_SECONDS)
    target = place.space.root / "out.jsonl"
    params = {methods.EXPORT: {"path": str(target)}, methods.SYNC: {"key": "k"}, methods.CHECK: {}}[method]
    try:
        found = await place.asked(method, **params)
    finally:
        may_go.set()
        await reading
    if method == methods.CHECK:
        assert [one["name"] for one in found["findings"]][:2] == ["integrity", "schema"]
    else:
        assert len((target if method == methods.EXPORT else place.space.jsonl).read_bytes().splitlines()) == 1


# Paths


@pytest.mark.parametrize("path", ["/tmp/a\0b", "/tmp/\ud800", "x.jsonl", ""])
@pytest.mark.parametrize("method", [methods.IMPORT, methods.EXPORT])
async def test_what_can_not_be_a_path_is_refused_by_its_name(place: Place, method: str, path: str) -> None:
    params = {"key": "k"} if method == methods.IMPORT else {}
    with pytest.raises(InvalidField, match=r"^path: "):
        await place.asked(method, path=path, **params)


async def test_a_name_of_an_import_may_be_anything(place: Place) -> None:
    report = await place.asked(methods.IMPORT, key="k", path=place.file(GOOD + b"garbled\n"), name="a\0b\ud800.jsonl")
    assert (report["counts"], place.aside()) == ({"created": 1, "aside": 1}, ["garbled"])


@pytest.mark.parametrize(
    "name", ["issues.db", "config.toml", "new.jsonl", "aside/x.jsonl", ".pipe.x/x", "issues.jsonl"]
)
async def test_an_export_writes_over_nothing_of_the_workspace(place: Place, name: str) -> None:
    own = place.space.directory / name
    before = own.read_bytes() if own.exists() else None
    link = place.space.root / "link"
    link.symlink_to(own)
    for path in (own, own.parent / ".." / own.parent.name / own.name, link):
        with pytest.raises(InvalidField, match="issuelens sync" if name == "issues.jsonl" else "own folder"):
            await place.asked(methods.EXPORT, path=str(path))
    assert (own.read_bytes() if own.exists() else None) == before


@pytest.mark.parametrize("mode", [0o600, 0o664])
async def test_a_file_that_is_written_again_keeps_its_mode(place: Place, mode: int) -> None:
    done(place.database, CreateIssue(title="one"))
    target = place.space.root / "out.jsonl"
    for path in (target, place.space.jsonl):
        path.touch()
        path.chmod(mode)
    await place.asked(methods.EXPORT, path=str(target))
    assert (await place.asked(methods.SYNC, key="k"))["wrote"]
    for path in (target, place.space.jsonl):
        assert (path.stat().st_mode & 0o777, len(path.read_bytes().splitlines())) == (mode, 1)
