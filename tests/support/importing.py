"""Files of other trackers, and what the importers make of them."""

from __future__ import annotations

import io
import json
from typing import Any

from issuelens.domain.imports import Imported, Unreadable
from issuelens.domain.issue import Issue
from issuelens.domain.vocabulary import STATUS_CATEGORIES
from issuelens.sync.importers import Format, read_issues

BEADS = {"id": "bd-1", "title": "t"}
ANCESTOR = {"id": "issue-00c4d0", "title": "t", "type": "bug"}
GITHUB = {"number": 7, "title": "t", "state": "OPEN", "url": "https://github.com/o/r/issues/7"}
MIDNIGHT = "T00:00:00.000000Z"


def read(kind: Format, content: bytes, **options: Any) -> list[Imported | Unreadable]:
    fields: dict[str, Any] = {"prefix": "app", "statuses": STATUS_CATEGORIES} | options
    return list(read_issues(io.BytesIO(content), kind, "file", **fields))


def line_of(shape: Any) -> bytes:
    return json.dumps(shape).encode() + b"\n"


def imported(kind: Format, content: bytes, **options: Any) -> Imported:
    [one] = read(kind, content, **options)
    assert isinstance(one, Imported), one
    return one


def unreadable(kind: Format, content: bytes) -> Unreadable:
    [one] = read(kind, content)
    assert isinstance(one, Unreadable), one
    return one


def beads(**fields: Any) -> Imported:
    return imported(Format.BEADS, line_of(BEADS | fields))


def todo(text: str) -> Issue:
    return imported(Format.TODOTXT, text.encode()).issue


def github(**fields: Any) -> Issue:
    return imported(Format.GITHUB, json.dumps([GITHUB | fields]).encode()).issue
