"""Texts that are in no file (`issuelens:`): given when the editor asks, and told of when they have changed since."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Collection
from concurrent.futures import Future
from typing import Any, Final

from attrs import define, field
from lsprotocol import types

from issuelens.domain.document import render_document
from issuelens.domain.errors import IssuelensError
from issuelens.domain.shape import issue_to_json
from issuelens.lsp.boards import board_text
from issuelens.lsp.kinds import BOARD_NAME, SCHEME
from issuelens.lsp.refresh import Refresh
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session

LIMIT: Final = 200
"""Texts that are remembered: those that were asked for last."""


@define(eq=False)
class _Given:
    """A text that an editor has asked for."""

    file_uri: str
    """That of the file whose text it is like; its Session may be another one by now."""
    issue_id: str | None
    """The issue that it shows; None for a board, which shows all."""
    refresh: Refresh
    digest: bytes | None = None
    """Of what the editor has; None while that is on its way."""
    is_current: bool = True
    """Whether the editor has asked again since it was told that it has changed."""


@define(eq=False)
class VirtualTexts:
    """The texts that an editor shows. `close` forgets them, and what it was told without an answer so far."""

    server: Server
    _given: OrderedDict[str, _Given] = field(factory=OrderedDict)

    async def give(self, uri: str) -> str:
        """The text of a URI; nothing where there is none.

        Raises:
            UnknownIssue: when there is no such issue.
        """
        file_uri = uri.replace(f"{SCHEME}:", "file:", 1)
        path = self.server.documents.made(file_uri, "").path
        if path is None or self.server.session_of(file_uri) is None:
            return ""
        given = self._remember(uri, file_uri, None if path.name == BOARD_NAME else path.name.removesuffix(".md"))
        try:
            text = await self._text(given)
        except IssuelensError:
            self._forget(uri)
            raise
        given.digest = _digest(text)
        return text

    def _remember(self, uri: str, file_uri: str, issue_id: str | None) -> _Given:
        before = self._given.pop(uri, None)
        refresh = before.refresh if before is not None else Refresh(uri, self._tell)
        given = self._given[uri] = _Given(file_uri, issue_id, refresh)
        while len(self._given) > LIMIT:
            self._forget(next(iter(self._given)))
        return given

    def _forget(self, uri: str) -> None:
        given = self._given.pop(uri, None)
        if given is not None:
            given.refresh.close()

    def _tell(self, uri: str) -> Future[Any]:
        params = types.TextDocumentContentRefreshParams(uri)
        return self.server.ask(types.WORKSPACE_TEXT_DOCUMENT_CONTENT_REFRESH, params)

    async def _text(self, given: _Given) -> str:
        session = self.server.session_of(given.file_uri)
        if session is None:
            return ""
        if given.issue_id is None:
            return await board_text(session, "")
        issue = await session.issue(given.issue_id)
        given.issue_id = issue.id
        return render_document(issue_to_json(issue))

    def of(self, session: Session, ids: Collection[str] | None) -> list[str]:
        """The URIs of the texts that may be others now that these issues have changed; None: any may have."""
        return [
            uri
            for uri, one in self._given.items()
            if one.is_current
            and (ids is None or one.issue_id is None or one.issue_id in ids)
            and self.server.session_of(one.file_uri) is session
        ]

    async def renew(self, uri: str) -> None:
        """Has the editor ask for a text again, when that is another one than it has."""
        given = self._given.get(uri)
        if given is None or not given.is_current:
            return
        try:
            digest = _digest(await self._text(given))
        except IssuelensError:
            digest = b""  # the editor is told why when it asks
        if self._given.get(uri) is given and digest != given.digest:
            given.is_current = False
            given.refresh.request()

    def close(self) -> None:
        """Forgets all."""
        for uri in tuple(self._given):
            self._forget(uri)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
