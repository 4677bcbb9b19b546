"""What is to be said of an open document, whatever kind it is of."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from attrs import evolve

from issuelens.domain.config import DiagnosticConfig
from issuelens.domain.config_reader import parse_config
from issuelens.domain.document import read_document
from issuelens.domain.errors import InvalidConfig, IssuelensError
from issuelens.domain.moment import timestamp
from issuelens.domain.query import parse_query
from issuelens.domain.tags import Severity
from issuelens.domain.vocabulary import PARENT_CHILD
from issuelens.lsp.catalogue import likely_ids
from issuelens.lsp.documents import Document
from issuelens.lsp.export_findings import export_findings
from issuelens.lsp.findings import Finding, Known, findings_in
from issuelens.lsp.issue_documents import line_of, problems_of
from issuelens.lsp.kinds import Kind
from issuelens.lsp.open_conflicts import open_conflicts
from issuelens.lsp.open_todos import relative_path
from issuelens.lsp.same_words import Elsewhere
from issuelens.lsp.session import Session
from issuelens.lsp.settings import effective
from issuelens.process import default_actor

if TYPE_CHECKING:
    from issuelens.lsp.server import Server

ABOVE_LIMIT: Final = 50
"""Issues above an issue that are looked at."""


async def findings_of(server: Server, session: Session, document: Document) -> list[Finding]:
    """What is to be said of a document as it is now, severities `off` included."""
    rules = effective(session.config, server.settings).diagnostics
    if document.kind is Kind.CONFIG:
        return list(config_findings(document.text))
    if document.kind is Kind.EXPORT:
        return await _of_export(server, session, document, rules)
    found = document.findings(session.config.todos, session.prefixes)
    ids = {one.id for one in found.references}
    known = evolve(await known_of(session, ids, guess=True), elsewhere=await _elsewhere(session, document, rules))
    told = list(findings_in(found, known, rules, session.config.todos))
    if document.kind is Kind.ISSUE:
        # An issue may well speak of finished ones.
        told = [one for one in told if one.rule not in ("closed-reference", "closed-todo")]
        told += document_findings(document)
        told += await _circle(session, document, rules)
    return [] if document.kind is Kind.BOARD else told


async def _of_export(server: Server, session: Session, document: Document, rules: DiagnosticConfig) -> list[Finding]:
    """What is to be said of exported issues; kept until the text or a conflict is another one."""
    conflicts = () if rules.conflict is Severity.OFF else await open_conflicts(session)
    key = (document.version, rules, tuple((one.number, one.issue_id, one.field) for one in conflicts))
    kept = document.cached.get("export")
    if isinstance(kept, _Kept) and kept.key == key:
        return kept.found
    work = asyncio.get_running_loop().run_in_executor
    found = await work(server.work_thread, export_findings, document.text, rules, conflicts)
    document.cached["export"] = _Kept(key, found)
    return found


class _Kept(NamedTuple):
    """What was said, and of what it was made."""

    key: object
    found: list[Finding]


async def _elsewhere(session: Session, document: Document, rules: DiagnosticConfig) -> dict[str, Elsewhere]:
    """Texts of the document's TODOs -> the first one that says the same in a file that comes before this one."""
    path = relative_path(document, session)
    if path is None or rules.duplicate_todo is Severity.OFF:
        return {}
    same, index = await session.code.same_words(), session.code.index
    texts = {one.text for one in document.findings(session.config.todos, session.prefixes).todos}
    return {text: found for text in texts if (found := same.first(index, text, path)) is not None}


async def known_of(session: Session, ids: Collection[str], *, guess: bool = False) -> Known:
    """What is known of these ids now; with `guess`, also which ids are likely meant by unknown ones."""
    issues = await session.summaries(ids)
    nearest = await likely_ids(session, ids - issues.keys()) if guess else {}
    try:
        overdue = await _overdue(session) if issues else frozenset()
    except IssuelensError:
        # It is told of where the folder was opened; what is known by now is said all the same.
        overdue = frozenset()
    return Known(issues=issues, nearest=nearest, overdue=overdue, today=today())


def today() -> str:
    """The day, YYYY-MM-DD, in UTC."""
    return datetime.now(UTC).date().isoformat()


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


async def _circle(session: Session, document: Document, rules: DiagnosticConfig) -> list[Finding]:
    """What is to be said when saving an issue's document would put the issue below itself."""
    try:
        fields = read_document(document.text)
        own, above = str(fields.get("id") or ""), str(fields.get("parent") or "")
        path = [own]
        while own and above and len(path) < ABOVE_LIMIT and (len(path) == 1 or above not in path[1:]):
            issue = await session.issue(above)
            path.append(issue.id)
            if issue.id == own:
                break
            above = next((one.depends_on_id for one in issue.dependencies if one.type == PARENT_CHILD), "")
    except IssuelensError:
        # What can't be read, and ids of no issue, are told of by other rules.
        return []
    if len(path) < 2 or path[-1] != own:
        return []
    line = line_of(document.text, "parent")
    text = f"Each of these would be below the next: {' → '.join(path[:10])}"
    size = len(document.line_text(line))
    return [Finding(rule="cycle", severity=rules.cycle, message=text, line=line, column=0, end_column=size)]


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
