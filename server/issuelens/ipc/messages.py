"""Every request, reply and event between a client and the daemon; docs/protocol.md shows them on the wire (JSON-RPC).

A request's `params` are the fields of its class; fields with default values may be left out. Writes carry a `key`: the
daemon does a write with the same key once, whatever is sent again.
"""

from __future__ import annotations

from typing import Any, Final

from attrs import frozen

from issuelens.domain.operation import (
    AddComment,
    AddDependencies,
    CloseIssues,
    CreateIssue,
    DeleteComment,
    DeleteIssues,
    EditComment,
    EditIssues,
    Event,
    HistoryEntry,
    MergeIssues,
    Operation,
    RemoveDependencies,
    ReopenIssues,
    RestoreIssues,
    SettleConflicts,
    StartIssues,
    UndoOperations,
    UpdateIssues,
)
from issuelens.ipc import methods
from issuelens.ipc.methods import PROTOCOL
from issuelens.ipc.sync_messages import SyncState

OPERATIONS: Final[dict[str, type[Operation]]] = {
    methods.CREATE: CreateIssue,
    methods.UPDATE: UpdateIssues,
    methods.EDIT: EditIssues,
    methods.START: StartIssues,
    methods.CLOSE: CloseIssues,
    methods.REOPEN: ReopenIssues,
    methods.DELETE: DeleteIssues,
    methods.RESTORE: RestoreIssues,
    methods.MERGE: MergeIssues,
    methods.COMMENT: AddComment,
    methods.EDIT_COMMENT: EditComment,
    methods.DELETE_COMMENT: DeleteComment,
    methods.ADD_DEPENDENCIES: AddDependencies,
    methods.REMOVE_DEPENDENCIES: RemoveDependencies,
    methods.UNDO: UndoOperations,
    methods.SETTLE_CONFLICTS: SettleConflicts,
}
"""The writes: method -> operation. Their params are the operation's fields and those of WriteContext."""


@frozen(kw_only=True)
class WriteContext:
    """What every write carries beside its operation. `actor` None means the daemon's user.

    With `dry_run` nothing is changed; the answer says what would be.
    """

    key: str
    actor: str | None = None
    dry_run: bool = False


@frozen(kw_only=True)
class Hello:
    """The first request of a connection. A newer `version` asks the daemon to retire.

    A client that comes back names the last revision it knows (`since`) and the moment of it (`since_at`).
    """

    version: str
    client: str
    protocol: int = PROTOCOL
    since: int | None = None
    since_at: str | None = None


@frozen(kw_only=True)
class Welcome:
    """The answer to Hello; events follow. With `retiring`, the daemon finishes what it took and goes.

    The first event is the one after `since`, when that was said and there is no `gap`; else the one after `revision`,
    which was done `at`. A gap: too much was missed, or this is another history, and what was read must be read anew.
    `sync` is how issues.jsonl and the database stand to each other.
    """

    version: str
    revision: int
    pid: int
    workspace: str
    at: str = ""
    gap: bool = False
    retiring: bool = False
    protocol: int = PROTOCOL
    sync: SyncState | None = None


@frozen(kw_only=True)
class GetIssues:
    """Read the issues named by ids or unique beginnings of ids, in that order. An unknown one is an error.

    With `details`, each has `blocked_by` (as in the answer to BLOCKED), `children` and `dependents`, in a line each.
    One whose id stood in the code and stands nowhere any more has `departures`: from where it has gone.
    """

    ids: tuple[str, ...]
    details: bool = False


@frozen(kw_only=True)
class ListIssues:
    """Read the issues that a query finds; unfinished ones when neither it nor `all` says otherwise.

    `limit` None means no limit. With `brief`, only what fits a line is read. `actor` is what `me` means.
    """

    query: str = ""
    all: bool = False
    limit: int | None = None
    brief: bool = False
    actor: str | None = None


@frozen(kw_only=True)
class GetTree:
    """Read an issue with what hangs on it: `children`, `dependencies` (what it waits for) or `dependents`."""

    id: str
    direction: str = "children"


@frozen(kw_only=True)
class FindDuplicates:
    """Look for issues that say the same; `similarity` is from 0 to 1, 1 finds equal texts only."""

    query: str = ""
    similarity: float = 0.6
    actor: str | None = None


@frozen(kw_only=True)
class CompleteId:
    """Read ids that begin like this, with their titles, at most `limit`."""

    beginning: str = ""
    limit: int = 50
    deleted: bool = False


@frozen(kw_only=True)
class ListHistory:
    """Read what happened, newest first, to one issue or (None) to all."""

    id: str | None = None
    limit: int | None = None


@frozen(kw_only=True)
class ListCode:
    """Read where TODOs or, with `id`, mentions of an issue stand in the code."""

    id: str | None = None


