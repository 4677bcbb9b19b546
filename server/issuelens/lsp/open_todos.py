"""What open documents hold, put into the indexes of their Sessions a moment after each edit, and when asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import define, field

from issuelens.lsp.documents import Document, Findings
from issuelens.lsp.shown_todos import ShownTodos, unchanged_ends
from issuelens.lsp.turns import Gathered, Paths, Turns
from issuelens.todos.anchors import carried
from issuelens.todos.found import TEXT_LIMIT, FileFindings, Marker, Mention, marker_of
from issuelens.todos.grammar import LocatedReference

if TYPE_CHECKING:
    from issuelens.lsp.session import Session

_MORE: Final = 3
QUIET_SECONDS: Final = 0.2
"""How long nothing must be typed for an edit to get into the index."""


@define(eq=False)
class _Known:
    """A document that was looked at: what it held, with keys, and in which version of it."""

    session: Session | None
    path: str
    """Its path below the Session's root, else its URI."""
    version: int = -1
    of: Findings | None = None
    markers: tuple[Marker, ...] = ()
    shown: ShownTodos = field(factory=ShownTodos)
    is_counted: bool | None = None
    """Whether it is one of the files whose TODOs are listed; None: nobody has looked."""


class OpenTodos:
    """Keeps the markers of open documents.

    Args:
        document_of: the open document with a URI.
        session_of: the Session that answers for a URI.
    """

    def __init__(
        self, document_of: Callable[[str], Document | None], session_of: Callable[[str], Session | None]
    ) -> None:
        self._document_of = document_of
        self._session_of = session_of
        self._known: dict[str, _Known] = {}
        self._turns = Turns("TODOs of open documents", self._take)
        self._edited = Gathered(self._turns.add, limit=1 << 30, quiet_seconds=QUIET_SECONDS)

    def edited(self, uris: Iterable[str]) -> None:
        """These documents were opened or edited, or belong to another Session now."""
        self._edited.add(list(uris))

    def saved(self, uri: str) -> None:
        """A document was written: only now can it be told whether a new one is a file that counts."""
        known = self._known.get(uri)
        if known is not None:
            known.is_counted = None
            self.edited([uri])

    def closed(self, uri: str) -> None:
        """A document was closed: the file on the disk counts again."""
        known = self._known.pop(uri, None)
        if known is not None and known.session is not None:
            known.session.code.close_document(known.path)

    def markers(self, document: Document) -> tuple[Marker, ...]:
        """The markers of a document with their keys: one for each of its TODOs, in order."""
        session = self._session_of(document.uri)
        if session is None:
            return ()
        known = self._known_of(document, session)
        found = document.findings(session.config.todos, session.prefixes)
        if known.of is not found:
            self._look(known, document, found, session)
        return known.markers

    def _look(self, known: _Known, document: Document, found: Findings, session: Session) -> None:
        now = [marker_of(todo, document.lines) for todo in found.todos]
        before = known.markers if known.of is not None else session.code.index.of_file(known.path).markers
        known.markers, known.of, known.version = _keyed(known.path, before, now), found, document.version
        known.shown.keyed(document.version, found.todos, tuple(one.key for one in known.markers))

    def show(self, document: Document, session: Session, found: Findings) -> None:
        """Lenses are shown on these TODOs of the document."""
        self._known_of(document, session).shown.add(document.version, found.todos)

    def shown_on(self, document: Document, session: Session, version: int, line: int) -> int | None:
        """Which of its TODOs is the one that had a lens on a line of an earlier version; None when nobody can tell."""
        now = document.findings(session.config.todos, session.prefixes).todos
        shown = self._known_of(document, session).shown
        return shown.again(version, line, now, lambda: [one.key for one in self.markers(document)])

    def _known_of(self, document: Document, session: Session | None) -> _Known:
        known = self._known.get(document.uri)
        if known is None or known.session is not session:
            if known is not None and known.session is not None:
                known.session.code.close_document(known.path)
            known = _Known(session, relative_path(document, session) or document.uri)
            if self._document_of(document.uri) is document:
                self._known[document.uri] = known
        return known

    async def settled(self) -> None:
        """Waits until the indexes hold what the documents hold."""
        self._edited.flush()
        await self._turns.settled()

    async def close(self) -> None:
        """Ends what is under way."""
        self._edited.close()
        await self._turns.close()

    async def _take(self, uris: Paths) -> None:
        documents = [one for uri in uris or () if (one := self._document_of(uri)) is not None]
        await self._count(documents)
        for document in documents:
            session = self._session_of(document.uri)
            # It may have been closed meanwhile.
            if session is not None and self._document_of(document.uri) is document:
                self._put(document, session)

    async def _count(self, documents: Iterable[Document]) -> None:
        """Finds out which of the documents are files whose TODOs are listed."""
        unknown: dict[Session, list[_Known]] = defaultdict(list)
        for document in documents:
            session = self._session_of(document.uri)
            known = self._known_of(document, session)
            if session is not None and known.is_counted is None:
                if known.path == document.uri:
                    known.is_counted = False
                else:
                    unknown[session].append(known)
        for session, some in unknown.items():
            paths = await session.code.counted([one.path for one in some])
            for one in some:
                one.is_counted = one.path in paths

    def _put(self, document: Document, session: Session) -> None:
        known = self._known_of(document, session)
        if not known.is_counted:
            session.code.close_document(known.path)
            return
        markers = self.markers(document)
        mentions = () if known.of is None else tuple(_mentions(document, known.of.references))
        session.code.put_open(FileFindings(known.path, markers, mentions), document.version)


def _keyed(path: str, before: Sequence[Marker], now: Sequence[Marker]) -> tuple[Marker, ...]:
    """The markers with their keys. Most edits touch few of them: those before and behind are known by their place."""
    start, end = unchanged_ends(before, now, _is_alike)
    if start + end < max(len(before), len(now)):
        # Some more, which tell how far lines have moved there.
        start, end = max(0, start - _MORE), max(0, end - _MORE)
    last, last_now = len(before) - end, len(now) - end
    first, behind = (
        [new._replace(key=old.key) for old, new in zip(olds, news, strict=True)]
        for olds, news in ((before[:start], now[:start]), (before[last:], now[last_now:]))
    )
    taken = [one.key for one in (*first, *behind)]
    between = carried({path: before[start:last]}, {path: now[start:last_now]}, taken)[path]
    return (*first, *between, *behind)


def _is_alike(old: Marker, new: Marker) -> bool:
    return old.words == new.words and old.around == new.around and old.issue_id == new.issue_id


def relative_path(document: Document, session: Session | None) -> str | None:
    """The path of a document below the Session's root; None elsewhere."""
    if document.path is None or session is None:
        return None
    path, root = resolved(document.path), session.workspace.root
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else None


def resolved(path: Path) -> Path:
    """A path with its folders' links resolved: a file that is a link itself is read by nobody."""
    return path.parent.resolve() / path.name


def _mentions(document: Document, references: Iterable[LocatedReference]) -> Iterable[Mention]:
    for one in references:
        if not one.in_todo:
            text = document.line_text(one.line).strip()[:TEXT_LIMIT]
            yield Mention(one.id, one.line, one.column, one.is_certain, text)
