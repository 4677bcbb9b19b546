"""What is read of issues, rows into domain objects. Statements are built once: building is half their cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, Row, Select, and_, bindparam, func, literal_column, select

from issuelens.domain.errors import AmbiguousId, UnknownIssue
from issuelens.domain.fields import is_encodable
from issuelens.domain.issue import Comment, Dependency, Issue, IssueSummary
from issuelens.domain.vocabulary import PARENT_CHILD, TOMBSTONE, WAITING_TYPES, Category
from issuelens.storage.prepared import Prepared
from issuelens.storage.tables import COMMENT, DEPENDENCY, ISSUE, LABEL, OPERATION, PREFIX

CHUNK: Final = 500
"""Ids in one statement; SQLite limits its variables."""
CANDIDATES: Final = 6
"""Ids that an ambiguous beginning is told to have, at most."""
_DERIVED: Final = ("is_open", "blocked", "is_ready")

IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)
ISSUE_COLUMNS: Final = tuple(column for column in ISSUE.c if column.name not in _DERIVED)
"""What `whole` needs of an issue's row."""
SUMMARY_COLUMNS: Final = (
    *(ISSUE.c.id, ISSUE.c.title, ISSUE.c.status, ISSUE.c.priority),
    *(ISSUE.c.issue_type, ISSUE.c.assignee, ISSUE.c.category),
)
_ISSUES: Final = select(*ISSUE_COLUMNS).where(ISSUE.c.id.in_(IDS))
_SUMMARIES: Final = select(*SUMMARY_COLUMNS, ISSUE.c.merged_into).where(ISSUE.c.id.in_(IDS))
_LABELS: Final = select(LABEL).where(LABEL.c.issue_id.in_(IDS)).order_by(LABEL.c.issue_id, LABEL.c.name)
_DEPENDENCIES: Final = (
    select(DEPENDENCY)
    .where(DEPENDENCY.c.issue_id.in_(IDS))
    .order_by(DEPENDENCY.c.issue_id, DEPENDENCY.c.depends_on_id, DEPENDENCY.c.type)
)
_COMMENTS: Final = select(COMMENT).where(COMMENT.c.issue_id.in_(IDS)).order_by(COMMENT.c.issue_id, COMMENT.c.id)
_ALL_WAITS: Final = (
    select(DEPENDENCY.c.issue_id, DEPENDENCY.c.depends_on_id)
    .join(ISSUE, ISSUE.c.id == DEPENDENCY.c.depends_on_id)
    .where(DEPENDENCY.c.type.in_(WAITING_TYPES), ISSUE.c.status != TOMBSTONE)
    .order_by(DEPENDENCY.c.issue_id, DEPENDENCY.c.depends_on_id)
)
_WAITS_FOR: Final = _ALL_WAITS.where(DEPENDENCY.c.issue_id.in_(IDS))
_ROWS_EVER: Final = Prepared(select(func.max(literal_column("issue.rowid"))).select_from(ISSUE))
_REVISION: Final = Prepared(select(func.max(OPERATION.c.revision)))
_EXISTS: Final = Prepared(select(ISSUE.c.id, ISSUE.c.merged_into).where(ISSUE.c.id == bindparam("id")))
_PREFIXES: Final = select(PREFIX.c.name)
_FIRST_BEGINNING: Final = (
    select(ISSUE.c.id)
    .where(and_(bindparam("low") <= ISSUE.c.id, ISSUE.c.id < bindparam("high")))
    .order_by(ISSUE.c.id)
    .limit(CANDIDATES + 1)
)
_BEGINNING: Final = _FIRST_BEGINNING.where(ISSUE.c.status != TOMBSTONE)
_BEGINNING_DELETED: Final = _FIRST_BEGINNING.where(ISSUE.c.status == TOMBSTONE)
_COUNT: Final = select(func.count()).select_from(ISSUE)
_CHILDREN_BY_ID: Final = select(ISSUE.c.id).where(and_(bindparam("low") <= ISSUE.c.id, ISSUE.c.id < bindparam("high")))
_CHILDREN: Final = (
    select(DEPENDENCY.c.issue_id, DEPENDENCY.c.depends_on_id)
    .join(ISSUE, ISSUE.c.id == DEPENDENCY.c.issue_id)
    .where(DEPENDENCY.c.depends_on_id.in_(IDS), DEPENDENCY.c.type == PARENT_CHILD, ISSUE.c.status != TOMBSTONE)
    .order_by(DEPENDENCY.c.issue_id)
)
_HAS_DEPENDENTS: Final = Prepared(select(DEPENDENCY.c.issue_id).where(DEPENDENCY.c.depends_on_id == bindparam("id")))
_DEPENDENTS: Final = (
    select(DEPENDENCY.c.issue_id, DEPENDENCY.c.depends_on_id, DEPENDENCY.c.type)
    .where(DEPENDENCY.c.depends_on_id.in_(IDS))
    .order_by(DEPENDENCY.c.issue_id)
)


