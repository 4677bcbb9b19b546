"""Formats an issue's document: fields in their order, one blank line between parts."""

from __future__ import annotations

import re
from functools import partial
from typing import Final

from lsprotocol import types

from issuelens.domain.document import read_document, render_document
from issuelens.domain.errors import InvalidField
from issuelens.domain.shape import same_json
from issuelens.domain.vocabulary import PARENT_CHILD
from issuelens.lsp.kinds import Kind
from issuelens.lsp.server import Server

_COMMENT: Final = re.compile(r"(?:^|[ \t])#", re.MULTILINE)
_QUOTED: Final = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'")


def register(server: Server) -> None:
    """Registers the request."""
    server.feature(types.TEXT_DOCUMENT_FORMATTING)(partial(_formatted, server))


async def _formatted(server: Server, params: types.DocumentFormattingParams) -> list[types.TextEdit]:
    document = server.documents.get(params.text_document.uri)
    if document is None or document.kind is not Kind.ISSUE:
        return []
    text = document.in_its_lines(formatted(document.text))
    return [] if text == document.text else [types.TextEdit(document.whole, text)]


def _has_comment(text: str) -> bool:
    """Whether the front matter has comments of YAML; a sign that only looks like one counts, too."""
    front = text.replace("\r\n", "\n").partition("\n---\n")[0]
    return _COMMENT.search(_QUOTED.sub("", front)) is not None


def formatted(text: str) -> str:
    """A document as it would be written anew; itself when it can't be read, or when something in it would be lost."""
    if _has_comment(text):
        return text
    try:
        fields = read_document(text)
        parent = fields.get("parent")
        edges = [{"depends_on_id": parent, "type": PARENT_CHILD}] if parent else []
        made = render_document({**fields, "dependencies": edges}, is_new="id" not in fields)
        return made if same_json(read_document(made), fields) else text
    except InvalidField:
        return text
