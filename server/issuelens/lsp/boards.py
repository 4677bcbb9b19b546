"""Boards: the work in columns as a document, which is made anew while it is open and nobody has written into it."""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from attrs import define, field

from issuelens.domain.board import COLUMNS, FINISHED, board_document, finished_query, query_of
from issuelens.domain.issue import Issue
from issuelens.domain.query import parse_query
from issuelens.domain.shape import issue_to_json
from issuelens.lsp.documents import Document
from issuelens.lsp.issue_documents import write_file
from issuelens.lsp.kinds import BOARD_NAME, Kind
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session
from issuelens.ordinary import open_ordinary

FINISHED_LIMIT: Final = 10
"""Finished issues on a board."""
REMEMBERED: Final = 8
"""Texts of a board that an editor may still show when newer ones stand on the disk."""
LIMIT: Final = 64 * 1024 * 1024
"""Bytes of a board."""


async def board_text(session: Session, words: str) -> str:
    """The board as Markdown, of the issues that a query finds."""
    queries = {**COLUMNS, FINISHED: finished_query(FINISHED_LIMIT)}
    found = {name: await session.issues(parse_query(f"{query} {words}")) for name, query in queries.items()}
    # In a thread: that of 10,000 issues takes a while.
    work = asyncio.get_running_loop().run_in_executor
    return await work(session.work_thread, _rendered, session.workspace.root.name, words, found)


def _rendered(name: str, words: str, found: dict[str, list[Issue]]) -> str:
    return board_document(name, words, {column: [issue_to_json(one) for one in some] for column, some in found.items()})


@define(eq=False)
class Boards:
    """The boards that an editor has open."""

    server: Server
    _known: dict[str, deque[bytes]] = field(factory=dict)
    """By URI: digests of the texts that stood on the disk while it was open, the newest last."""

    def of(self, session: Session) -> list[str]:
        """The URIs of the boards of a workspace that are open."""
        opened = (one for one in self.server.documents if one.kind is Kind.BOARD and one.path is not None)
        return [one.uri for one in opened if self.server.session_of(one.uri) is session]

    async def renew(self, uri: str) -> None:
        """Writes the file of a board anew when its issues are others; editors read unmodified files again themselves.

        One in which somebody has written, and has not saved it, is left alone.
        """
        document, session = self.server.documents.get(uri), self.server.session_of(uri)
        if document is None or document.path is None or session is None:
            self._known.pop(uri, None)
            return
        path = session.workspace.drafts / BOARD_NAME
        before = await self._in_work_thread(_read, document.path, path)
        if before is None or not self._is_clean(document, before):
            return
        text = await board_text(session, query_of(before))
        # What was typed meanwhile stays, and its file, too.
        if text != before and self._is_clean(document, before) and self.server.documents.get(uri) is document:
            self._remember(uri, text)
            await self._in_work_thread(write_file, path, text)

    def _is_clean(self, document: Document, on_disk: str) -> bool:
        """Whether the editor shows what stands on the disk, or stood there when it read it last."""
        if document.text == on_disk:
            self._remember(document.uri, on_disk)
        return _digest(document.text) in self._known.get(document.uri, ())

    def _remember(self, uri: str, text: str) -> None:
        known = self._known.setdefault(uri, deque(maxlen=REMEMBERED))
        digest = _digest(text)
        if digest in known:
            known.remove(digest)
        known.append(digest)

    async def _in_work_thread(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self.server.work_thread, function, *arguments)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _read(shown: Path, path: Path) -> str | None:
    """A board's file; None when it is not there, or when the editor shows another one."""
    try:
        if shown.parent.resolve() / shown.name != path:
            return None
        with open(path, "rb", opener=open_ordinary) as file:
            return file.read(LIMIT).decode("utf-8", "replace")
    except OSError:
        return None