def get_issues(connection: Connection, ids: Iterable[str]) -> dict[str, Issue]:
    """The known ones of these ids, whole; tombstones, too."""
    found: dict[str, Issue] = {}
    for chunk in chunks(ids):
        rows = connection.execute(_ISSUES, {"ids": chunk}).all()
        found |= {issue.id: issue for issue in whole(connection, rows)}
    return found


def get_issue(connection: Connection, issue_id: str) -> Issue | None:
    """One issue, whole; the survivor for the id of a merged one."""
    survivor = survivor_of(connection, issue_id)
    return get_issues(connection, [survivor]).get(survivor) if survivor is not None else None


def find_issue(connection: Connection, word: str, prefix: str = "") -> Issue:
    """The issue that a word means, whole; raises as `resolve_id`."""
    issue_id = resolve_id(connection, word, prefix)
    return get_issues(connection, [issue_id])[issue_id]


def get_summaries(connection: Connection, ids: Iterable[str]) -> dict[str, IssueSummary]:
    """The known ones of these ids, in a line each; a merged id has its survivor's."""
    found: dict[str, IssueSummary] = {}
    for chunk in chunks(ids):
        for row in connection.execute(_SUMMARIES, {"ids": chunk}):
            found[row[0]] = summary(row)
            if row.merged_into is not None:
                survivor = survivor_of(connection, row[0])
                if survivor is not None and survivor != row[0]:
                    found[row[0]] = get_summaries(connection, [survivor])[survivor]
    return found


def summary(row: Sequence[Any]) -> IssueSummary:
    """An issue in a line, from a row that begins with SUMMARY_COLUMNS."""
    return IssueSummary(row[0], row[1], row[2], row[3], row[4], row[5], Category(row[6]))


def survivor_of(connection: Connection, issue_id: str) -> str | None:
    """The id itself, or what it was merged into; None when there is no such issue."""
    seen: set[str] = set()
    while issue_id not in seen:
        seen.add(issue_id)
        row = _EXISTS.first(connection, {"id": issue_id})
        if row is None:
            return None
        if row[1] is None:
            return issue_id
        issue_id = row[1]
    return issue_id


def resolve_id(connection: Connection, word: str, prefix: str = "") -> str:
    """The id that a word means: an id, a merged one, or a beginning that only one issue's id has.

    Args:
        connection: to the database.
        word: `app-1a2b`, `app-1a`, `1a` where `prefix` is given, or `ap` where one issue's id begins like this.
        prefix: the workspace's own.

    Raises:
        UnknownIssue: when nothing begins like this; AmbiguousId: when several do.
    """
    if not word or not is_encodable(word):
        raise UnknownIssue.named(word)
    exact = survivor_of(connection, word)
    if exact is not None:
        return exact
    return _begun(connection, _BEGINNING, word, prefix)


def resolve_deleted(connection: Connection, word: str, prefix: str = "") -> str:
    """The id that a word means where tombstones are looked for. An id, also a merged one, is itself.

    Raises:
        UnknownIssue, AmbiguousId: as `resolve_id`.
    """
    if not word or not is_encodable(word):
        raise UnknownIssue.named(word)
    if issue_exists(connection, word):
        return word
    try:
        return _begun(connection, _BEGINNING_DELETED, word, prefix)
    except UnknownIssue:
        return resolve_id(connection, word, prefix)


def _begun(connection: Connection, statement: Select[str], word: str, prefix: str) -> str:
    # A dash ends a prefix; without one, the prefix is more likely to be left out than cut short.
    for beginning in (word, f"{prefix}-{word}")[:: 1 if "-" in word else -1]:
        roots = _roots_beginning(connection, statement, beginning)
        if len(roots) == 1:
            return roots[0]
        if roots:
            raise _ambiguous(word, roots)
    raise UnknownIssue.named(word)


def _roots_beginning(connection: Connection, statement: Select[str], beginning: str) -> list[str]:
    """The first ids that begin like this, without those below another of them: a few more than are told."""
    roots: list[str] = []
    low = beginning
    while len(roots) <= CANDIDATES:
        found = list(connection.execute(statement, {"low": low, "high": beginning + "\U0010ffff"}).scalars())
        for one in found:
            above = next((root for root in roots if one.startswith(f"{root}.")), None)
            roots += [] if above else [one]
            # Next comes what sorts after this one, or after all below its root.
            low = f"{above}/" if above else f"{one} "
        if len(found) <= CANDIDATES:
            break
    return roots


def _ambiguous(word: str, found: Sequence[str]) -> AmbiguousId:
    names = ", ".join(found[:CANDIDATES]) + (" and more" if len(found) > CANDIDATES else "")
    return AmbiguousId(f"id: {word} begins several ids: {names}. Give more of it.", ids=list(found[:CANDIDATES]))


def current_revision(connection: Connection) -> int:
    """The count of committed operations."""
    row = _REVISION.first(connection, {})
    return int(row[0] or 0) if row else 0


def count_issues(connection: Connection) -> int:
    """How many issues there are, tombstones included."""
    return int(connection.execute(_COUNT).scalar_one())


def issue_exists(connection: Connection, issue_id: str) -> bool:
    """Whether there is an issue with this id, or its tombstone."""
    return _EXISTS.first(connection, {"id": issue_id}) is not None


