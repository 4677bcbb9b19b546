"""What an importer makes of a file: issues, and lines that can't be read."""

from __future__ import annotations

from attrs import frozen

from issuelens.domain.issue import Issue


@frozen
class Imported:
    """An issue of a file. `line` counts from 1; `note` says what was not taken as it stands."""

    line: int
    issue: Issue
    note: str = ""


@frozen
class Unreadable:
    """A line that is no issue, and why. `text` is the line as it stands, undecodable bytes as surrogates."""

    line: int
    reason: str
    text: str
