"""What is to be said of the files of a workspace that are not open, kept current by what changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from attrs import define, field, frozen

from issuelens.domain.config import DiagnosticConfig, TodoConfig
from issuelens.domain.tags import Severity
from issuelens.lsp.diagnostic_shapes import Report, report_of
from issuelens.lsp.document_findings import known_of, today
from issuelens.lsp.documents import Findings
from issuelens.lsp.findings import Finding, Known, findings_in
from issuelens.lsp.places import file_uri
from issuelens.lsp.session import Session
from issuelens.lsp.settings import effective
from issuelens.lsp.state import State
from issuelens.todos.found import FileFindings
from issuelens.todos.grammar import IdInsertion, LocatedReference, TodoComment
from issuelens.todos.index import issues_of
from issuelens.todos.scan import read_source

if TYPE_CHECKING:
    from issuelens.lsp.server import Server

FILES_AT_ONCE: Final = 100
"""Files that are looked at in one go; others wait for the same thread meanwhile."""
_QUIET: Final = (Severity.OFF, Severity.HINT)
"""What is said in open documents only: editors list hints nowhere."""
_NOWHERE: Final = IdInsertion(0, 0, 0, "", "")

_Result = TypeVar("_Result")


class Told(NamedTuple):
    """What is said of a file. The items are None where an editor has them already."""

    uri: str
    digest: str
    items: list[dict[str, Any]] | None


@frozen
class _Said:
    """What decides, beside a file's text and the issues in it, what is said of it."""

    root_uri: str
    rules: DiagnosticConfig
    todos: TodoConfig
    prefixes: frozenset[str]
    today: str


@define(eq=False)
class ClosedFindings:
    """The findings of one workspace's files, but for those that are hints.

    A file is read when what the index has of it says that there is something to tell, and again when it holds something
    else, or when an issue in it has changed.
    """

    server: Server
    session: Session
    told: dict[str, Told] = field(factory=dict)
    """Path -> what is said of the file; nothing of those of which nothing is said."""
    _said: _Said | None = None
    _stamps: Mapping[str, object] = field(factory=dict)
    _stale: set[str] = field(factory=set)
    _turn: asyncio.Lock = field(factory=asyncio.Lock)

    @property
    def is_on(self) -> bool:
        """Whether files that are not open are told of."""
        return effective(self.session.config, self.server.settings).diagnostics.workspace

    @property
    def is_ready(self) -> bool:
        """Whether issues and files are known; before, nothing can be said of either."""
        return self.session.state is not State.OPENING and self.session.code.is_whole

    def forget(self, ids: Collection[str] | None) -> None:
        """These issues have changed; None: any may have."""
        if ids is None:
            self._said = None
        else:
            disk = self.session.code.index.disk
            self._stale.update(path for issue_id in ids for path in disk.paths_of(issue_id))

    async def update(self, missing: Iterable[str] = ()) -> None:
        """Brings what is told up to date, with the items of the `missing` paths."""
        async with self._turn:
            self._stale.update(missing)
            self._notice()
            while self._stale:
                await self._look_at(list(islice(self._stale, FILES_AT_ONCE)))
                if not self._stale:
                    self._notice()

    def _notice(self) -> None:
        """Finds out which files hold something else than when they were looked at."""
        now, said = self.session.code.index.disk.packed_files(), self._current()
        if said != self._said:
            self._stale.update(now, self.told)
        elif now != self._stamps:
            before = self._stamps
            self._stale.update(path for path, content in now.items() if before.get(path) != content)
            self._stale.update(before.keys() - now.keys())
        self._said, self._stamps = said, dict(now)

    def _current(self) -> _Said:
        session, rules = self.session, effective(self.session.config, self.server.settings).diagnostics
        return _Said(session.uri, rules, session.config.todos, session.prefixes, today())

    async def _look_at(self, paths: list[str]) -> None:
        self._stale.difference_update(paths)
        try:
            disk = self.session.code.index.disk
            found = await self._in_work_thread(
                lambda: [_with_prefixes(disk.of_file(path), self.session) for path in paths]
            )
            known = await known_of(self.session, {issue_id for one in found for issue_id in issues_of(one)})
            said = await self._in_work_thread(lambda: {one.path: self._of_file(one, known) for one in found})
        except BaseException:
            self._stale.update(paths)
            raise
        for path, report in said.items():
            if report is None:
                self.told.pop(path, None)
            else:
                self.told[path] = Told(file_uri(self.session, path), report.digest, report.items)

    async def _in_work_thread(self, work: Callable[[], _Result]) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self.server.work_thread, work)

    def _of_file(self, found: FileFindings, known: Known) -> Report | None:
        """What is said of a file as it is now; None for nothing. In another thread."""
        session = self.session
        rules, todos = effective(session.config, self.server.settings).diagnostics, session.config.todos
        if not any(_loud(findings_in(_as_located(found), known, rules, todos))):
            return None
        text = read_source(session.workspace.root / found.path)
        if not isinstance(text, str):
            return None
        document = self.server.documents.made(file_uri(session, found.path), text)
        held, ids = document.findings(todos, session.prefixes), issues_of(found)
        # An id that came into the file since is looked at with the index, which will have it in a moment.
        now = Findings(held.todos, [one for one in held.references if one.id in ids])
        loud = list(_loud(findings_in(now, known, rules, todos)))
        return report_of(self.server, session, document, loud) if loud else None

    def sent(self, paths: Iterable[str]) -> None:
        """An editor has the items of these now; they are not kept here, too."""
        for path in paths:
            if path in self.told:
                self.told[path] = self.told[path]._replace(items=None)


def _loud(found: Iterable[Finding]) -> Iterator[Finding]:
    return (one for one in found if one.severity not in _QUIET)


def _with_prefixes(found: FileFindings, session: Session) -> FileFindings:
    """What was found, without ids where the issues can't be read: nothing is known of them then."""
    if session.prefixes:
        return found
    return found._replace(markers=tuple(one._replace(issue_id=None) for one in found.markers), mentions=())


def _as_located(found: FileFindings) -> Findings:
    """What the index has of a file, as if it had been found in a text: good enough to say whether there is anything."""
    todos = [
        TodoComment(
            one.tag, one.text, one.line, one.column, one.column, one.line, one.column, _NOWHERE,
            owner=one.owner, issue_id=one.issue_id, external=one.external, priority=one.priority, due=one.due,
        )
        for one in found.markers
    ]  # fmt: skip
    named = [LocatedReference(one.line, one.column, one.column, one.issue_id, True, True)
             for one in found.markers if one.issue_id]  # fmt: skip
    mentioned = [LocatedReference(one.line, one.column, one.column, one.id, one.is_certain, False)
                 for one in found.mentions]  # fmt: skip
    return Findings(todos, [*named, *mentioned])
