"""Where `issuelens todos` gets its answers: from the workspace's daemon, or in a folder without one by itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from issuelens.cli.output import counted, say
from issuelens.ipc import methods

if TYPE_CHECKING:
    from issuelens.cli.context import Cli
    from issuelens.domain.config import Config
    from issuelens.todos.found import Marker
    from issuelens.workspace import Workspace

Shape = dict[str, Any]
Progress = Callable[[int, int], None]

FILES_AT_ONCE: Final = 32
"""Files that the daemon is asked to blame in one request, so that it does not go on for long after an interrupt."""


class Source(Protocol):
    """What knows the TODOs of a folder. Lines and columns count from 1; paths are relative to `root`, as text."""

    root: Path

    def config(self) -> Config:
        """The settings."""

    def todos(self, progress: Progress) -> list[Shape]:
        """All TODOs there are."""

    def since(self, ref: str | None, removed: bool, progress: Progress) -> list[Shape]:
        """Those that are new since a commit, or that were removed since."""

    def closed(self) -> list[Shape]:
        """Where finished issues are named.

        Raises:
            Refused: when it is not known which are finished.
        """

    def closed_if_known(self) -> list[Shape]:
        """The same, nothing when it is not known."""

    def blame(self, places: Sequence[Shape], since: str | None, progress: Progress) -> list[Shape | None]:
        """Who wrote each of these TODOs; None where that is not known. See `ipc.messages.BlameCode`."""


def source_of(cli: Cli) -> Source:
    """The workspace of the folder, or the folder alone."""
    from issuelens.workspace import find_workspace

    workspace = find_workspace(cli.folder)
    if workspace is not None:
        return _Daemon(cli, workspace)
    say(f"issuelens: {cli.folder} has no .issues/, so no TODO has an issue here.")
    return _Here(cli.folder.resolve())


class _Daemon:
    """Asks the daemon of a workspace."""

    def __init__(self, cli: Cli, workspace: Workspace) -> None:
        self.root = workspace.root
        self._cli = cli
        self._workspace = workspace

    def config(self) -> Config:
        return self._workspace.read_config()

    def todos(self, progress: Progress) -> list[Shape]:
        found: list[Shape] = self._cli.read(methods.TODOS, progress=progress)
        return found

    def since(self, ref: str | None, removed: bool, progress: Progress) -> list[Shape]:
        found: list[Shape] = self._cli.read(methods.CODE_SINCE, progress=progress, ref=ref, removed=removed)
        return found

    def closed(self) -> list[Shape]:
        if self._is_new_clone():
            from issuelens.domain.errors import Refused

            raise Refused(
                f"The issues in {self._workspace.jsonl} have not been read here yet, so it is not known which are "
                "finished. Run `issuelens sync --no-git` first."
            )
        self._tell_unread()
        return self.closed_if_known()

    def closed_if_known(self) -> list[Shape]:
        found: list[Shape] = self._cli.read(methods.CLOSED_REFERENCES)
        return found

    def _is_new_clone(self) -> bool:
        """Whether there are issues in the file that git carries, and none here."""
        if not any(path.stat().st_size for path in self._workspace.shared_files):
            return False
        return not self._cli.read(methods.LIST, query="limit:1", all=True, brief=True)["issues"]

    def _tell_unread(self) -> None:
        """Says so when the file that git carries has changes that no sync has read."""
        if not self._workspace.shared_files:
            return
        report = self._cli.written(methods.SYNC, partial=False, dry_run=True)
        unread = sum(report["imported"].get(action, 0) for action in ("created", "updated"))
        if unread:
            say(
                f"issuelens: {self._workspace.jsonl} has changes of {counted(unread)} that were not read here, so more "
                "may be finished. `issuelens sync --no-git` reads them."
            )

    def blame(self, places: Sequence[Shape], since: str | None, progress: Progress) -> list[Shape | None]:
        found: list[Shape | None] = []

        def tell(_done: int, _everything: int) -> None:
            progress(len(found), len(places))

        for part in _by_files(places, FILES_AT_ONCE):
            asked = [{"path": one["path"], "line": one["line"]} for one in part]
            found.extend(self._cli.read(methods.CODE_BLAME, progress=tell, places=asked, since=since))
            tell(0, 0)
        return found


def _by_files(places: Iterable[Shape], files: int) -> Iterator[list[Shape]]:
    """The places, which are ordered by file, in parts of so many files."""
    part: list[Shape] = []
    seen: set[str] = set()
    for one in places:
        if len(seen) == files and one["path"] not in seen:
            yield part
            part, seen = [], set()
        part.append(one)
        seen.add(one["path"])
    if part:
        yield part


class _Here:
    """Scans a folder that has no workspace; no issue is known there."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._markers: dict[str, Sequence[Marker]] | None = None

    def config(self) -> Config:
        from issuelens.domain.config import Config

        return Config()

    def todos(self, progress: Progress) -> list[Shape]:
        from issuelens.todos.paths import shown_path

        found = self._scanned(progress)
        return [_shape(path, one) for path in sorted(found, key=shown_path) for one in found[path]]

    def since(self, ref: str | None, removed: bool, progress: Progress) -> list[Shape]:
        from issuelens.todos.since import todos_since

        found = todos_since(self.root, ref, self._settings(), self._scanned(progress))
        return [_shape(path, one) for path, one in (found.removed if removed else found.new)]

    def closed(self) -> list[Shape]:
        from issuelens.workspace import not_initialised

        raise not_initialised(self.root)

    def closed_if_known(self) -> list[Shape]:
        return []

    def blame(self, places: Sequence[Shape], since: str | None, progress: Progress) -> list[Shape | None]:
        from issuelens.domain.moment import read_moment
        from issuelens.todos.blame import BlameCache, Blaming, Lines
        from issuelens.todos.paths import real_path

        wanted: dict[str, list[int]] = defaultdict(list)
        for one in places:
            wanted[real_path(one["path"])].append(one["line"] - 1)
        moment = read_moment(since) if since is not None else None
        blaming = Blaming.begun(self.root, wanted.keys(), BlameCache(), since=moment)
        found: dict[str, Lines] = {}
        for path, lines in wanted.items():
            found[path] = blaming.of_file(path, lines)
            progress(len(found), len(wanted))
        blames = [found[real_path(one["path"])][one["line"] - 1] for one in places]
        return [
            None
            if one is None
            else {"author": one.author, "time": one.time, "commit": one.commit, "boundary": one.is_boundary}
            for one in blames
        ]

    def _settings(self) -> Any:
        from issuelens.todos.settings import scan_settings

        return scan_settings(self.config().todos, ())

    def _scanned(self, progress: Progress) -> dict[str, Sequence[Marker]]:
        if self._markers is None:
            self._markers = dict(self._scan(progress))
        return self._markers

    def _scan(self, progress: Progress) -> Iterator[tuple[str, Sequence[Marker]]]:
        from issuelens.todos.anchors import with_keys
        from issuelens.todos.engine import Found, Listed, ScanRequest, scan_here

        total = 0
        for message in scan_here(ScanRequest(self.root, self._settings())):
            if isinstance(message, Listed):
                total = message.total
            elif isinstance(message, Found):
                progress(message.done, total)
                for one in message.findings:
                    if one.markers:
                        yield one.path, with_keys(one.path, (), one.markers)


def _shape(path: str, one: Marker) -> Shape:
    from issuelens.todos.paths import shown_path

    said = {"path": shown_path(path), "line": one.line + 1, "column": one.column + 1}
    return said | {
        "tag": one.tag,
        "text": one.text,
        "owner": one.owner,
        "issue": one.issue_id,
        "external": one.external,
        "priority": one.priority,
        "due": one.due,
        "key": one.key,
    }
