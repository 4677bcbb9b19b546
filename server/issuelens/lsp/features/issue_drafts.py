"""A request of our own for an issue about some lines: what it could be called, and what it says of where they stand."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from issuelens.domain.errors import InvalidField, Refused
from issuelens.lsp.arguments import mapping, number, object_of, required
from issuelens.lsp.documents import Document
from issuelens.lsp.open_todos import relative_path
from issuelens.lsp.server import Server

DRAFT: Final = "issuelens/issueDraft"
LINES: Final = 40
"""Lines that are quoted."""
WIDTH: Final = 400
"""Characters of a line that are quoted."""
TITLE: Final = 80


def register(server: Server) -> None:
    """Registers the request."""
    server.feature(DRAFT)(partial(_draft, server))


async def _draft(server: Server, params: Any) -> dict[str, Any]:
    """`{uri, range: {start: {line}, end: {line}}}`: a title and a description for an issue about these lines (0-based).

    The description has the place in the form `path:line`, and the lines. Nothing is created.
    """
    params = object_of(params)
    uri = required(params, "uri")
    first, last = (number(mapping(mapping(params, "range"), end), "line", None) for end in ("start", "end"))
    opened = await server.opened(uri)
    if opened is None:
        raise Refused(f"{uri} is not open in a folder of this window. Open it from its folder first.")
    document, session = opened
    if not 0 <= first <= last < document.lines.count:
        raise InvalidField("range", f"the text has {document.lines.count} lines")
    path = relative_path(document, session)
    return {"workspace": session.uri, **draft_of(document, path, first, last)}


def draft_of(document: Document, path: str | None, first: int, last: int) -> dict[str, str]:
    """A title and a description.

    Args:
        document: the text.
        path: where it stands below the root; None when it stands nowhere.
        first, last: the lines, 0-based, both of them included.
    """
    lines = [document.line_text(number)[:WIDTH] for number in range(first, min(last, first + LINES - 1) + 1)]
    place = f"{path}:{first + 1}" + (f"-{last + 1}" if last > first else "") if path is not None else ""
    title = next((words for one in lines if (words := _words(one))), "")
    quoted = _fenced(lines, document.language_id, is_cut=last - first >= LINES)
    return {
        "title": title,
        "description": "\n\n".join(part for part in (f"`{place}`" if place else "", quoted) if part),
    }


def _words(line: str) -> str:
    """A line without what comments begin and end with."""
    return " ".join(line.strip(" \t#/*;-<!>%").split())[:TITLE].rstrip()


def _fenced(lines: list[str], language: str, *, is_cut: bool) -> str:
    if not any(line.strip() for line in lines):
        return ""
    indent = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    text = "\n".join([*(line[indent:] for line in lines), *(["…"] if is_cut else [])])
    longest = max((len(run) for run in _runs(text)), default=0)
    fence = "`" * max(3, longest + 1)
    name = language if language.isalnum() else ""
    return f"{fence}{name}\n{text}\n{fence}"


def _runs(text: str) -> list[str]:
    """The runs of backticks in a text."""
    return "".join(sign if sign == "`" else " " for sign in text).split()
