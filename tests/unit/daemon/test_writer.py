"""Group commit: what fails harms nobody else, and what was answered is there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, text
from tests.support.tracking import context, everything

from issuelens.daemon.writer import Writer
from issuelens.domain.errors import DatabaseFull, InvalidField, StorageError
from issuelens.domain.operation import CreateIssue, Event, Outcome
from issuelens.storage.database import Database
from issuelens.storage.tables import SETTING
from issuelens.tracker.operations import perform


class Place:
    """A writer that has not begun, so that what waits becomes one batch."""

    def __init__(self, database: Database, thread: ThreadPoolExecutor) -> None:
        self.events: list[Event] = []
        self.database = database
        self.has_begun = False
        self.writer = Writer(database, thread, lambda *events: self.events.extend(events))

    async def batch(self, *works: Any) -> list[Any]:
        waiting = [asyncio.ensure_future(self.writer.write(work)) for work in works]
        # One turn of the loop, in which each has joined the queue.
        await asyncio.wait(waiting, timeout=0)
        if not self.has_begun:
            self.writer.start()
            self.has_begun = True
        return await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 30)

    def titles(self) -> list[str]:
        return sorted(issue.title for issue in everything(self.database).values())


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    database = Database.open(tmp_path / "x.db")
    with ThreadPoolExecutor(1) as thread:
        one = Place(database, thread)
        yield one
        await one.writer.close()
    database.close()


def creating(title: str) -> Any:
    def work(connection: Connection) -> Outcome:
        return perform(connection, CreateIssue(title=title), context())

    return work


def failing(error: Exception) -> Any:
    def work(connection: Connection) -> None:
        perform(connection, CreateIssue(title="half done"), context())
        raise error

    return work


def twice(connection: Connection) -> None:
    perform(connection, CreateIssue(title="half done"), context())
    for _ in range(2):
        connection.execute(insert(SETTING).values(name="same", value=""))


def taken_back_by_sqlite(connection: Connection) -> None:
    # As SQLite does by itself when the disk is full (sqlite.org/lang_transaction.html, "Response To Errors").
    connection.connection.cursor().execute("ROLLBACK")
    raise DatabaseFull("The disk is full.")


async def test_what_fails_harms_nobody_else(place: Place) -> None:
    failures = [failing(InvalidField("x", "no")), failing(OverflowError("too large")), twice]
    first, *errors, last = await place.batch(creating("first"), *failures, creating("last"))
    assert [one.issues[0].title for one in (first, last)] == ["first", "last"]
    assert [type(error) for error in errors] == [InvalidField, OverflowError, StorageError]
    assert "UNIQUE constraint failed: setting.name" in str(errors[-1])
    assert place.titles() == ["first", "last"]
    assert [event.revision for event in place.events] == [1, 2]


async def test_a_transaction_that_is_gone_is_nobodys_success(place: Place) -> None:
    results = await place.batch(creating("first"), taken_back_by_sqlite, creating("last"))
    assert [type(one) for one in results] == [DatabaseFull] * 3
    assert place.titles() == []
    assert place.events == []
    assert [one.issues[0].title for one in await place.batch(creating("again"))] == ["again"]


async def test_events_that_can_not_be_published_end_nothing(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    def refused(*_events: Event) -> None:
        raise ValueError("these are no events")

    place.writer.publish = refused
    [first] = await place.batch(creating("first"))
    [second] = await place.batch(creating("second"))
    assert [one.event.revision for one in (first, second)] == [1, 2]
    assert "events up to revision 2 could not be published" in caplog.text


async def test_alone_in_its_transaction(place: Place) -> None:
    [error] = await place.batch(twice)
    assert isinstance(error, StorageError)
    assert place.titles() == []
    [answer] = await place.batch(lambda connection: connection.execute(text("SELECT 1")).scalar())
    assert answer == 1
