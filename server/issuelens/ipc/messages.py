"""Every request, reply and event between a client and the daemon; docs/protocol.md shows them on the wire (JSON-RPC).

A request's `params` are the fields of its class; fields with default values may be left out. Writes carry a `key`: the
daemon does a write with the same key once, whatever is sent again.
"""

from __future__ import annotations

from typing import Any, Final

from attrs import field, frozen

from issuelens.domain.operation import (
    AddComment,
    CloseIssues,
    CreateIssue,
    Event,
    HistoryEntry,
    Operation,
    ReopenIssues,
    StartIssues,
    UpdateIssues,
)
from issuelens.domain.query import IssueFilter

PROTOCOL: Final = 1
"""Raised when an older client could misread an answer."""

CREATE: Final = "issues/create"
UPDATE: Final = "issues/update"
START: Final = "issues/start"
CLOSE: Final = "issues/close"
REOPEN: Final = "issues/reopen"
COMMENT: Final = "comments/add"
GET: Final = "issues/get"
LIST: Final = "issues/list"
HISTORY: Final = "history/list"
HELLO: Final = "daemon/hello"
STATUS: Final = "daemon/status"
STOP: Final = "daemon/stop"
EVENT: Final = "issuelens/event"
"""The notification after each commit; its params are an Event."""
GOODBYE: Final = "issuelens/goodbye"
"""The notification before the daemon closes a connection; its params are a Goodbye."""

OPERATIONS: Final[dict[str, type[Operation]]] = {
    CREATE: CreateIssue,
    UPDATE: UpdateIssues,
    START: StartIssues,
    CLOSE: CloseIssues,
    REOPEN: ReopenIssues,
    COMMENT: AddComment,
}
"""The writes: method -> operation. Their params are the operation's fields and those of WriteContext."""

HEADER_TOKEN: Final = "Authorization"
"""`Bearer <token>`; the token stands in daemon.json."""
HEADER_CLIENT: Final = "X-Issuelens-Client"
"""What the client is, for the history: `cli`, `lsp/neovim`, …"""


@frozen(kw_only=True)
class WriteContext:
    """What every write carries beside its operation. `actor` None means the daemon's user."""

    key: str
    actor: str | None = None


@frozen(kw_only=True)
class Hello:
    """The first request of a connection. A newer `version` asks the daemon to retire."""

    version: str
    client: str
    protocol: int = PROTOCOL


@frozen(kw_only=True)
class Welcome:
    """The answer to Hello. With `retiring`, the daemon finishes what it took and goes; connect to its successor."""

    version: str
    revision: int
    pid: int
    workspace: str
    retiring: bool = False
    protocol: int = PROTOCOL


@frozen(kw_only=True)
class GetIssues:
    """Read the issues named, in that order. An unknown id is an error."""

    ids: tuple[str, ...]


@frozen(kw_only=True)
class ListIssues:
    """Read the issues that the filter lets through."""

    filter: IssueFilter = field(factory=IssueFilter)


@frozen(kw_only=True)
class ListHistory:
    """Read what happened, newest first, to one issue or (None) to all."""

    id: str | None = None
    limit: int | None = None


@frozen(kw_only=True)
class Nothing:
    """No params."""


@frozen(kw_only=True)
class Issues:
    """Issues as JSON shapes (see domain.issue.issue_to_json), and the revision they were read at or changed to."""

    issues: list[dict[str, Any]]
    revision: int


@frozen(kw_only=True)
class Written:
    """The answer to a write: its issues as they are now. `event` is None when nothing was to change."""

    issues: list[dict[str, Any]]
    revision: int
    event: Event | None = None
    repeated: bool = False


@frozen(kw_only=True)
class History:
    """The answer to ListHistory."""

    entries: tuple[HistoryEntry, ...]


@frozen(kw_only=True)
class Status:
    """What the daemon is and holds."""

    version: str
    pid: int
    workspace: str
    database: str
    revision: int
    uptime_seconds: float
    idle_seconds: float
    clients: list[str]
    engines: int
    pool_checkouts: int
    connections: int
    tasks: int
    fds: int | None
    threads: int
    rss_anon_kb: int | None


@frozen(kw_only=True)
class Goodbye:
    """Why the daemon closes the connection, and whether to connect again (to its successor)."""

    reason: str
    reconnect: bool


@frozen(kw_only=True)
class Endpoint:
    """What daemon.json says. `socket` is a Unix socket's path, else `port` is a loopback TCP port."""

    pid: int
    version: str
    token: str
    socket: str | None = None
    port: int | None = None