def rows_ever(connection: Connection) -> int:
    """How many issues there are and were, known without counting them."""
    row = _ROWS_EVER.first(connection, {})
    return int(row[0] or 0) if row else 0


def id_prefixes(connection: Connection) -> frozenset[str]:
    """Every prefix that an id has begun with."""
    return frozenset(connection.execute(_PREFIXES).scalars())


def ids_below(connection: Connection, parent: str) -> list[str]:
    """The ids that begin with `parent` and a dot, at every depth, tombstones included."""
    words = {"low": f"{parent}.", "high": f"{parent}/"}
    return list(connection.execute(_CHILDREN_BY_ID, words).scalars())


def children_of(connection: Connection, ids: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of a child and its parent, for parents among these ids."""
    return [(row[0], row[1]) for chunk in chunks(ids) for row in connection.execute(_CHILDREN, {"ids": chunk})]


def parents_of(connection: Connection, ids: Iterable[str]) -> list[str]:
    """The parents of these issues that are there."""
    found = {target for _, target, kind in dependencies_of(connection, ids) if kind == PARENT_CHILD}
    return [one.id for one in get_summaries(connection, sorted(found)).values() if one.status != TOMBSTONE]


def dependents_of(connection: Connection, ids: Iterable[str]) -> list[tuple[str, str, str]]:
    """Who depends on one of these ids: issue, id, type of dependency."""
    return [
        (row[0], row[1], row[2]) for chunk in chunks(ids) for row in connection.execute(_DEPENDENTS, {"ids": chunk})
    ]


def has_dependents(connection: Connection, issue_id: str) -> bool:
    """Whether an issue depends on this id."""
    return _HAS_DEPENDENTS.first(connection, {"id": issue_id}) is not None


def dependencies_of(connection: Connection, ids: Iterable[str]) -> list[tuple[str, str, str]]:
    """What these issues depend on: issue, id, type of dependency."""
    return [
        (row[0], row[1], row[2]) for chunk in chunks(ids) for row in connection.execute(_DEPENDENCIES, {"ids": chunk})
    ]


def complete_id(connection: Connection, beginning: str, *, limit: int, deleted: bool) -> list[list[str]]:
    """Ids that begin like this, with their titles; unfinished issues first, the latest changed first.

    Args:
        connection: to the database.
        beginning: of an id.
        limit: how many at most.
        deleted: tombstones in place of issues.
    """
    if not is_encodable(beginning):
        return []
    state = ISSUE.c.status == TOMBSTONE if deleted else ISSUE.c.status != TOMBSTONE
    statement = (
        select(ISSUE.c.id, ISSUE.c.title)
        .where(state, ISSUE.c.id >= beginning, ISSUE.c.id < beginning + "\U0010ffff")
        .order_by(ISSUE.c.is_open.desc(), ISSUE.c.updated_at.desc(), ISSUE.c.id)
        .limit(limit)
    )
    return [[row[0], row[1]] for row in connection.execute(statement)]


def waits_for(connection: Connection, ids: Iterable[str]) -> list[tuple[str, str]]:
    """What these issues wait for, blockers and parents alike, as pairs; deleted ones hold nobody back."""
    return [(row[0], row[1]) for chunk in chunks(ids) for row in connection.execute(_WAITS_FOR, {"ids": chunk})]


def all_waits(connection: Connection) -> list[tuple[str, str]]:
    """Every pair of an issue and what it waits for."""
    return [(row[0], row[1]) for row in connection.execute(_ALL_WAITS)]


def whole(connection: Connection, rows: Sequence[Row[Any]]) -> list[Issue]:
    """Whole issues from rows of ISSUE_COLUMNS."""
    return [
        issue for start in range(0, len(rows), CHUNK) for issue in _whole_chunk(connection, rows[start : start + CHUNK])
    ]


def _whole_chunk(connection: Connection, rows: Sequence[Row[Any]]) -> Iterator[Issue]:
    ids = [row.id for row in rows]
    labels: dict[str, list[str]] = defaultdict(list)
    dependencies: dict[str, list[Dependency]] = defaultdict(list)
    comments: dict[str, list[Comment]] = defaultdict(list)
    for one in connection.execute(_LABELS, {"ids": ids}):
        labels[one[0]].append(one[1])
    for one in connection.execute(_DEPENDENCIES, {"ids": ids}):
        dependencies[one[0]].append(Dependency(one[0], one[1], one[2], one[3], one[4], one[5] or {}))
    for one in connection.execute(_COMMENTS, {"ids": ids}):
        comments[one[0]].append(Comment(one[1], one[2], one[3], one[4], one[5], one[6] or {}))
    for row in rows:
        fields = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name
        fields |= {name: fields[name] or {} for name in ("metadata", "extra", "as_written")}
        fields["category"] = Category(row.category)
        yield Issue(
            **fields,
            labels=tuple(labels[row.id]),
            dependencies=tuple(dependencies[row.id]),
            comments=tuple(comments[row.id]),
        )


def chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    """The ids, each once, in lists that one statement can take."""
    unique = list(dict.fromkeys(ids))
    for start in range(0, len(unique), CHUNK):
        yield unique[start : start + CHUNK]
