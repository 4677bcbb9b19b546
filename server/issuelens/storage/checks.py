"""What can be wrong with rows that SQLite itself finds nothing wrong with."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Index, Table, and_, delete, func, inspect, or_, select, update

from issuelens.domain.vocabulary import Category
from issuelens.storage import readiness
from issuelens.storage.tables import COMMENT, DEPENDENCY, ISSUE, LABEL, METADATA, SETTING


def find_faults(connection: Connection) -> list[tuple[str, int, str]]:
    """What was looked at: its name, how many rows are wrong, and what these are."""
    missing = missing_indexes(connection)
    return [
        ("schema", len(missing), f"indexes are missing: {', '.join(one.name or '' for one in missing)}"),
        ("orphans", count_orphans(connection), "labels, comments or dependencies belong to no issue"),
        ("readiness", len(readiness.find_stale(connection)), "issues are wrongly said to be ready or blocked"),
        ("comment numbers", _comment_counter(connection), "counters are behind the comments"),
    ]


def missing_indexes(connection: Connection) -> list[Index]:
    """Indexes that a database at the newest migration should have and does not."""
    there = set(inspect(connection).get_table_names())
    known = {
        index["name"] for table in METADATA.tables if table in there for index in inspect(connection).get_indexes(table)
    }
    return [one for table in METADATA.tables.values() for one in sorted_indexes(table) if one.name not in known]


def sorted_indexes(table: Table) -> list[Index]:
    """A table's indexes by name."""
    return sorted(table.indexes, key=lambda one: one.name or "")


def make_missing_indexes(connection: Connection) -> None:
    """Makes the indexes that are missing."""
    for index in missing_indexes(connection):
        index.create(connection)


def count_orphans(connection: Connection) -> int:
    """Rows that belong to no issue."""
    return sum(
        int(
            connection.execute(
                select(func.count()).select_from(table).where(table.c.issue_id.not_in(select(ISSUE.c.id)))
            ).scalar_one()
        )
        for table in (LABEL, COMMENT, DEPENDENCY)
    )


def list_orphans(connection: Connection) -> list[dict[str, Any]]:
    """The rows that belong to no issue, each with its `table`."""
    return [
        {"table": table.name, **row._mapping}  # noqa: SLF001 - SQLAlchemy's documented name
        for table in (LABEL, COMMENT, DEPENDENCY)
        for row in connection.execute(select(table).where(table.c.issue_id.not_in(select(ISSUE.c.id))))
    ]


def remove_orphans(connection: Connection) -> None:
    """Removes rows that belong to no issue."""
    for table in (LABEL, COMMENT, DEPENDENCY):
        connection.execute(delete(table).where(table.c.issue_id.not_in(select(ISSUE.c.id))))


def highest_comment(connection: Connection) -> int:
    """The highest number that a comment has."""
    return int(connection.execute(select(func.coalesce(func.max(COMMENT.c.id), 0))).scalar_one())


def _comment_counter(connection: Connection) -> int:
    noted = connection.execute(select(SETTING.c.value).where(SETTING.c.name == "comment")).scalar()
    return int(highest_comment(connection) > int(noted or 0))


def statuses_in_use(connection: Connection) -> list[str]:
    """Every status that an issue has."""
    return list(connection.execute(select(ISSUE.c.status).distinct()).scalars())


def set_category(connection: Connection, status: str, category: Category) -> int:
    """Gives the issues with a status a category; how many had another one."""
    is_open = int(category is not Category.DONE)
    wrong = or_(ISSUE.c.category != str(category), ISSUE.c.is_open != is_open)
    rows = update(ISSUE).where(and_(ISSUE.c.status == status, wrong))
    return connection.execute(rows.values(category=str(category), is_open=is_open)).rowcount
