"""Files of issues for imports, and what is said of their lines."""

from __future__ import annotations

import io
import json
from typing import Any

from tests.support.tracking import (
    brought_in,
    everything,
)

from issuelens.domain.imports import Imported, Unreadable
from issuelens.domain.issue import Issue
from issuelens.domain.vocabulary import STATUS_CATEGORIES
from issuelens.storage.database import Database
from issuelens.sync.importers import Format, read_issues

EARLY, MIDDLE, LATE = (f"2026-0{month}-01T00:00:00.000000Z" for month in (1, 2, 3))
Report = list[dict[str, Any]]


def read(content: bytes, kind: Format = Format.BEADS) -> list[Imported | Unreadable]:
    """What a file holds."""
    return list(read_issues(io.BytesIO(content), kind, "file", prefix="app", statuses=STATUS_CATEGORIES))


def lines_of(*objects: Any) -> bytes:
    """A file with an object a line."""
    return b"".join(json.dumps(one).encode() + b"\n" for one in objects)


def line(issue_id: str = "lib-1a", **fields: Any) -> dict[str, Any]:
    """An issue as a line has it."""
    return {"id": issue_id, "title": "t", "created_at": EARLY, "updated_at": MIDDLE} | fields


def imported(database: Database, *objects: dict[str, Any]) -> list[str]:
    """What is said of each line."""
    _, report = brought_in(database, *read(lines_of(*objects)))
    return [one["action"] for one in report]


def one(database: Database, issue_id: str = "lib-1a") -> Issue:
    """The issue of a line."""
    return everything(database)[issue_id]
