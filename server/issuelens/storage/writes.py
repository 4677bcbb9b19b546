"""What is written to the database; only `tracker` calls it, inside of a transaction of the daemon's."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from issuelens.domain.ids import prefix_of
from issuelens.domain.issue import Comment, Dependency, Issue
from issuelens.domain.operation import Change, Event
from issuelens.domain.vocabulary import HELD_STATUSES
from issuelens.storage.prepared import Prepared, PreparedUpdate
from issuelens.storage.tables import CHANGE, COMMENT, DEPENDENCY, ISSUE, LABEL, OPERATION, PREFIX, SETTING

_INSERT_ISSUE: Final = Prepared(insert(ISSUE), tuple(ISSUE.c.keys()))
_UPDATE_ISSUE: Final = PreparedUpdate(update(ISSUE).where(ISSUE.c.id == bindparam("issue")))
_INSERT_LABEL: Final = Prepared(insert(LABEL), tuple(LABEL.c.keys()))
_DELETE_LABEL: Final = delete(LABEL).where(LABEL.c.issue_id == bindparam("issue"), LABEL.c.name == bindparam("label"))
_INSERT_DEPENDENCY: Final = Prepared(insert(DEPENDENCY), tuple(DEPENDENCY.c.keys()))
_DELETE_DEPENDENCY: Final = delete(DEPENDENCY).where(
    DEPENDENCY.c.issue_id == bindparam("issue"),
    DEPENDENCY.c.depends_on_id == bindparam("depends_on"),
    DEPENDENCY.c.type == bindparam("kind"),
)
_INSERT_COMMENT: Final = Prepared(insert(COMMENT), tuple(COMMENT.c.keys()))
_DELETE_COMMENT: Final = delete(COMMENT).where(
    COMMENT.c.issue_id == bindparam("issue"), COMMENT.c.id == bindparam("number")
)
_INSERT_OPERATION: Final = Prepared(insert(OPERATION), tuple(OPERATION.c.keys()))
_INSERT_CHANGE: Final = Prepared(insert(CHANGE), tuple(CHANGE.c.keys()))
_PREFIX: Final = Prepared(select(PREFIX.c.name).where(PREFIX.c.name == bindparam("name")))
_INSERT_PREFIX: Final = Prepared(insert(PREFIX), ("name",))
_SETTING: Final = Prepared(select(SETTING.c.value).where(SETTING.c.name == bindparam("name")))


def insert_issues(connection: Connection, issues: Sequence[Issue]) -> None:
    """Adds new issues, whole. What holds them back is for `storage.readiness` to say."""
    _INSERT_ISSUE.run_all(connection, [_new_row(issue) for issue in issues])
    _INSERT_LABEL.run_all(
        connection, [{"issue_id": issue.id, "name": label} for issue in issues for label in issue.labels]
    )
    _INSERT_DEPENDENCY.run_all(connection, [_dependency_row(one) for issue in issues for one in issue.dependencies])
    _insert_comments(connection, [(issue.id, one) for issue in issues for one in issue.comments])
    _know_prefixes(connection, {prefix_of(issue.id) for issue in issues})


def update_issue(connection: Connection, before: Issue, after: Issue) -> None:
    """Writes what differs between two states of an issue."""
    old, new = _row(before), _row(after)
    changed = {name: value for name, value in new.items() if old[name] != value}
    if changed:
        _UPDATE_ISSUE.run(connection, changed, {"issue": after.id})
    _update_labels(connection, before, after)
    _update_dependencies(connection, before, after)
    _update_comments(connection, before, after)


def _update_labels(connection: Connection, before: Issue, after: Issue) -> None:
    added = [one for one in after.labels if one not in before.labels]
    _INSERT_LABEL.run_all(connection, [{"issue_id": after.id, "name": label} for label in added])
    for label in before.labels:
        if label not in after.labels:
            connection.execute(_DELETE_LABEL, {"issue": after.id, "label": label})


def _update_dependencies(connection: Connection, before: Issue, after: Issue) -> None:
    gone, new = _differing(before.dependencies, after.dependencies, lambda one: one.key)
    for one in gone:
        words = {"issue": after.id, "depends_on": one.depends_on_id, "kind": one.type}
        connection.execute(_DELETE_DEPENDENCY, words)
    _INSERT_DEPENDENCY.run_all(connection, [_dependency_row(one) for one in new])


def _update_comments(connection: Connection, before: Issue, after: Issue) -> None:
    gone, new = _differing(before.comments, after.comments, lambda one: one.id)
    for one in gone:
        connection.execute(_DELETE_COMMENT, {"issue": after.id, "number": one.id})
    _insert_comments(connection, [(after.id, one) for one in new])


def _differing(before: Iterable[Any], after: Iterable[Any], key: Callable[[Any], Any]) -> tuple[list[Any], list[Any]]:
    """What is to be removed and what to be added; an element that changed is both."""
    old, new = {key(one): one for one in before}, {key(one): one for one in after}
    gone = [one for name, one in old.items() if new.get(name) != one]
    return gone, [one for name, one in new.items() if old.get(name) != one]


def _insert_comments(connection: Connection, comments: Sequence[tuple[str, Comment]]) -> None:
    if not comments:
        return
    _INSERT_COMMENT.run_all(connection, [_comment_row(issue_id, one) for issue_id, one in comments])
    highest = max(one.id for _, one in comments)
    if highest > last_comment(connection):
        write_setting(connection, "comment", str(highest))


def last_comment(connection: Connection) -> int:
    """The highest number that a comment has ever had here."""
    return int(read_setting(connection, "comment") or 0)


def read_setting(connection: Connection, name: str) -> str | None:
    """What is noted under a name."""
    row = _SETTING.first(connection, {"name": name})
    return None if row is None else str(row[0])


def write_setting(connection: Connection, name: str, value: str) -> None:
    """Notes something under a name."""
    done = connection.execute(update(SETTING).where(SETTING.c.name == name).values(value=value))
    if not done.rowcount:
        connection.execute(insert(SETTING).values(name=name, value=value))


def record_operation(connection: Connection, event: Event, key: str) -> None:
    """Adds an operation to the history; its changes follow."""
    row = {
        "revision": event.revision,
        "name": event.operation,
        "key": key,
        "actor": event.actor,
        "client": event.client,
        "at": event.at,
        "undoes": event.undoes,
    }
    _INSERT_OPERATION.run(connection, row)


def record_changes(connection: Connection, revision: int, changes: Sequence[Change], first: int = 0) -> None:
    """Adds what an operation changed, numbered from `first`."""
    rows = [
        {
            "revision": revision,
            "position": position,
            "issue_id": change.issue_id,
            "before": _json(change.before),
            "after": _json(change.after),
        }
        for position, change in enumerate(changes, first)
    ]
    _INSERT_CHANGE.run_all(connection, rows)


def _know_prefixes(connection: Connection, prefixes: Iterable[str]) -> None:
    for name in prefixes:
        # An imported id without a dash has none.
        if name and _PREFIX.first(connection, {"name": name}) is None:
            _INSERT_PREFIX.run(connection, {"name": name})


def _json(shape: Mapping[str, Any] | None) -> str | None:
    return json.dumps(shape, ensure_ascii=False) if shape else None


def _new_row(issue: Issue) -> dict[str, Any]:
    is_held = issue.status in HELD_STATUSES
    derived = {
        "blocked": int(not issue.is_closed and issue.status == "blocked"),
        "is_ready": int(not issue.is_closed and not is_held),
    }
    return _row(issue) | derived


def _row(issue: Issue) -> dict[str, Any]:
    return {
        "id": issue.id,
        "title": issue.title,
        "description": issue.description,
        "design": issue.design,
        "acceptance_criteria": issue.acceptance_criteria,
        "notes": issue.notes,
        "status": issue.status,
        "category": str(issue.category),
        "priority": issue.priority,
        "issue_type": issue.issue_type,
        "assignee": issue.assignee,
        "estimated_minutes": issue.estimated_minutes,
        "due_at": issue.due_at,
        "defer_until": issue.defer_until,
        "external_ref": issue.external_ref,
        "created_at": issue.created_at,
        "created_by": issue.created_by,
        "updated_at": issue.updated_at,
        "closed_at": issue.closed_at,
        "close_reason": issue.close_reason,
        "deleted_at": issue.deleted_at,
        "deleted_by": issue.deleted_by,
        "delete_reason": issue.delete_reason,
        "original_status": issue.original_status,
        "merged_into": issue.merged_into,
        "metadata": _json(issue.metadata),
        "extra": _json(issue.extra),
        "as_written": _json(issue.as_written),
        "is_open": int(not issue.is_closed),
    }


def _dependency_row(one: Dependency) -> dict[str, Any]:
    return {
        "issue_id": one.issue_id,
        "depends_on_id": one.depends_on_id,
        "type": one.type,
        "created_at": one.created_at,
        "created_by": one.created_by,
        "extra": _json(one.extra),
    }


def _comment_row(issue_id: str, one: Comment) -> dict[str, Any]:
    return {
        "issue_id": issue_id,
        "id": one.id,
        "author": one.author,
        "text": one.text,
        "created_at": one.created_at,
        "updated_at": one.updated_at,
        "extra": _json(one.extra),
    }
