"""Where TODOs and issue ids stand in the code, as the daemon last read the files.

Paths go in and out as `todos.found.FileFindings` has them; only `CodeLocation` and `Departure`, which are for answers,
have them as text (`todos.paths`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from itertools import groupby
from typing import Any, Final

from attrs import frozen
from sqlalchemy import Connection, bindparam, delete, insert, literal, select, text

from issuelens.domain.vocabulary import Category
from issuelens.storage.prepared import Prepared
from issuelens.storage.reads import chunks
from issuelens.storage.tables import CODE_DEPARTURE, CODE_LOCATION, CODE_SCAN, CODE_TOUCHED, ISSUE
from issuelens.todos.found import FileFindings, Marker, Mention
from issuelens.todos.paths import real_path, shown_path

_COLUMNS: Final = tuple(column.name for column in CODE_LOCATION.columns)
_EVERYTHING: Final = "SELECT " + ", ".join(f'"{name}"' for name in _COLUMNS) + " FROM code_location"
_ORDER: Final = ' ORDER BY path, line, "column"'
_ANSWERED: Final = ("path", "line", "column", "tag", "text", "owner", "issue_id", "external", "priority", "due", "key")
_LOCATIONS: Final = select(*(CODE_LOCATION.c[name] for name in _ANSWERED)).order_by(
    CODE_LOCATION.c.path, CODE_LOCATION.c.line, CODE_LOCATION.c.column
)
# A place that is there twice says the same twice; it must not make the whole of a scan fail.
_ADD: Final = Prepared(insert(CODE_LOCATION).prefix_with("OR REPLACE"), _COLUMNS)
_CLEAR: Final = Prepared(delete(CODE_LOCATION).where(CODE_LOCATION.c.path == bindparam("file")))
_TOUCH: Final = Prepared(insert(CODE_TOUCHED).prefix_with("OR IGNORE"), ("path",))


@frozen
class CodeLocation:
    """A TODO, or without `tag` a mere mention of an id. `line` and `column` count from 1, `path` is as it is shown."""

    path: str
    line: int
    column: int
    tag: str | None
    text: str
    owner: str | None = None
    issue_id: str | None = None
    external: str | None = None
    priority: int | None = None
    due: str | None = None
    key: str | None = None


@frozen
class ClosedReference:
    """A TODO or a certain mention whose issue is finished; `status` is that of the issue, or of its survivor."""

    path: str
    line: int
    column: int
    tag: str | None
    text: str
    issue_id: str
    status: str
    key: str | None


@frozen
class Departure:
    """The last place of an id that stands nowhere any more. `reason`: `edited`, `file_deleted` or `left_out`.

    `left_out` means that the file is there and no longer searched. `at` is when that was seen.
    """

    issue_id: str
    path: str
    line: int
    tag: str | None
    text: str
    reason: str
    at: str


@frozen
class StoredScan:
    """What the last whole scan left: its settings and snapshot, and the files to be read whatever that says."""

    settings: str = ""
    snapshot: bytes = b""
    touched: tuple[str, ...] = ()


# What a scan leaves


def read_scan(connection: Connection) -> StoredScan:
    """What the last scan left; an empty snapshot when there was none, or when it did not come to its end."""
    row = connection.execute(select(CODE_SCAN.c.settings, CODE_SCAN.c.snapshot)).first()
    touched = tuple(map(_real, connection.execute(select(CODE_TOUCHED.c.path)).scalars()))
    return StoredScan(row[0], row[1], touched) if row else StoredScan(touched=touched)


def current_settings(connection: Connection) -> str | None:
    """The fingerprint of the settings that the rows were found with; None when a scan has yet to come to its end."""
    return connection.execute(select(CODE_SCAN.c.settings).where(text("length(snapshot) > 0"))).scalar()


def last_settings(connection: Connection) -> str | None:
    """The fingerprint of the settings that were looked for last."""
    return connection.execute(select(CODE_SCAN.c.settings)).scalar()


def begin_anew(connection: Connection) -> None:
    """Says that the rows are not those of a whole scan any more, until `end_scan`."""
    connection.execute(CODE_SCAN.update().values(snapshot=b""))


def end_scan(connection: Connection, settings: str, snapshot: bytes, files: int) -> None:
    """Keeps what the next scan begins with: the rows are now those of this snapshot."""
    connection.execute(delete(CODE_TOUCHED))
    row = {"number": 1, "settings": settings, "snapshot": snapshot, "files": files}
    connection.execute(insert(CODE_SCAN).prefix_with("OR REPLACE"), row)


def replace_files(connection: Connection, found: Sequence[FileFindings], gone: Iterable[str] = ()) -> None:
    """Puts what files hold now in the place of what they held; forgets what those hold that are gone."""
    paths = [shown_path(one) for one in (*gone, *(one.path for one in found))]
    if paths:
        _CLEAR.run_all(connection, [{"file": path} for path in paths])
    rows = [row for one in found for row in _rows(one)]
    if not rows:
        return
    try:
        _ADD.run_rows(connection, rows)
    except UnicodeEncodeError:
        # Halves of characters, from the escapes of a notebook.
        _ADD.run_rows(connection, [tuple(map(_whole, row)) for row in rows])


def note_touched(connection: Connection, paths: Iterable[str]) -> None:
    """Has the next scan read these files whatever the snapshot says of them."""
    _TOUCH.run_rows(connection, [(shown_path(path),) for path in paths])


def keep_departures(connection: Connection, departures: Iterable[Departure]) -> None:
    """Keeps from where ids of issues have gone; those of words that are no issue's are passed over."""
    rows = [
        tuple(map(_whole, (one.issue_id, one.path, one.line, one.tag, one.text, one.reason, one.at, one.issue_id)))
        for one in departures
    ]
    with closing(connection.connection.cursor()) as cursor:
        cursor.executemany(_DEPART, rows)


