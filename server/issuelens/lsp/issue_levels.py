"""The rows of a tree of issues: groups in their order, issues, what a row's key means and what dropping on it does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from issuelens.domain.errors import InvalidField, Refused
from issuelens.domain.operation import Operation, UpdateIssues
from issuelens.domain.query import Query
from issuelens.domain.shape import brief_to_json
from issuelens.domain.vocabulary import PRIORITIES, STATUS_CATEGORIES, Category

if TYPE_CHECKING:
    from issuelens.storage.issue_tree import Group, TreeIssue, Value

FIELDS: Final = ("status", "priority", "assignee", "label", "epic", "file")
"""What issues can be grouped by."""
_CATEGORY_ORDER: Final = {Category.DOING: 0, Category.TODO: 1, Category.DONE: 2}

Row = dict[str, Any]


# Keys


def group_key(field: str, value: Value) -> str:
    """The key of a group's row; ids of issues have no `=`."""
    return f"{field}={'' if value is None else value}"


def group_of(key: str) -> tuple[str, Value] | None:
    """The field and value that a group's key means; None for the key of an issue.

    Raises:
        InvalidField: when it is no key.
    """
    field, equals, text = key.partition("=")
    if not equals:
        return None
    if field not in FIELDS or (field == "priority" and text not in map(str, PRIORITIES)):
        raise InvalidField("of", f"there is no group {key[:100]!r}")
    if field == "priority":
        return field, int(text)
    return field, text or None


# Rows


def issue_row(one: TreeIssue, relation: str | None = None) -> Row:
    """The row of an issue; `relation` is `child` or `blocker` below another one."""
    return {
        "kind": "issue",
        "key": one.issue.id,
        "relation": relation,
        "issue": brief_to_json(one.issue),
        "isBlocked": one.is_blocked,
        "isReady": one.is_ready,
        "isOverdue": one.is_overdue,
        "children": one.children,
        "finished": one.finished,
        "waits": one.waits,
    }


def group_rows(
    field: str, groups: Sequence[Group], query: Query, statuses: Mapping[str, Category], actor: str
) -> list[Row]:
    """The rows of groups, in the order in which they are read; what can be dropped on is there even when empty.

    Args:
        field: what they are groups of.
        groups: those with issues in them.
        query: which issues are meant.
        statuses: every status with its category.
        actor: whose group comes first.
    """
    known = {group.value: group for group in groups}
    if groups:
        for value in _always(field, query, statuses):
            known.setdefault(value, _empty(value))
    ordered = sorted(known.values(), key=lambda group: _order(field, group, statuses, actor))
    return [_group_row(field, group, statuses) for group in ordered]


def _empty(value: Value) -> Group:
    from issuelens.storage.issue_tree import Group

    return Group(value, 0)


def _always(field: str, query: Query, statuses: Mapping[str, Category]) -> Iterable[Value]:
    if any(term.field == field for term in query.terms):
        return ()
    if field == "priority":
        return PRIORITIES
    if field == "status":
        return [name for name, category in statuses.items() if category is not Category.DONE]
    return ()


def _order(field: str, group: Group, statuses: Mapping[str, Category], actor: str) -> tuple[Any, ...]:
    value = group.value
    if value is None:
        return (9,)
    if field == "status":
        names = list(STATUS_CATEGORIES)
        known = names.index(str(value)) if value in names else len(names)
        return _CATEGORY_ORDER[statuses.get(str(value), Category.TODO)], known, str(value)
    if field == "epic" and group.epic is not None:
        return _CATEGORY_ORDER[Category.DONE] if group.epic.is_closed else 0, group.epic.priority, group.epic.title
    if field == "priority":
        return 0, value
    is_own = field == "assignee" and value == actor
    return 0 if is_own else 1, str(value).casefold(), str(value)


def _group_row(field: str, group: Group, statuses: Mapping[str, Category]) -> Row:
    row: Row = {
        "kind": "group",
        "key": group_key(field, group.value),
        "field": field,
        "value": group.value,
        "count": group.count,
    }
    if field == "status":
        row["category"] = str(statuses.get(str(group.value), Category.TODO))
    if group.epic is not None:
        row["issue"] = brief_to_json(group.epic)
    return row


# Dropping


def move(ids: tuple[str, ...], onto: str, source: str | None) -> Operation:
    """What is done when issues are dropped on a row.

    Args:
        ids: the issues.
        onto: the row's key: a group gives its value, an issue becomes the parent.
        source: the key of the group that they were taken from; a label of that one goes.

    Raises:
        InvalidField: when the key is none.
        Refused: when nothing can be changed like this.
    """
    group = group_of(onto)
    if group is None:
        return UpdateIssues(ids=ids, parent=onto)
    field, value = group
    if field == "file":
        raise Refused("Which files name an issue is decided in the files. Write its id into a comment there.")
    if field == "label":
        return _label(ids, value, group_of(source) if source is not None else None)
    if field == "epic":
        return UpdateIssues(ids=ids, parent=str(value or ""))
    if field == "priority":
        return UpdateIssues(ids=ids, priority=int(value or 0))
    if field == "status":
        return UpdateIssues(ids=ids, status=str(value or ""))
    return UpdateIssues(ids=ids, assignee=str(value or ""))


def _label(ids: tuple[str, ...], value: Value, source: tuple[str, Value] | None) -> Operation:
    before = source[1] if source is not None and source[0] == "label" else None
    if value is None and before is None:
        raise Refused("It is not known which label to take away. Drag the issue from the group of that label.")
    added = (str(value),) if value is not None else ()
    removed = (str(before),) if before is not None and before != value else ()
    return UpdateIssues(ids=ids, add_labels=added, remove_labels=removed)
