"""Every error that Issuelens raises on purpose.

    IssuelensError
    ├── Refused                     the request can't be done as asked; nothing changed (CLI exit 1)
    │   ├── InvalidField            a field has a value that it can't have
    │   ├── UnknownIssue            no issue has this id
    │   ├── AmbiguousId             several ids begin like this
    │   ├── InvalidQuery            a query can't be read
    │   ├── DependencyCycle         issues would wait for each other
    │   ├── LaterChange             an undo would take back what a later change built on
    │   ├── ChangedMeanwhile        an issue is not any more as the request expects it
    │   ├── AlreadyExists           the workspace is initialised already
    │   ├── NotInitialised          the folder has no .issues/
    │   └── InvalidConfig           .issues/config.toml can't be used as it stands
    ├── StorageError                the database can't be used (CLI exit 1)
    │   ├── DatabaseTooNew          written by a newer Issuelens
    │   ├── DatabaseCorrupt         SQLite can't read it
    │   ├── DatabaseFull            no room on the disk
    │   ├── DatabaseReadOnly        no permission to write
    │   ├── DatabaseBusy            another program holds its lock
    │   └── PlaceChanged            it was deleted, moved or replaced while its daemon ran
    ├── Unreachable                 no daemon answers (CLI exit 3)
    │   ├── ConnectionLost          the daemon went away before it answered
    │   └── NotAnswered             the daemon is there and has not answered in time, or serves too many
    ├── TooLarge                    a request or an answer is larger than a message may be
    └── InternalError               a fault of ours; the daemon's log has the traceback

Each class has a stable `kind`, which travels in JSON-RPC errors (`data.kind`) and names the class at the other end.
"""

from __future__ import annotations

from typing import Any, ClassVar


class IssuelensError(Exception):
    """The base of all errors raised on purpose.

    Args:
        message: one line: what happened, to which issue or file, and what to do next.
        details: JSON-ready extras, for instance `{"field": "priority"}`.
    """

    kind: ClassVar[str] = "error"
    code: ClassVar[int] = -32000
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class Refused(IssuelensError):
    """The request can't be done as asked; nothing was changed."""

    kind = "refused"
    code = -32010


class InvalidField(Refused):
    """A field has a value that it can't have. `details["field"]` names it."""

    kind = "invalid_field"

    def __init__(self, field: str, problem: str, **details: Any) -> None:
        super().__init__(f"{field}: {problem}", field=field, **details)

    @property
    def field(self) -> str:
        """The field's name."""
        return str(self.details["field"])


class UnknownIssue(Refused):
    """No issue has this id. `details["id"]` names it."""

    kind = "unknown_issue"

    @classmethod
    def named(cls, issue_id: str) -> UnknownIssue:
        """The error for one id, or for a word that is none."""
        shown = issue_id if issue_id.isprintable() and issue_id.strip() else ascii(issue_id)
        shown = shown if len(shown) <= 60 else f"{shown[:60]}…"
        # A lone surrogate could not be sent in the answer.
        word = issue_id.encode("utf-8", "replace").decode()
        return cls(f"There is no issue {shown}. `issuelens list` shows the issues of this workspace.", id=word)


class AmbiguousId(Refused):
    """Several ids begin with the text given. `details["ids"]` names the first of them."""

    kind = "ambiguous_id"


class InvalidQuery(Refused):
    """A query can't be read. `details["column"]` (1-based) says where."""

    kind = "invalid_query"


class DependencyCycle(Refused):
    """Issues would wait for each other. `details["path"]` holds the ids, the first one again at the end."""

    kind = "dependency_cycle"


class LaterChange(Refused):
    """A later change stands in the way of an undo. `details["revision"]` names it where it is known."""

    kind = "later_change"


class ChangedMeanwhile(Refused):
    """An issue is not any more as the request expects it. `details["id"]` names it."""

    kind = "changed_meanwhile"


class AlreadyExists(Refused):
    """What should be made is there already."""

    kind = "already_exists"


class NotInitialised(Refused):
    """The folder and those above it have no .issues/."""

    kind = "not_initialised"


class InvalidConfig(Refused):
    """config.toml can't be used as it stands. Details: `line` and `column`, 1-based."""

    kind = "invalid_config"

    @property
    def line(self) -> int:
        """The 1-based line of the problem."""
        return int(self.details.get("line", 1))

    @property
    def column(self) -> int:
        """The 1-based column of the problem."""
        return int(self.details.get("column", 1))


class StorageError(IssuelensError):
    """The database can't be used; nothing was changed."""

    kind = "storage"
    code = -32020


class DatabaseTooNew(StorageError):
    """The database was written by a newer Issuelens."""

    kind = "database_too_new"


class DatabaseCorrupt(StorageError):
    """SQLite can't read the database file."""

    kind = "database_corrupt"


class DatabaseFull(StorageError):
    """The disk has no room for the change."""

    kind = "database_full"


class DatabaseReadOnly(StorageError):
    """The database or its folder can't be written."""

    kind = "database_read_only"


class DatabaseBusy(StorageError):
    """Another program holds the database's lock."""

    kind = "database_busy"


class PlaceChanged(StorageError):
    """What stands where a daemon's files were is not what it opened; its successor takes what is there now."""

    kind = "place_changed"


class Unreachable(IssuelensError):
    """No daemon answers for this workspace, and none could be started."""

    kind = "unreachable"
    code = -32030
    exit_code = 3


class ConnectionLost(Unreachable):
    """The daemon went away before it answered; a write is repeated with the same key."""

    kind = "connection_lost"


class NotAnswered(Unreachable):
    """The daemon is there and has not answered in time, and may still do what was asked; or it serves too many."""

    kind = "not_answered"


class TooLarge(IssuelensError):
    """A request or an answer is larger than a message may be. With `details["revision"]`, the change was made."""

    kind = "too_large"
    code = -32040


class InternalError(IssuelensError):
    """A fault of ours. The daemon's log has the traceback."""

    kind = "internal"
    code = -32603


def _tree(base: type[IssuelensError]) -> dict[str, type[IssuelensError]]:
    found = {base.kind: base}
    for child in base.__subclasses__():
        found |= _tree(child)
    return found


def known_kinds() -> frozenset[str]:
    """The `kind` of every class here."""
    return frozenset(_tree(IssuelensError))


def from_kind(kind: str, message: str, details: dict[str, Any]) -> IssuelensError:
    """Builds the error that a peer reported.

    Args:
        kind: the `kind` of a class in this module; an unknown one gives IssuelensError.
        message: the peer's message, kept as it is.
        details: the peer's details.
    """
    cls = _tree(IssuelensError).get(kind, IssuelensError)
    error = cls.__new__(cls)
    IssuelensError.__init__(error, message, **details)
    return error
