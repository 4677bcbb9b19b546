"""Where TODOs and issue ids stand in the code, as the daemon last read the files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from attrs import frozen
from sqlalchemy import Connection, bindparam, delete, insert, literal, select

from issuelens.storage.tables import CODE_LOCATION, FILE, ISSUE

_LOCATIONS: Final = select(CODE_LOCATION).order_by(CODE_LOCATION.c.path, CODE_LOCATION.c.line, CODE_LOCATION.c.column)


@frozen
class FileStamp:
    """What a file was when it was read; `found_with` names what was looked for in it."""

    size: int
    modified_ns: int
    found_with: str


@frozen
class CodeLocation:
    """A TODO, or without `tag` a mere mention of an id. `line` and `column` count from 1, `path` is root-relative."""

    path: str
    line: int
    column: int
    tag: str | None
    text: str
    owner: str | None
    issue_id: str | None


def file_stamps(connection: Connection) -> dict[str, FileStamp]:
    """Path -> stamp of every file that was read."""
    return {row[0]: FileStamp(row[1], row[2], row[3]) for row in connection.execute(select(FILE))}


def replace_files(
    connection: Connection, read: Iterable[tuple[str, FileStamp, Sequence[CodeLocation]]], gone: Iterable[str]
) -> None:
    """Puts what files hold now in the place of what they held; forgets files that are gone."""
    read = list(read)
    paths = [{"file": path} for path in (*gone, *(path for path, _, _ in read))]
    if paths:
        connection.execute(delete(CODE_LOCATION).where(CODE_LOCATION.c.path == bindparam("file")), paths)
        connection.execute(delete(FILE).where(FILE.c.path == bindparam("file")), paths)
    stamps = [
        {"path": path, "size": stamp.size, "modified_ns": stamp.modified_ns, "found_with": stamp.found_with}
        for path, stamp, _ in read
    ]
    if stamps:
        connection.execute(insert(FILE), stamps)
    rows = [_row(one) for _, _, found in read for one in found]
    if rows:
        connection.execute(insert(CODE_LOCATION), rows)


def list_todos(connection: Connection) -> list[CodeLocation]:
    """Every TODO, by path, line and column."""
    return [CodeLocation(*row) for row in connection.execute(_LOCATIONS.where(CODE_LOCATION.c.tag.is_not(None)))]


def list_references(connection: Connection, issue_id: str) -> list[CodeLocation]:
    """Where an issue's id stands, or that of one merged into it, through however many others."""
    meant = select(literal(issue_id).label("id")).cte(recursive=True)
    meant = meant.union(select(ISSUE.c.id).join(meant, ISSUE.c.merged_into == meant.c.id))
    wanted = CODE_LOCATION.c.issue_id.in_(select(meant.c.id))
    return [CodeLocation(*row) for row in connection.execute(_LOCATIONS.where(wanted))]


def _row(one: CodeLocation) -> dict[str, Any]:
    return {
        "path": one.path,
        "line": one.line,
        "column": one.column,
        "tag": one.tag,
        "text": one.text,
        "owner": one.owner,
        "issue_id": one.issue_id,
    }
