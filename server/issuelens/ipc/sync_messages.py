"""Messages about issues.jsonl and the database."""

from __future__ import annotations

from typing import Any, Final

from attrs import frozen

OWN_CLIENT: Final = "daemon"
"""Whose syncs are those that nobody asked for; the daemon tells of them apart."""


@frozen(kw_only=True)
class SyncFile:
    """Merge the workspace's issues.jsonl in, then write it again. `partial` takes a file that was cut off."""

    partial: bool = False


@frozen(kw_only=True)
class SyncReport:
    """What a sync did: actions counted; what was settled; issues in the file; whether it had to be written.

    Actions: created, updated, kept (nothing of the file's line was taken), unchanged (the line is as sync last read or
    wrote it, or says what the issue says here), aside. A conflict, `{issue_id, field, kept, other}`, is a field that
    was changed here and in the file, the value that stays, and the other one. `aside` names the file with the reasons
    for lines that can't be read; the lines themselves stay at the end of issues.jsonl.
    """

    imported: dict[str, int]
    conflicts: list[dict[str, Any]]
    exported: int
    wrote: bool
    path: str
    revision: int
    aside: str | None = None


@frozen(kw_only=True)
class ListConflicts:
    """Read the conflicts that nobody has decided about, the oldest first; with `settled`, all that are kept.

    `ids` names the issues (None: all); `limit` None means no limit.
    """

    ids: tuple[str, ...] | None = None
    settled: bool = False
    limit: int | None = None


@frozen(kw_only=True)
class Conflicts:
    """The answer to ListConflicts.

    Each is `{number, issue_id, title, field, kept, other, mine, revision, at, settled, settled_by}`: the value that
    stays and the other one, as in issues.jsonl; which was this machine's (`kept`, `other`, null when that is not
    known); the operation that merged; how it was settled, and by which revision (null while it is open). `open` counts
    all.
    """

    conflicts: list[dict[str, Any]]
    open: int
    revision: int


@frozen(kw_only=True)
class Settle:
    """Do what automatic sync has put off. `only_look`: take in what another program has changed, if it has."""

    only_look: bool = False


@frozen(kw_only=True)
class GitState:
    """How issues stand to git, where the daemon commits them by itself.

    `state`: off, running, refused with the reason in `text`, else that of the last step, which `text` tells: done,
    nothing or left out. `at`: when it was done last.
    """

    state: str = "off"
    at: str | None = None
    text: str | None = None


@frozen(kw_only=True)
class SyncState:
    """How issues.jsonl and the database stand to each other.

    `state`: current, running or failed, with the reason in `error`. `at`: when they were brought together last.
    `conflicts`: how many fields that both sides had changed were settled since the daemon began. `git`: what of it is
    committed and pushed by itself.
    """

    state: str
    at: str | None = None
    conflicts: int = 0
    error: str | None = None
    git: GitState = GitState()
