"""What is to be said of the ids and TODOs of a text. Pure; what each rule means is in rules.md."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from attrs import frozen

from issuelens.domain.config import DiagnosticConfig, TodoConfig
from issuelens.domain.issue import IssueSummary
from issuelens.domain.tags import Severity
from issuelens.domain.vocabulary import TOMBSTONE
from issuelens.lsp.documents import Findings
from issuelens.lsp.same_words import Elsewhere, words_of
from issuelens.todos.grammar import LocatedReference, TodoComment
from issuelens.todos.paths import shown_path


@frozen(kw_only=True)
class Finding:
    """One finding: its rule, its words, and where it is (0-based line, code point columns).

    `issue` is the issue that it is about, `other_line` another line of the same text, `elsewhere` a place in another
    one. `is_past`: what stands there is not current any more.
    """

    rule: str
    severity: Severity
    message: str
    line: int
    column: int
    end_column: int
    issue: IssueSummary | None = None
    other_line: int | None = None
    elsewhere: Elsewhere | None = None
    is_past: bool = False


@frozen(kw_only=True)
class Known:
    """What is known of the ids in a text: their issues, those likely meant by unknown ones, those whose date passed."""

    issues: Mapping[str, IssueSummary]
    nearest: Mapping[str, str] = {}
    overdue: Collection[str] = ()
    elsewhere: Mapping[str, Elsewhere] = {}
    """Texts of TODOs -> the first one that says the same in another file."""
    today: str = ""
    """YYYY-MM-DD."""


def findings_in(found: Findings, known: Known, rules: DiagnosticConfig, tags: TodoConfig) -> Iterator[Finding]:
    """What is to be said of a text's references and TODOs, severities `off` included."""
    for reference in found.references:
        yield from _of_reference(reference, known, rules)
    for todo in found.todos:
        yield from _of_todo(todo, known, rules, tags)
    yield from _duplicates(found.todos, known, rules)


def _of_reference(one: LocatedReference, known: Known, rules: DiagnosticConfig) -> Iterator[Finding]:
    issue = known.issues.get(one.id)
    place: Any = {"line": one.line, "column": one.column, "end_column": one.end_column}
    if issue is None:
        if one.is_certain or one.in_todo:
            near = known.nearest.get(one.id)
            text = f"There is no issue {one.id} in this workspace.{f' Is {near} meant?' if near else ''}"
            yield Finding(rule="unknown-reference", severity=rules.unknown_reference, message=text, **place)
        return
    if issue.id != one.id:
        text = f"{one.id} was merged into {issue.id}: {issue.title}"
        severity = rules.merged_reference
        yield Finding(rule="merged-reference", severity=severity, message=text, issue=issue, is_past=True, **place)
    if issue.is_closed:
        is_todo = one.in_todo and issue.status != TOMBSTONE
        rule, severity = ("closed-todo", rules.closed_todo) if is_todo else ("closed-reference", rules.closed_reference)
        state = "deleted" if issue.status == TOMBSTONE else issue.status
        text = f"{issue.id} is {state}: {issue.title}"
        yield Finding(rule=rule, severity=severity, message=text, issue=issue, is_past=True, **place)
    elif issue.id in known.overdue and one.in_todo:
        text = f"{issue.id} is overdue: {issue.title}"
        yield Finding(rule="overdue", severity=rules.overdue, message=text, issue=issue, **place)


def _of_todo(todo: TodoComment, known: Known, rules: DiagnosticConfig, tags: TodoConfig) -> Iterator[Finding]:
    issue = known.issues.get(todo.issue_id) if todo.issue_id else None
    place: Any = {"line": todo.line, "column": todo.column, "end_column": todo.first_line_end}
    if todo.issue_id is None:
        severity = untracked_severity(todo.tag, rules, tags)
        yield Finding(rule="untracked-todo", severity=severity, message=f"This {todo.tag} has no issue.", **place)
    if todo.due is not None and todo.due < known.today and not (issue is not None and issue.is_closed):
        text = f"This {todo.tag} was due on {todo.due}."
        yield Finding(rule="overdue", severity=rules.overdue, message=text, **place)


def _duplicates(todos: Sequence[TodoComment], known: Known, rules: DiagnosticConfig) -> Iterator[Finding]:
    first: dict[str, TodoComment] = {}
    for todo in todos:
        words = words_of(todo.text)
        if not words or todo.issue_id in known.issues:
            continue
        other, away = first.setdefault(words, todo), known.elsewhere.get(todo.text)
        place: Any = {"line": todo.line, "column": todo.column, "end_column": todo.first_line_end}
        place |= {"rule": "duplicate-todo", "severity": rules.duplicate_todo}
        if other is not todo:
            text = f"The {other.tag} on line {other.line + 1} says the same."
            yield Finding(message=text, other_line=other.line, **place)
        elif away is not None:
            text = f"The {away.tag} in {shown_path(away.path)}:{away.line + 1} says the same."
            yield Finding(message=text, elsewhere=away, **place)


def untracked_severity(tag: str, rules: DiagnosticConfig, tags: TodoConfig) -> Severity:
    """How loudly a TODO without an issue is told: the rule is the switch, and a tag may have a severity of its own."""
    own = tags.styles[tag].severity if tag in tags.styles else None
    return own if own is not None and rules.untracked_todo is not Severity.OFF else rules.untracked_todo
