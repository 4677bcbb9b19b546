"""Findings as LSP's diagnostics, in plain values: what an editor shows of them, and by which name it keeps them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from lsprotocol import types

from issuelens.domain.plain import one_line
from issuelens.domain.tags import Severity
from issuelens.ipc.converter import dumps
from issuelens.lsp.convert import uri_of
from issuelens.lsp.documents import Document
from issuelens.lsp.findings import Finding
from issuelens.lsp.initialize import SERVER_NAME
from issuelens.lsp.issue_documents import document_uri
from issuelens.lsp.places import file_uri
from issuelens.lsp.session import Session
from issuelens.todos.paths import shown_path

if TYPE_CHECKING:
    from issuelens.lsp.server import Server

_SEVERITIES: Final = {Severity.ERROR: 1, Severity.WARNING: 2, Severity.INFORMATION: 3, Severity.HINT: 4}
RULES: Final = Path(__file__).parent / "rules.md"
"""The page of the rules."""
_DEPRECATED: Final = int(types.DiagnosticTag.Deprecated)
_BEGINNING: Final = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}
Shape = dict[str, Any]


class Report(NamedTuple):
    """The diagnostics of one text; `digest` is another one as soon as they are."""

    items: list[Shape]
    digest: str

    def result_id(self, version: int | None) -> str:
        """The name by which an editor keeps them: of a version, since it moves what it shows while somebody types."""
        return f"{'' if version is None else version}-{self.digest}"


def digest_in(result_id: str) -> str:
    """What of a result id stands for the diagnostics alone."""
    return result_id.rpartition("-")[2]


def report_of(server: Server, session: Session, document: Document, found: Iterable[Finding]) -> Report:
    """The diagnostics of what was found in a document, but for what is off."""
    items = [_shape(server, session, document, one) for one in found if one.severity is not Severity.OFF]
    return Report(items, hashlib.blake2b(dumps(items), digest_size=9).hexdigest())


NOTHING: Final = Report([], hashlib.blake2b(dumps([]), digest_size=9).hexdigest())
"""The report of a text of which nothing is said."""


def _shape(server: Server, session: Session, document: Document, one: Finding) -> Shape:
    shape: Shape = {
        "range": _range(document, one.line, one.column, one.end_column),
        "message": one_line(one.message),
        "severity": _SEVERITIES[one.severity],
        "code": one.rule,
        "source": SERVER_NAME,
    }
    offered: Any = _offered(server)
    if offered is None:
        return shape
    if offered.code_description_support:
        shape["codeDescription"] = {"href": f"{uri_of(RULES)}#{one.rule}"}
    if one.is_past and offered.tag_support and _DEPRECATED in offered.tag_support.value_set:
        shape["tags"] = [_DEPRECATED]
    if offered.related_information and (related := list(_related(session, document, one))):
        shape["relatedInformation"] = related
    return shape


def _range(document: Document, line: int, start: int, end: int) -> Shape:
    places = (document.position(line, column) for column in (start, end))
    return dict(zip(("start", "end"), ({"line": one.line, "character": one.character} for one in places), strict=True))


def _offered(server: Server) -> types.DiagnosticClientCapabilities | types.PublishDiagnosticsClientCapabilities | None:
    """What the editor shows of a diagnostic, by the way in which it gets them."""
    text = server.parameters.capabilities.text_document
    if text is None:
        return None
    return text.diagnostic if server.pulls_diagnostics else text.publish_diagnostics


def _related(session: Session, document: Document, one: Finding) -> Iterator[Shape]:
    if one.issue is not None:
        uri = document_uri(session, one.issue.id)
        yield _place(uri, _BEGINNING, f"{one.issue.id} {one.issue.title}")
    if one.elsewhere is not None:
        away = one.elsewhere
        start = {"line": away.line, "character": 0}
        text = f"{shown_path(away.path)}:{away.line + 1}"
        yield _place(file_uri(session, away.path), {"start": start, "end": start}, text)
    if one.other_line is not None:
        line = document.line_text(one.other_line)
        yield _place(document.uri, _range(document, one.other_line, 0, len(line)), line.strip())


def _place(uri: str, range_: Shape, text: str) -> Shape:
    return {"location": {"uri": uri, "range": range_}, "message": one_line(text)}