_DEPART: Final = (
    "INSERT OR REPLACE INTO code_departure (issue_id, path, line, tag, text, reason, at) "
    "SELECT ?, ?, ?, ?, ?, ?, ? WHERE EXISTS (SELECT 1 FROM issue WHERE id = ?)"
)


def forget_returned(connection: Connection) -> None:
    """Forgets departures of ids that stand somewhere."""
    there = select(CODE_LOCATION.c.issue_id).where(CODE_LOCATION.c.issue_id == CODE_DEPARTURE.c.issue_id)
    connection.execute(delete(CODE_DEPARTURE).where(there.exists()))


def _rows(found: FileFindings) -> Iterator[tuple[Any, ...]]:
    path = shown_path(found.path)
    for one in found.markers:
        place = (path, one.line + 1, one.column + 1, one.tag, one.text, one.owner, one.issue_id)
        yield (*place, one.external, one.priority, one.due, one.words, one.around, one.key, None)
    for each in found.mentions:
        mentioned = (path, each.line + 1, each.column + 1, None, each.text, None, each.id)
        yield (*mentioned, None, None, None, None, None, None, int(each.is_certain))


def _whole(value: Any) -> Any:
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


# What files hold


def read_findings(connection: Connection, paths: Collection[str] | None) -> list[FileFindings]:
    """What files hold, by path as it is shown; files that hold nothing are not among them.

    Args:
        connection: to the database.
        paths: of the files; None: all.
    """
    if paths is None:
        return list(_findings(_raw(connection, _EVERYTHING + _ORDER, ())))
    found: list[FileFindings] = []
    for chunk in chunks(sorted(map(shown_path, paths))):
        marks = ", ".join("?" * len(chunk))
        found += _findings(_raw(connection, f"{_EVERYTHING} WHERE path IN ({marks}){_ORDER}", chunk))
    return found


