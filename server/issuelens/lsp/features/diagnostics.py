"""Findings under the text: of ids and TODOs, of settings, of issue documents and of exported issues.

Asked for by the editor (pull) or sent to it (push), as its capabilities say, never both.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from lsprotocol import types

from issuelens.domain.config_reader import parse_config
from issuelens.domain.errors import InvalidConfig, IssuelensError
from issuelens.domain.moment import timestamp
from issuelens.domain.plain import one_line
from issuelens.domain.query import parse_query
from issuelens.domain.tags import Severity
from issuelens.lsp.catalogue import likely_ids
from issuelens.lsp.convert import BEGINNING, uri_of
from issuelens.lsp.documents import Document
from issuelens.lsp.export_findings import export_findings
from issuelens.lsp.findings import Finding, Known, findings_in
from issuelens.lsp.initialize import SERVER_NAME
from issuelens.lsp.issue_documents import document_uri, problems_of
from issuelens.lsp.kinds import Kind
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session
from issuelens.lsp.settings import effective
from issuelens.process import default_actor

_SEVERITIES: Final = {
    Severity.HINT: types.DiagnosticSeverity.Hint,
    Severity.INFORMATION: types.DiagnosticSeverity.Information,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.ERROR: types.DiagnosticSeverity.Error,
}
RULES: Final = Path(__file__).parents[1] / "rules.md"
"""The page of the rules."""

Report = types.RelatedFullDocumentDiagnosticReport | types.RelatedUnchangedDocumentDiagnosticReport


def register(server: Server) -> None:
    """Registers the request where the editor asks."""
    if server.pulls_diagnostics:
        server.feature(types.TEXT_DOCUMENT_DIAGNOSTIC)(partial(_asked, server))


async def _asked(server: Server, params: types.DocumentDiagnosticParams) -> Report:
    document = server.documents.get(params.text_document.uri)
    if document is None:
        return types.RelatedFullDocumentDiagnosticReport(items=[])
    session = server.session_of(document.uri)
    if session is not None:
        await session.ready()
    result_id = _result_id(server, session, document)
    if params.previous_result_id == result_id:
        return types.RelatedUnchangedDocumentDiagnosticReport(result_id)
    items = await _diagnostics(server, document)
    # What was typed or changed while they were made has another one.
    return types.RelatedFullDocumentDiagnosticReport(items=items, result_id=result_id)


def _result_id(server: Server, session: Session | None, document: Document) -> str:
    """Another one as soon as anything that diagnostics are made of is another one."""
    today = datetime.now(UTC).date().isoformat()
    generation = f"{id(session):x}-{session.generation}" if session is not None else "-"
    return f"{document.version}-{generation}-{hash(server.settings):x}-{today}"


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
    while True:
        version, found = document.version, await _findings(server, session, document)
        if document.version == version:
            shown = [one for one in found if one.severity is not Severity.OFF]
            return [_shape(server, session, document, one) for one in shown]


async def _findings(server: Server, session: Session, document: Document) -> list[Finding]:
    rules = effective(session.config, server.settings).diagnostics
    if document.kind is Kind.CONFIG:
        return list(config_findings(document.text))
    if document.kind is Kind.EXPORT:
        work = asyncio.get_running_loop().run_in_executor
        return await work(server.work_thread, export_findings, document.text, rules)
    found = document.findings(session.config.todos, session.prefixes)
    known = await _known(session, {one.id for one in found.references})
    told = list(findings_in(found, known, rules, session.config.todos))
    if document.kind is Kind.ISSUE:
        # An issue may well speak of finished ones.
        told = [one for one in told if one.rule not in ("closed-reference", "closed-todo")]
        told += document_findings(document)
    return [] if document.kind is Kind.BOARD else told


async def _known(session: Session, ids: set[str]) -> Known:
    today = datetime.now(UTC).date().isoformat()
    issues = await session.summaries(ids)
    nearest = await likely_ids(session, ids - issues.keys())
    try:
        overdue = await _overdue(session) if issues else frozenset()
    except IssuelensError:
        # It is told of where the folder was opened; what is known by now is said all the same.
        overdue = frozenset()
    return Known(issues=issues, nearest=nearest, overdue=overdue, today=today)


async def _overdue(session: Session) -> frozenset[str]:
    """The unfinished issues whose date has passed, read once until issues change."""
    from issuelens.storage.conditions import Asking
    from issuelens.storage.lists import list_ids

    catalogue = await session.catalogue()
    if "overdue" not in catalogue.cached:
        asking = Asking(now=timestamp(datetime.now(UTC)), me=default_actor())
        catalogue.cached["overdue"] = frozenset(await session.read(list_ids, parse_query("is:overdue"), asking))
    found: frozenset[str] = catalogue.cached["overdue"]
    return found


def config_findings(text: str) -> Iterator[Finding]:
    """What is to be said of config.toml."""
    try:
        parse_config(text)
    except InvalidConfig as problem:
        yield Finding(
            rule="invalid-config",
            severity=Severity.ERROR,
            message=problem.message,
            line=problem.line - 1,
            column=problem.column - 1,
            end_column=problem.column,
        )


def document_findings(document: Document) -> Iterator[Finding]:
    """What is to be said of an issue's document."""
    for one in problems_of(document.text):
        yield Finding(
            rule="invalid-document",
            severity=Severity.ERROR,
            message=one.message,
            line=one.line,
            column=0,
            end_column=max(1, len(document.line_text(one.line))),
        )


def _shape(server: Server, session: Session, document: Document, one: Finding) -> types.Diagnostic:
    shape = types.Diagnostic(
        range=document.range(one.line, one.column, one.end_column),
        message=one_line(one.message),
        severity=_SEVERITIES.get(one.severity),
        code=one.rule,
        source=SERVER_NAME,
    )
    offered: Any = _offered(server)
    if offered is None:
        return shape
    if offered.code_description_support:
        shape.code_description = types.CodeDescription(f"{uri_of(RULES)}#{one.rule}")
    if one.is_past and offered.tag_support and types.DiagnosticTag.Deprecated in offered.tag_support.value_set:
        shape.tags = [types.DiagnosticTag.Deprecated]
    if offered.related_information:
        shape.related_information = list(_related(session, document, one)) or None
    return shape


def _offered(server: Server) -> types.DiagnosticClientCapabilities | types.PublishDiagnosticsClientCapabilities | None:
    """What the editor shows of a diagnostic, by the way in which it gets them."""
    text = server.parameters.capabilities.text_document
    if text is None:
        return None
    return text.diagnostic if server.pulls_diagnostics else text.publish_diagnostics


def _related(session: Session, document: Document, one: Finding) -> Iterator[types.DiagnosticRelatedInformation]:
    if one.issue is not None:
        place = types.Location(document_uri(session, one.issue.id), BEGINNING)
        yield types.DiagnosticRelatedInformation(place, one_line(f"{one.issue.id} {one.issue.title}"))
    if one.other_line is not None:
        line = document.line_text(one.other_line)
        place = types.Location(document.uri, document.range(one.other_line, 0, len(line)))
        yield types.DiagnosticRelatedInformation(place, one_line(line.strip()))
