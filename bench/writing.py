"""Writes: acknowledged by the daemon, against the same rows inserted with the standard library's sqlite3."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from bench.measure import Figure, against, side_by_side
from issuelens.domain.operation import CreateIssue
from issuelens.ipc import launch
from issuelens.ipc.client import DaemonClient
from issuelens.workspace import initialise

_ISSUE = (
    "INSERT INTO issue (id, title, description, status, priority, issue_type, created_at, created_by, updated_at,"
    " is_open, is_ready) VALUES (?, ?, '', 'open', 2, 'task', ?, 'me', ?, 1, 1)"
)
_OPERATION = "INSERT INTO operation (revision, name, key, actor, client, at) VALUES (?, 'create', ?, 'me', 'raw', ?)"
_CHANGE = "INSERT INTO change VALUES (?, 0, ?, NULL, ?)"
_NOW = "2026-01-01T00:00:00.000000Z"


async def acknowledged(folder: Path) -> list[Figure]:
    """One client, one write after the other."""
    root = folder / "writing"
    root.mkdir()
    space = initialise(root, "app")
    async with DaemonClient(space, client="bench", on_event=lambda _: None, on_gap=lambda _: None) as client:
        raw = _raw_twin(space.database, folder / "raw.db")
        numbers = iter(range(1_000_000, 2_000_000))

        async def ours() -> None:
            await client.write(CreateIssue(title="Round half up"))

        async def other() -> None:
            number = next(numbers)
            issue_id = f"raw-{number}"
            raw.execute("BEGIN IMMEDIATE")
            raw.execute(_ISSUE, (issue_id, "Round half up", _NOW, _NOW))
            raw.execute(_OPERATION, (number, issue_id, _NOW))
            raw.execute(_CHANGE, (number, issue_id, json.dumps({"id": issue_id, "title": "Round half up"})))
            raw.execute("COMMIT")

        try:
            figures = await side_by_side(ours, other, count=200)
        finally:
            raw.close()
    launch.stop(space)
    return [against("write acknowledged, p50", 3, *figures)]


def _raw_twin(database: Path, path: Path) -> sqlite3.Connection:
    """An empty database of the same tables and settings."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as source:
        # The full-text index makes its own tables.
        wanted = "sql IS NOT NULL AND name NOT LIKE 'issue_text_%'"
        schema = [row[0] for row in source.execute(f"SELECT sql FROM sqlite_master WHERE {wanted}")]
    source.close()
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("PRAGMA journal_mode=WAL")
    raw.execute("PRAGMA synchronous=FULL")
    for statement in schema:
        if "sqlite_sequence" not in statement:
            raw.execute(statement)
    return raw
