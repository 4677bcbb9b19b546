"""What can be done at a place: with its TODO, with the issue that it names, with a reference that leads nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from lsprotocol import types

from issuelens.domain.issue import IssueSummary, category_of
from issuelens.domain.vocabulary import TOMBSTONE, Category
from issuelens.lsp.actions import EXTRACT, FIX, REWRITE, SOURCE, Action, is_below
from issuelens.lsp.catalogue import likely_ids
from issuelens.lsp.documents import Document, Findings
from issuelens.lsp.edits import edit_of
from issuelens.lsp.export_actions import export_actions
from issuelens.lsp.kinds import Kind
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session
from issuelens.lsp.settings import effective
from issuelens.todos.grammar import LocatedReference, TodoComment


def register(server: Server) -> None:
    """Registers the requests."""
    server.feature(types.TEXT_DOCUMENT_CODE_ACTION)(partial(_actions, server))
    server.feature(types.CODE_ACTION_RESOLVE)(partial(_resolved, server))


async def _actions(server: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
    opened = await server.opened(params.text_document.uri)
    if opened is None:
        return []
    document, session = opened
    while True:
        version, found = document.version, await _chosen(server, document, session, params)
        # What was typed while issues were read has moved the places.
        if document.version == version:
            return [_shape(server, document, version, one, params.context.diagnostics) for one in found]


async def _chosen(server: Server, document: Document, session: Session, params: types.CodeActionParams) -> list[Action]:
    """What can be done at a place of this version of a document, and with all of it: of the kinds asked for."""
    if document.kind is Kind.EXPORT:
        at_lines = await export_actions(document, session, params.range)
        return [one for one in at_lines if _is_wanted(one, params.context.only)]
    version, found = document.version, document.findings(session.config.todos, session.prefixes)
    todos = [one for one in found.todos if _meets(params.range, one.line, one.end_line)]
    references = [one for one in found.references if _meets(params.range, one.line, one.line)]
    issues = await session.summaries({one.id for one in references})
    nearest = await likely_ids(session, {one.id for one in references if one.id not in issues})
    shown = effective(session.config, server.settings).code_lens
    plain = [one for one in references if shown.references and not one.in_todo and one.id in issues]
    chosen = [
        *of_references(references, found.todos, issues, nearest),
        *of_todos(todos, issues, document.uri, version, session.uri),
        *of_file(found, document.uri),
        *(hiding(todos, plain, issues, session.uri) if shown.enabled else ()),
    ]
    wanted = params.context.only
    if wanted is None:
        return [one for one in chosen if one.kind != SOURCE or todos or plain]
    return [one for one in chosen if _is_wanted(one, wanted)]


def _is_wanted(one: Action, kinds: Iterable[str] | None) -> bool:
    return kinds is None or any(is_below(one.kind, str(kind)) for kind in kinds)


def _meets(place: types.Range, first: int, last: int) -> bool:
    return place.start.line <= last and first <= place.end.line


def of_references(
    references: Iterable[LocatedReference],
    todos: Sequence[TodoComment],
    issues: Mapping[str, IssueSummary],
    nearest: Mapping[str, str],
) -> Iterator[Action]:
    """What to do about ids that are not, or not any more, those of issues.

    Args:
        references: the ids at the place.
        todos: all TODOs of the text.
        issues: the known ones of the ids.
        nearest: for unknown ids, the ones that are likely meant.
    """
    for one in references:
        issue = issues.get(one.id)
        place = (one.line, one.column, one.end_column)
        if issue is None and one.id in nearest:
            title = f"Replace {one.id} by {nearest[one.id]}"
            fixes = ("unknown-reference",)
            yield Action(title=title, kind=FIX, replaces=place, by=nearest[one.id], fixes=fixes, is_preferred=True)
        if issue is not None and issue.id != one.id:
            title = f"Replace {one.id} by {issue.id}, into which it was merged"
            fixes = ("merged-reference",)
            yield Action(title=title, kind=FIX, replaces=place, by=issue.id, fixes=fixes, is_preferred=True)
        if (issue is None and one.in_todo) or (issue is not None and issue.status == TOMBSTONE):
            todo = next((todo for todo in todos if todo.issue_id == one.id and todo.line == one.line), None)
            if todo is not None:
                yield _without_reference(todo, one)


def _without_reference(todo: TodoComment, one: LocatedReference) -> Action:
    """`TAG(id): text` becomes `TAG: text`; what else is in the parentheses stays."""
    start, end = one.column, one.end_column
    behind = todo.column + len(todo.tag)
    if start == behind + 1:
        start = behind
    place, fixes = (one.line, start, end), ("unknown-reference", "closed-reference")
    return Action(title=f"Remove the reference to {one.id}", kind=FIX, replaces=place, by=_LEFT, fixes=fixes)


_LEFT: Final = "\0"
"""Stands for what is left of parentheses when an id goes; `_replaced` looks at the text."""


def of_todos(
    todos: Iterable[TodoComment], issues: Mapping[str, IssueSummary], uri: str, version: int, workspace: str
) -> Iterator[Action]:
    """What to do with TODOs and their issues."""
    for todo in todos:
        place = {"uri": uri, "line": todo.line, "version": version}
        issue = issues.get(todo.issue_id) if todo.issue_id else None
        if issue is None:
            fixes = ("untracked-todo", "unknown-reference")
            yield Action(title="Create issue", kind=FIX, verb="createIssueFromTodo", argument=place, fixes=fixes)
            yield Action(title="Link to an issue", kind=REWRITE, verb="linkTodo", argument=place)
            continue
        if issue.status == TOMBSTONE:
            continue
        named = {"workspace": workspace, "id": issue.id}
        is_done = category_of(issue.status) is Category.DONE
        if is_done:
            title = f"Remove this {todo.tag}, {issue.id} is {issue.status}"
            fixes = ("closed-todo", "closed-reference")
            yield Action(title=title, kind=FIX, verb="completeTodo", argument=place, fixes=fixes)
            yield Action(title=f"Reopen {issue.id}", kind=FIX, verb="reopenIssue", argument=named, fixes=fixes)
        else:
            title = f"Complete {issue.id}: close it and remove this {todo.tag}"
            yield Action(title=title, kind=REWRITE, verb="completeTodo", argument=place)
            if category_of(issue.status) is Category.TODO:
                yield Action(title=f"Start {issue.id}", kind=REWRITE, verb="startIssue", argument=named)
            yield Action(title=f"Close {issue.id}", kind=REWRITE, verb="closeIssue", argument=named)
        if todo.continuation:
            title = f"Move the text into {issue.id}"
            yield Action(title=title, kind=EXTRACT, verb="extractTodo", argument=place)


_LENSES: Final = {
    "references": "ids outside of TODOs",
    "tracked": "TODOs with an issue",
    "untracked": "TODOs without an issue",
}
"""Kinds of lenses, and what they stand on."""


def hiding(
    todos: Iterable[TodoComment], plain: Sequence[LocatedReference], issues: Mapping[str, IssueSummary], workspace: str
) -> Iterator[Action]:
    """Lenses as those at the place can be hidden from where they are seen."""
    kinds = {"tracked" if one.issue_id in issues else "untracked" for one in todos}
    for kind in sorted(kinds | ({"references"} if plain else set())):
        argument = {"kind": kind, "workspace": workspace}
        yield Action(title=f"Hide code lenses on {_LENSES[kind]}", kind=SOURCE, verb="hideLenses", argument=argument)


def of_file(found: Findings, uri: str) -> Iterator[Action]:
    """What to do with all TODOs of a text."""
    count = sum(1 for one in found.todos if one.issue_id is None)
    if count > 1:
        title = f"Create issues from all {count} TODOs of this file"
        yield Action(title=title, kind=SOURCE, verb="createIssuesFromTodos", argument={"uri": uri})


def _shape(
    server: Server, document: Document, version: int, one: Action, diagnostics: Iterable[types.Diagnostic]
) -> types.CodeAction:
    fixed = [each for each in diagnostics if each.code in one.fixes]
    shape = types.CodeAction(
        title=one.title,
        kind=one.kind,
        diagnostics=fixed or None,
        is_preferred=True if one.is_preferred or (fixed and one.verb == "createIssueFromTodo") else None,
    )
    if one.verb:
        shape.command = types.Command(
            title=one.title, command=f"issuelens.server.{one.verb}", arguments=[dict(one.argument or {})]
        )
        return shape
    assert one.replaces is not None
    line, start, end = one.replaces
    shape.data = {"uri": document.uri, "version": version, "line": line, "start": start, "end": end, "by": one.by}
    return shape if _resolves(server) else _with_edit(server, shape)


def _resolves(server: Server) -> bool:
    text = server.parameters.capabilities.text_document
    support = text.code_action.resolve_support if text and text.code_action else None
    return bool(support and "edit" in support.properties)


async def _resolved(server: Server, action: types.CodeAction) -> types.CodeAction:
    """The action with its edit; without one when the text is not any more as it was."""
    return _with_edit(server, action) if isinstance(action.data, dict) else action


def _with_edit(server: Server, action: types.CodeAction) -> types.CodeAction:
    asked: Any = action.data
    document = server.documents.get(str(asked.get("uri")))
    numbers = [asked.get(name) for name in ("line", "start", "end")]
    if document is None or document.version != asked.get("version") or not all(isinstance(one, int) for one in numbers):
        return action
    line, start, end = numbers
    start, end, by = _replaced(document.line_text(line), start, end, str(asked.get("by")))
    action.edit = edit_of(server, document, [types.TextEdit(document.range(line, start, end), by)])
    return action


def _replaced(line: str, start: int, end: int, by: str) -> tuple[int, int, str]:
    """What is written over what; an id that goes takes its parentheses along, when nothing else is in them."""
    if by != _LEFT:
        return start, end, by
    rest = line[end:]
    if rest.startswith(")"):
        return (
            (start, end + 1, "")
            if line[start : start + 1] == "("
            else (start - (line[:start].endswith(", ") * 2), end, "")
        )
    gap = len(rest) - len(rest.lstrip(", "))
    return start + (line[start : start + 1] == "("), end + gap, ""
