"""What is written to the database; only `tracker` calls it, inside of a transaction of the daemon's."""

from __future__ import annotations

import json
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, insert, update

from issuelens.domain.issue import Dependency, Issue
from issuelens.domain.operation import HistoryEntry
from issuelens.storage.prepared import Prepared
from issuelens.storage.tables import CHANGE, COMMENT, DEPENDENCY, ISSUE, LABEL, OPERATION

_INSERT_ISSUE: Final = Prepared(insert(ISSUE), tuple(ISSUE.c.keys()))
_UPDATE_ISSUE: Final = update(ISSUE).where(ISSUE.c.id == bindparam("issue"))
_INSERT_LABEL: Final = Prepared(insert(LABEL), tuple(LABEL.c.keys()))
_DELETE_LABEL: Final = delete(LABEL).where(LABEL.c.issue_id == bindparam("issue"), LABEL.c.name == bindparam("label"))
_INSERT_DEPENDENCY: Final = Prepared(insert(DEPENDENCY), tuple(DEPENDENCY.c.keys()))
_INSERT_COMMENT: Final = insert(COMMENT)
_INSERT_OPERATION: Final = Prepared(insert(OPERATION), tuple(OPERATION.c.keys()))
_INSERT_CHANGE: Final = Prepared(insert(CHANGE), tuple(CHANGE.c.keys()))


def insert_issue(connection: Connection, issue: Issue) -> None:
    """Adds a new issue with its labels and dependencies."""
    _INSERT_ISSUE.run(connection, _row(issue))
    _insert_labels(connection, issue.id, issue.labels)
    _insert_dependencies(connection, issue.dependencies)


def update_issue(connection: Connection, before: Issue, after: Issue) -> None:
    """Writes what differs between two states of an issue; comments have functions of their own."""
    old, new = _row(before), _row(after)
    changed = {name: value for name, value in new.items() if old[name] != value}
    if changed:
        connection.execute(_UPDATE_ISSUE.values(changed), {"issue": after.id})
    _insert_labels(connection, after.id, tuple(one for one in after.labels if one not in before.labels))
    for label in before.labels:
        if label not in after.labels:
            connection.execute(_DELETE_LABEL, {"issue": after.id, "label": label})


def insert_comment(connection: Connection, issue_id: str, author: str, text: str, created_at: str) -> int:
    """Adds a comment; its id."""
    row = {"issue_id": issue_id, "author": author, "text": text, "created_at": created_at}
    key = connection.execute(_INSERT_COMMENT, row).inserted_primary_key
    assert key is not None
    return int(key[0])


def record_operation(connection: Connection, entry: HistoryEntry, key: str) -> None:
    """Adds an operation to the history, with what it changed."""
    event = entry.event
    row = {
        "revision": event.revision,
        "name": event.operation,
        "key": key,
        "actor": event.actor,
        "client": event.client,
        "at": event.at,
    }
    _INSERT_OPERATION.run(connection, row)
    changes = [
        {
            "revision": event.revision,
            "position": position,
            "issue_id": change.issue_id,
            "before": _json(change.before),
            "after": _json(change.after),
        }
        for position, change in enumerate(entry.changes)
    ]
    _INSERT_CHANGE.run_all(connection, changes)


def _insert_labels(connection: Connection, issue_id: str, labels: tuple[str, ...]) -> None:
    _INSERT_LABEL.run_all(connection, [{"issue_id": issue_id, "name": label} for label in labels])


def _insert_dependencies(connection: Connection, dependencies: tuple[Dependency, ...]) -> None:
    rows = [{"issue_id": one.issue_id, "depends_on_id": one.depends_on_id, "type": one.type} for one in dependencies]
    _INSERT_DEPENDENCY.run_all(connection, rows)


def _json(shape: dict[str, Any] | None) -> str | None:
    return None if shape is None else json.dumps(shape, ensure_ascii=False)


def _row(issue: Issue) -> dict[str, Any]:
    return {
        "id": issue.id,
        "title": issue.title,
        "description": issue.description,
        "status": issue.status,
        "priority": issue.priority,
        "issue_type": issue.issue_type,
        "assignee": issue.assignee,
        "created_at": issue.created_at,
        "created_by": issue.created_by,
        "updated_at": issue.updated_at,
        "closed_at": issue.closed_at,
        "close_reason": issue.close_reason,
    }