@frozen(kw_only=True)
class TouchCode:
    """Say which files have changed, were created, deleted or renamed; None: many.

    `paths` are relative to the workspace's root with `/`, as todos.paths shows them; a folder means all that is in it.
    """

    paths: tuple[str, ...] | None


@frozen(kw_only=True)
class CodeSince:
    """Read the TODOs that are new since a commit or, with `removed`, those that are gone (as they stood there).

    `ref` names a branch, tag or commit; None: the commit where HEAD has left the main branch.
    """

    ref: str | None = None
    removed: bool = False


@frozen(kw_only=True)
class CodePlace:
    """A line of the code, from 1 on, in a file as todos.paths shows it."""

    path: str
    line: int


@frozen(kw_only=True)
class BlameCode:
    """Ask who last changed lines: for each, in this order, `{path, line, author, time, commit, boundary}` or null.

    Null: that is not known. All three are null for a line that is not committed yet. `boundary`: the history that is
    there, or the moment `since`, before which git need not look, ends at this commit.
    """

    places: tuple[CodePlace, ...]
    since: str | None = None


@frozen(kw_only=True)
class CodeChanged:
    """A notification: what is known of the code has changed.

    `paths` (as they are shown) are the files that hold something else, `ids` those that have got, lost or changed a
    place; None: any may.
    """

    paths: tuple[str, ...] | None
    ids: tuple[str, ...] | None


@frozen(kw_only=True)
class CodeProgress:
    """A notification, while the code is read: files read, and all to be read. At the end both are equal."""

    done: int
    total: int


@frozen(kw_only=True)
class ImportFile:
    """Import a file of issues. `format` is one of beads, ancestor, todotxt, github; None finds out.

    `name` is what the report calls the file. `partial` imports the rest of a file that was cut off.
    """

    path: str
    format: str | None = None
    name: str | None = None
    partial: bool = False


@frozen(kw_only=True)
class ImportReport:
    """What an import did: for each line `{line, action, id?, reason?}`, the actions counted, and what was put aside.

    Actions: created, updated, kept (its reason says why), unchanged, aside.
    """

    format: str
    lines: list[dict[str, Any]]
    counts: dict[str, int]
    aside: str | None
    revision: int
    cycles: list[list[str]]


@frozen(kw_only=True)
class ExportFile:
    """Write the issues to a file, one a line, sorted by id. `query` chooses; without it all, tombstones included."""

    path: str
    query: str | None = None
    actor: str | None = None


@frozen(kw_only=True)
class Exported:
    """What was written."""

    path: str
    issues: int
    revision: int


@frozen(kw_only=True)
class Finding:
    """One thing looked at in a workspace; `remedy` is empty when nothing is wrong.

    `count` says how many places are wrong where that can be counted.
    """

    name: str
    ok: bool
    found: str
    remedy: str = ""
    count: int = 0


@frozen(kw_only=True)
class Findings:
    """The answer to CHECK and REPAIR."""

    findings: tuple[Finding, ...]


@frozen(kw_only=True)
class Nothing:
    """No params."""


@frozen(kw_only=True)
class Issues:
    """Issues as JSON shapes (see domain.shape.issue_to_json), and the revision they were read at or changed to."""

    issues: list[dict[str, Any]]
    revision: int


@frozen(kw_only=True)
class Written:
    """The answer to a write: its issues as they are now. `event` is None when nothing was to change.

    `before` is there for a dry run: the issues as they are, in the same order, null for a new one.
    """

    issues: list[dict[str, Any]]
    revision: int
    event: Event | None = None
    repeated: bool = False
    before: list[dict[str, Any] | None] | None = None


@frozen(kw_only=True)
class History:
    """The answer to ListHistory."""

    entries: tuple[HistoryEntry, ...]


@frozen(kw_only=True)
class GetStatus:
    """Ask what the daemon is and holds. With `trim`, it first collects garbage and gives freed memory back."""

    trim: bool = False


@frozen(kw_only=True)
class Status:
    """What the daemon is and holds; a count is None where the platform does not tell.

    `connections` and `pool_checkouts` are those of its engines; see `process.Held` for what the process holds.
    `objects`, those that the collector of garbage knows, are counted with `trim` only: it takes a while.
    """

    version: str
    pid: int
    workspace: str
    database: str
    revision: int
    uptime_seconds: float
    idle_seconds: float
    clients: list[str]
    waiting_messages: int
    waiting_bytes: int
    engines: int
    pool_checkouts: int
    connections: int
    tasks: int
    fds: int | None
    sockets: int | None
    watchers: int | None
    locks: int | None
    children: int | None
    threads: int
    objects: int | None
    rss_anon_kb: int | None
    sync: SyncState


@frozen(kw_only=True)
class Goodbye:
    """Why the daemon closes the connection, and whether to connect again (to its successor)."""

    reason: str
    reconnect: bool
