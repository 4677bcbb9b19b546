"""The commands that change issues which are there; each answers with the changed issue, or with a list for `ids`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from issuelens.domain.operation import (
    AddComment,
    AddDependencies,
    CloseIssues,
    DeleteIssues,
    Operation,
    RemoveDependencies,
    ReopenIssues,
    RestoreIssues,
    SettleConflicts,
    StartIssues,
    UndoOperations,
    UpdateIssues,
)
from issuelens.domain.vocabulary import BLOCKS
from issuelens.lsp.arguments import Argument, mapping, number, optional_number, required, texts
from issuelens.lsp.change_comment import delete_comment, edit_comment
from issuelens.lsp.features.issues import text_of
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session


async def changed(session: Session, operation: Operation) -> dict[str, Any]:
    """Has the daemon do the operation; its issue."""
    written = await session.write(operation)
    return written.issues[0]


def _ids(argument: Argument) -> tuple[str, ...]:
    """Those named by `ids`, for all of which it is one operation, else the one named by `id`."""
    return texts(argument, "ids") or (required(argument, "id"),)


def _start(argument: Argument) -> Operation:
    """`{workspace?, id}`: sets the issue in progress, assigned to the user where nobody is."""
    return StartIssues(ids=_ids(argument))


def _close(argument: Argument) -> Operation:
    """`{workspace?, id, reason?}`: closes the issue."""
    return CloseIssues(ids=_ids(argument), reason=text_of(argument, "reason"))


def _reopen(argument: Argument) -> Operation:
    """`{workspace?, id, reason?}`: opens the issue again."""
    return ReopenIssues(ids=_ids(argument), reason=text_of(argument, "reason"))


def _delete(argument: Argument) -> Operation:
    """`{workspace?, id, reason?, withChildren?}`: leaves a tombstone."""
    with_children = argument.get("withChildren") is True
    return DeleteIssues(ids=_ids(argument), reason=text_of(argument, "reason"), with_children=with_children)


def _restore(argument: Argument) -> Operation:
    """`{workspace?, id}`: brings a deleted issue back as it was."""
    return RestoreIssues(ids=_ids(argument))


def _update(argument: Argument) -> Operation:
    """`{workspace?, id, title?, description?, …}`: changes fields; an empty text clears one.

    The fields are those of UpdateIssues in camelCase.
    """
    names = {
        "title": "title",
        "description": "description",
        "design": "design",
        "acceptanceCriteria": "acceptance_criteria",
        "notes": "notes",
        "status": "status",
        "issueType": "issue_type",
        "assignee": "assignee",
        "dueAt": "due_at",
        "deferUntil": "defer_until",
        "externalRef": "external_ref",
        "parent": "parent",
        "expectedUpdatedAt": "expected_updated_at",
    }
    given: dict[str, Any] = {field: text_of(argument, name) for name, field in names.items()}
    return UpdateIssues(
        ids=_ids(argument),
        priority=optional_number(argument, "priority"),
        estimated_minutes=optional_number(argument, "estimatedMinutes"),
        add_labels=texts(argument, "addLabels"),
        remove_labels=texts(argument, "removeLabels"),
        set_metadata=mapping(argument, "setMetadata"),
        unset_metadata=texts(argument, "unsetMetadata"),
        **given,
    )


def _comment(argument: Argument) -> Operation:
    """`{workspace?, id, text}`: adds a comment."""
    return AddComment(ids=_ids(argument), text=required(argument, "text"))


def _depend(argument: Argument) -> Operation:
    """`{workspace?, id, dependsOn, type?}`: makes the issue depend on another."""
    kind = text_of(argument, "type") or BLOCKS
    return AddDependencies(ids=_ids(argument), depends_on=(required(argument, "dependsOn"),), type=kind)


def _undepend(argument: Argument) -> Operation:
    """`{workspace?, id, dependsOn, type?}`: takes the dependency away, of every type when none is named."""
    on = (required(argument, "dependsOn"),)
    return RemoveDependencies(ids=_ids(argument), depends_on=on, type=text_of(argument, "type"))


def _undo(argument: Argument) -> Operation:
    """`{workspace?, revision?, steps?}`: takes the last operation back, several, or the one named."""
    return UndoOperations(revision=optional_number(argument, "revision"), steps=number(argument, "steps", 1))


def _settle(argument: Argument) -> Operation:
    """`{workspace?, id, take, field?, number?}`: settles the issue's conflicts, those of a field, or one of them."""
    return SettleConflicts(
        id=required(argument, "id"),
        take=required(argument, "take"),
        field=text_of(argument, "field"),
        number=optional_number(argument, "number"),
    )


_OPERATIONS: Final[dict[str, Callable[[Argument], Operation]]] = {
    "startIssue": _start,
    "closeIssue": _close,
    "reopenIssue": _reopen,
    "deleteIssue": _delete,
    "restoreIssue": _restore,
    "updateIssue": _update,
    "addComment": _comment,
    "addDependency": _depend,
    "removeDependency": _undepend,
    "settleConflict": _settle,
    "undo": _undo,
}


def changing_commands() -> dict[str, Callable[[Server, Argument], Awaitable[Any]]]:
    """Verb -> its handler."""
    handlers = {verb: _handler(operation) for verb, operation in _OPERATIONS.items()}
    return handlers | {"editComment": edit_comment, "deleteComment": delete_comment}


def _handler(operation_of: Callable[[Argument], Operation]) -> Callable[[Server, Argument], Awaitable[Any]]:
    async def handle(server: Server, argument: Argument) -> Any:
        session = server.sessions.named(text_of(argument, "workspace"))
        written = await session.write(operation_of(argument))
        return list(written.issues) if argument.get("ids") else written.issues[0]

    return handle
