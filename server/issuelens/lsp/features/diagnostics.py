"""Findings under the text: references to closed and unknown issues, untracked TODOs, a broken config.toml.

Asked for by the editor (pull) or sent to it (push), as its capabilities say, never both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

from attrs import frozen
from lsprotocol import types

from issuelens.domain.config import DiagnosticConfig, TodoConfig
from issuelens.domain.errors import InvalidConfig
from issuelens.domain.issue import IssueSummary
from issuelens.domain.plain import one_line
from issuelens.domain.tags import Severity
from issuelens.lsp.documents import Document, Findings
from issuelens.lsp.initialize import SERVER_NAME
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session
from issuelens.lsp.settings import effective

_SEVERITIES: Final = {
    Severity.HINT: types.DiagnosticSeverity.Hint,
    Severity.INFORMATION: types.DiagnosticSeverity.Information,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.ERROR: types.DiagnosticSeverity.Error,
}


@frozen
class Finding:
    """One finding: its rule, its words, and where it is (0-based line, code point columns)."""

    rule: str
    severity: Severity
    message: str
    line: int
    column: int
    end_column: int


def register(server: Server) -> None:
    """Registers the request where the editor asks."""
    if server.pulls_diagnostics:
        server.feature(types.TEXT_DOCUMENT_DIAGNOSTIC)(partial(_asked, server))


async def _asked(server: Server, params: types.DocumentDiagnosticParams) -> types.RelatedFullDocumentDiagnosticReport:
    document = server.documents.get(params.text_document.uri)
    items = await _diagnostics(server, document) if document is not None else []
    return types.RelatedFullDocumentDiagnosticReport(items=items)


async def push(server: Server, document: Document) -> None:
    """Sends a document's diagnostics, unless it was closed meanwhile."""
    items = await _diagnostics(server, document)
    if server.documents.get(document.uri) is document:
        params = types.PublishDiagnosticsParams(document.uri, items, version=document.version)
        server.text_document_publish_diagnostics(params)


async def _diagnostics(server: Server, document: Document) -> list[types.Diagnostic]:
    """Those of the version that the document has when they are ready."""
    session = server.session_of(document.uri)
    if session is None:
        return []
    await session.ready()
    if document.path is not None and document.path == session.workspace.config_file:
        return [_shape(document, finding) for finding in config_findings(session.config_problem)]
    while True:
        version, found = document.version, await _findings(server, session, document)
        if document.version == version:
            return [_shape(document, finding) for finding in found]


async def _findings(server: Server, session: Session, document: Document) -> list[Finding]:
    found = document.findings(session.config.todos, session.prefixes)
    issues = await session.summaries({reference.id for reference in found.references})
    rules = effective(session.config, server.settings).diagnostics
    told = reference_findings(found, issues, rules, session.config.todos)
    return [one for one in told if one.severity is not Severity.OFF]


def reference_findings(
    found: Findings, issues: Mapping[str, IssueSummary], rules: DiagnosticConfig, tags: TodoConfig
) -> Iterator[Finding]:
    """What is to be said of a text's references and TODOs.

    Args:
        found: what the text holds.
        issues: the known ones of the ids in it.
        rules: the severities.
        tags: what is said of single tags.
    """
    for reference in found.references:
        issue = issues.get(reference.id)
        place = (reference.line, reference.column, reference.end_column)
        if issue is not None and issue.is_closed:
            text = f"{issue.id} is {issue.status}: {issue.title}"
            yield Finding("closed-reference", rules.closed_reference, text, *place)
        elif issue is None and (reference.is_certain or reference.in_todo):
            text = f"There is no issue {reference.id} in this workspace."
            yield Finding("unknown-reference", rules.unknown_reference, text, *place)
    for todo in found.todos:
        if todo.issue_id is None:
            text = f"This {todo.tag} has no issue."
            severity = untracked_severity(todo.tag, rules, tags)
            yield Finding("untracked-todo", severity, text, todo.line, todo.column, todo.first_line_end)


def untracked_severity(tag: str, rules: DiagnosticConfig, tags: TodoConfig) -> Severity:
    """How loudly a TODO without an issue is told: the rule is the switch, and a tag may have a severity of its own."""
    own = tags.styles[tag].severity if tag in tags.styles else None
    return own if own is not None and rules.untracked_todo is not Severity.OFF else rules.untracked_todo


def config_findings(problem: InvalidConfig | None) -> Iterator[Finding]:
    """What is to be said of config.toml."""
    if problem is not None:
        line, column = problem.line - 1, problem.column - 1
        yield Finding("invalid-config", Severity.ERROR, problem.message, line, column, column + 1)


def _shape(document: Document, finding: Finding) -> types.Diagnostic:
    return types.Diagnostic(
        range=document.range(finding.line, finding.column, finding.end_column),
        message=one_line(finding.message),
        severity=_SEVERITIES.get(finding.severity),
        code=finding.rule,
        source=SERVER_NAME,
    )