def _raw(connection: Connection, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """On the driver's own cursor: SQLAlchemy takes as long again for its rows."""
    with closing(connection.connection.cursor()) as cursor:
        cursor.execute(statement, tuple(values))
        return list(cursor.fetchall())


def _findings(rows: Iterable[tuple[Any, ...]]) -> Iterator[FileFindings]:
    for path, group in groupby(rows, key=lambda row: row[0]):
        here = list(group)
        markers = tuple(_marker(row) for row in here if row[3] is not None)
        yield FileFindings(_real(path), markers, tuple(_mention(row) for row in here if row[3] is None))


def _marker(row: tuple[Any, ...]) -> Marker:
    _, line, column, tag, said, owner, issue_id, external, priority, due, words, around, key, _ = row
    found = (tag, said, line - 1, column - 1, owner, issue_id, external, priority, due)
    return Marker(*found, words=words or "", around=around or "", key=key or "")


def _mention(row: tuple[Any, ...]) -> Mention:
    return Mention(row[6], row[1] - 1, row[2] - 1, bool(row[13]), row[4])


def _real(shown: str) -> str:
    # What no path is shown like comes from a database that somebody else has written.
    with suppress(ValueError):
        return real_path(shown)
    return shown


def known_paths(connection: Connection) -> list[str]:
    """The files that hold something."""
    return [_real(path) for path in connection.execute(select(CODE_LOCATION.c.path).distinct()).scalars()]


def paths_below(connection: Connection, folder: str) -> list[str]:
    """The files below a folder that hold something."""
    # A folder's own name and the names below it may be shown in different ways.
    begins = [shown_path(f"{folder}/\udcff").removesuffix('\\377"')]
    if shown_path(folder) == folder:
        begins.append(f"{folder}/")
    column, found = CODE_LOCATION.c.path, []
    for begin in begins:
        # Behind the slash comes 0.
        inside = select(column).where(column >= begin, column < f"{begin[:-1]}0").distinct()
        found += [_real(path) for path in connection.execute(inside).scalars()]
    return [path for path in found if path.startswith(f"{folder}/")]


def keys_elsewhere(connection: Connection, keys: Collection[str], paths: Collection[str]) -> set[str]:
    """Those of the keys that TODOs of other files have."""
    here, found = set(map(shown_path, paths)), set()
    for chunk in chunks(keys):
        rows = select(CODE_LOCATION.c.key, CODE_LOCATION.c.path).where(CODE_LOCATION.c.key.in_(chunk))
        found |= {key for key, path in connection.execute(rows) if path not in here}
    return found


# For answers


def list_todos(connection: Connection) -> list[CodeLocation]:
    """Every TODO, by path, line and column."""
    return [CodeLocation(*row) for row in connection.execute(_LOCATIONS.where(CODE_LOCATION.c.tag.is_not(None)))]


def list_references(connection: Connection, issue_id: str) -> list[CodeLocation]:
    """Where an issue's id stands, or that of one merged into it, through however many others."""
    meant = select(literal(issue_id).label("id")).cte(recursive=True)
    meant = meant.union(select(ISSUE.c.id).join(meant, ISSUE.c.merged_into == meant.c.id))
    wanted = CODE_LOCATION.c.issue_id.in_(select(meant.c.id))
    return [CodeLocation(*row) for row in connection.execute(_LOCATIONS.where(wanted))]


def list_closed(connection: Connection) -> list[ClosedReference]:
    """The TODOs and certain mentions of issues that are finished or deleted, by path, line and column."""
    return [ClosedReference(*row) for row in connection.execute(_CLOSED, {"done": str(Category.DONE)})]


_CLOSED: Final = text("""
    WITH RECURSIVE meant(id, survivor) AS (
        SELECT DISTINCT issue_id, issue_id FROM code_location
        WHERE issue_id IS NOT NULL AND (tag IS NOT NULL OR is_certain = 1)
        UNION
        SELECT meant.id, issue.merged_into FROM meant JOIN issue ON issue.id = meant.survivor
        WHERE issue.merged_into IS NOT NULL)
    SELECT place.path, place.line, place."column", place.tag, place.text, place.issue_id, issue.status, place.key
    FROM meant JOIN issue ON issue.id = meant.survivor
    JOIN code_location AS place ON place.issue_id = meant.id
    WHERE issue.merged_into IS NULL AND issue.category = :done AND (place.tag IS NOT NULL OR place.is_certain = 1)
    ORDER BY place.path, place.line, place."column"
""")


def list_departures(connection: Connection, ids: Collection[str]) -> dict[str, list[Departure]]:
    """From where the issues have gone that stand nowhere in the code, nor does one that was merged into them."""
    found: dict[str, list[Departure]] = {one: [] for one in ids}
    for chunk in chunks(found):
        for row in connection.execute(_DEPARTURES, {"ids": chunk}):
            found[row[0]].append(Departure(*row[1:]))
    return found


_DEPARTURES: Final = text("""
    WITH RECURSIVE meant(root, id) AS (
        SELECT id, id FROM issue WHERE id IN :ids
        UNION
        SELECT meant.root, issue.id FROM meant JOIN issue ON issue.merged_into = meant.id)
    SELECT meant.root, gone.issue_id, gone.path, gone.line, gone.tag, gone.text, gone.reason, gone.at
    FROM meant JOIN code_departure AS gone ON gone.issue_id = meant.id
    WHERE NOT EXISTS (
        SELECT 1 FROM meant AS other JOIN code_location ON code_location.issue_id = other.id
        WHERE other.root = meant.root)
    ORDER BY gone.at DESC, gone.path, gone.line
""").bindparams(bindparam("ids", expanding=True))
