"""What can be done at a line of `issues.jsonl`: its issue's conflicts are settled, and what git left is merged."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Final

from lsprotocol import types

from issuelens.domain.conflict import DISMISS, MINE, OTHER, THEIRS, KeptConflict, brief_value
from issuelens.lsp.actions import FIX, Action
from issuelens.lsp.documents import Document
from issuelens.lsp.export_findings import CONFLICT_RULE, LINE_RULE, MARKERS
from issuelens.lsp.open_conflicts import open_conflicts
from issuelens.lsp.session import Session

LINES: Final = 100
"""Lines of a selection that are looked at."""
_SHOWN: Final = 30
"""Characters of a value in a title."""


async def export_actions(document: Document, session: Session, place: types.Range) -> list[Action]:
    """What can be done with the lines of a selection."""
    last = min(place.end.line, place.start.line + LINES)
    lines = [document.line_text(number) for number in range(place.start.line, last + 1)]
    found = [*of_markers(lines, session.uri)]
    ids = dict.fromkeys(one for one in map(_id_in, lines) if one)
    if ids:
        conflicts = [one for one in await open_conflicts(session) if one.issue_id in ids]
        found += of_conflicts(conflicts, session.uri)
    return found


def of_markers(lines: Iterable[str], workspace: str) -> Iterator[Action]:
    """What to do about git's conflict markers."""
    if any(line.startswith(MARKERS) for line in lines):
        title, argument = "Merge both sides", {"workspace": workspace}
        yield Action(title=title, kind=FIX, verb="sync", argument=argument, fixes=(LINE_RULE,), is_preferred=True)


def of_conflicts(conflicts: Iterable[KeptConflict], workspace: str) -> Iterator[Action]:
    """What settles conflicts."""
    for one in conflicts:
        for title, take in _ways(one):
            argument = {"workspace": workspace, "id": one.issue_id, "number": one.number, "take": take}
            yield Action(title=title, kind=FIX, verb="settleConflict", argument=argument, fixes=(CONFLICT_RULE,))
        argument = {"workspace": workspace, "id": one.issue_id}
        title = f"Edit {one.issue_id}"
        yield Action(title=title, kind=FIX, verb="showIssue", argument=argument, fixes=(CONFLICT_RULE,))


def _ways(one: KeptConflict) -> Iterator[tuple[str, str]]:
    """Titles, and what is taken then; where it is not known whose a value was, they do not say so."""
    kept, other = (brief_value(value, _SHOWN) for value in (one.kept, one.other))
    if one.mine is None:
        yield f"Take the other {one.field}: {other}", OTHER
    else:
        mine, theirs = (kept, other) if one.side_of(MINE) == "kept" else (other, kept)
        yield f"Keep mine: {one.field} {mine}", MINE
        yield f"Take theirs: {one.field} {theirs}", THEIRS
    yield f"Dismiss the conflict about {one.field}", DISMISS


def _id_in(line: str) -> str | None:
    try:
        shape = json.loads(line)
    except (ValueError, RecursionError):
        return None
    found = shape.get("id") if isinstance(shape, dict) else None
    return found if isinstance(found, str) else None
