"""What an editor shows of issues as a text follows them: open boards, and texts that are in no file."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Final

from attrs import define, field
from lsprotocol import types

from issuelens.domain.errors import IssuelensError
from issuelens.lsp.boards import Boards
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session
from issuelens.lsp.turns import Gathered, Paths, Turns
from issuelens.lsp.virtual_texts import VirtualTexts

logger = logging.getLogger(__name__)

IssuesChanged = Callable[[Session, tuple[str, ...] | None], None]
QUIET_SECONDS: Final = 0.3
"""How long no issue must change for texts to follow."""
LONGEST_SECONDS: Final = 3.0
"""How long after the first change they follow at the latest, while others go on changing issues."""


def register(server: Server) -> None:
    """Registers the request, and takes part in what changes."""
    shown = ShownTexts(server)
    # pygls marks what it is given, and a method takes no marks.
    server.feature(types.WORKSPACE_TEXT_DOCUMENT_CONTENT)(partial(shown.content))
    server.issues_changed = partial(_changed, server.issues_changed, shown)
    server.closing.append(shown.close)


def _changed(others: IssuesChanged, shown: ShownTexts, session: Session, ids: tuple[str, ...] | None) -> None:
    others(session, ids)
    shown.changed(session, ids)


@define(eq=False)
class ShownTexts:
    """Brings texts up to date, a moment after issues have changed and one after another."""

    server: Server
    _boards: Boards = field(init=False)
    _virtual: VirtualTexts = field(init=False)
    _turns: Turns = field(init=False)
    _gathered: Gathered = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._boards, self._virtual = Boards(self.server), VirtualTexts(self.server)
        self._turns = Turns("texts of issues", self._renew, limit=1 << 30)
        self._gathered = Gathered(
            self._turns.add, limit=1 << 30, quiet_seconds=QUIET_SECONDS, longest_seconds=LONGEST_SECONDS
        )

    async def content(self, params: types.TextDocumentContentParams) -> types.TextDocumentContentResult:
        """An issue, or the board, as text that can only be read: `issuelens:` and the path of its document."""
        return types.TextDocumentContentResult(await self._virtual.give(params.uri))

    def changed(self, session: Session, ids: tuple[str, ...] | None) -> None:
        """These issues have changed; None: any may have."""
        uris = [*self._boards.of(session), *self._virtual.of(session, ids)]
        if uris:
            self._gathered.add(uris)

    async def _renew(self, uris: Paths) -> None:
        for uri in sorted(uris or ()):
            try:
                await self._boards.renew(uri)
                await self._virtual.renew(uri)
            except IssuelensError as error:
                logger.warning("%s does not follow its issues: %s", uri, error.message)

    async def close(self) -> None:
        """Ends what is under way."""
        self._gathered.close()
        await self._turns.close()
        self._virtual.close()
