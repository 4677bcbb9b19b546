"""A clone with whoever changes issues in it: clients of its daemon, and other tools that write the file."""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from enum import StrEnum
from typing import Any, Final

import psutil
from attrs import define, field

from issuelens.domain.errors import Refused, Unreachable
from issuelens.ipc import launch, methods, oneshot
from issuelens.ipc.endpoint import read_endpoint
from reliability.clones.edits import Edits
from reliability.clones.ledger import Ledger, Record
from reliability.clones.repository import Repository, command

_FIELDS: Final = ("title", "description", "design", "notes", "acceptance_criteria", "assignee", "external_ref")
_WAY: Final = oneshot.Way(client="clones")


class Kind(StrEnum):
    """How a clone keeps its file and its database together."""

    AUTOMATIC = "automatic"
    BY_HAND = "by hand"
    """`issuelens sync` before a commit and after a pull."""
    UNAWARE = "no driver"
    """As BY_HAND, but git is not set up to merge, so that it leaves conflict markers."""
    FILE = "file only"
    """There is no daemon: another tool writes the file."""


@define
class Clone:
    """One clone.

    Args:
        name: of it, in all that is written there.
        ledger: told of what was acknowledged.
    """

    name: str
    kind: Kind
    repository: Repository
    ledger: Ledger
    edits: Edits
    chance: random.Random
    step: int = 0
    kills: int = 0
    writes: int = 0
    by_hand: int = 0
    _revisions: set[int] = field(factory=set)

    @property
    def has_daemon(self) -> bool:
        """Whether there is one."""
        return self.kind is not Kind.FILE

    @property
    def who(self) -> str:
        """Who does what is done now."""
        return f"{self.name} in step {self.step}"

    # Clients

    def ask(self, method: str, **params: Any) -> Any:
        """What the daemon answers; it is started when there is none."""
        return oneshot.call_or_start(self.repository.space, method, params, _WAY)

    def write(self, known: list[str]) -> str:
        """Has a client or, where there is no daemon, another tool change something; what it was."""
        if not self.has_daemon:
            return self.edit_file()
        there = [one for one in self.chance.sample(known, min(3, len(known))) if self._record(one)]
        if not there or self.chance.random() < 0.1:
            return self._create()
        before = self._record(there[0])
        assert before is not None
        method, params = self._chosen(before)
        return self._written(method, before, params)

    def _record(self, issue_id: str) -> Record | None:
        with suppress(Refused):
            found: Record = self.ask(methods.GET, ids=[issue_id])["issues"][0]
            return found
        return None

    def _create(self) -> str:
        return self._written(methods.CREATE, None, {"title": self.edits.unique(), "notes": self.edits.unique()})

    def _written(self, method: str, before: Record | None, params: Mapping[str, Any]) -> str:
        """Writes, with a daemon that is killed meanwhile at times."""
        killer = self._killer()
        try:
            answer = self.ask(method, **params, key=uuid.uuid4().hex, actor=self.name)
        except Refused as error:
            return f"{method} {dict(params)}: refused: {error.message[:80]}"
        finally:
            if killer is not None:
                killer.join()
        self.writes += 1
        for issue in answer["issues"]:
            old = before if before and before["id"] == issue["id"] else None
            self.ledger.note(old, issue, f"{self.who} ({method})")
        if answer.get("event"):
            self._revisions.add(answer["event"]["revision"])
        return f"{method} {dict(params)}"

    def _killer(self) -> threading.Timer | None:
        if self.chance.random() >= 0.02:
            return None
        timer = threading.Timer(self.chance.random() * 0.02, self.kill)
        timer.start()
        return timer

    def kill(self) -> None:
        """Kills the daemon."""
        endpoint = read_endpoint(self.repository.space)
        if endpoint is None:
            return
        with suppress(ProcessLookupError, psutil.NoSuchProcess):
            process = psutil.Process(endpoint.pid)
            os.kill(endpoint.pid, signal.SIGKILL)
            process.wait(30)
            self.kills += 1

    def _chosen(self, issue: Record) -> tuple[str, dict[str, Any]]:
        """A change that is possible."""
        word, ids = self.edits.unique(), {"ids": [issue["id"]]}
        if issue["status"] == "tombstone":
            return methods.RESTORE, ids
        found: list[tuple[str, dict[str, Any]]] = [
            *((methods.UPDATE, ids | {self.chance.choice(_FIELDS): word}) for _ in range(5)),
            (methods.UPDATE, ids | {"estimated_minutes": self.chance.randrange(1, 10**9)}),
            *((methods.UPDATE, ids | {"add_labels": [word]}) for _ in range(2)),
            (methods.UPDATE, ids | {"set_metadata": {self.chance.choice("abcd"): word}}),
            *((methods.COMMENT, ids | {"text": word}) for _ in range(2)),
            (methods.UNDO, {"steps": 1}),
            (methods.DELETE, ids) if self.chance.random() < 0.4 else (methods.START, ids),
            (methods.CLOSE, ids | {"reason": word}) if issue["status"] != "closed" else (methods.REOPEN, ids),
            *self._about_parts(issue, word),
        ]
        return self.chance.choice(found)

    def _about_parts(self, issue: Record, word: str) -> Iterator[tuple[str, dict[str, Any]]]:
        ids = {"ids": [issue["id"]]}
        for label in issue["labels"][:1]:
            yield methods.UPDATE, ids | {"remove_labels": [label]}
        for one in issue["comments"][-1:]:
            yield methods.EDIT_COMMENT, {"id": issue["id"], "comment": one["id"], "text": word}
            yield methods.DELETE_COMMENT, {"id": issue["id"], "comment": one["id"]}
        for one in issue["dependencies"][:1]:
            yield methods.REMOVE_DEPENDENCIES, ids | {"depends_on": [one["depends_on_id"]]}
        others = [one for one in self.edits.known if one != issue["id"]]
        if others:
            yield methods.ADD_DEPENDENCIES, ids | {"depends_on": [self.chance.choice(others)], "type": "related"}
        for key in sorted(issue.get("metadata", {}))[:1]:
            yield methods.UPDATE, ids | {"unset_metadata": [key]}

    # Another tool

    def edit_file(self) -> str:
        """Changes a line of the file, as another tool does, or adds one."""
        file = self.repository.file
        lines = file.read_bytes().splitlines() if file.exists() else []
        known = {}
        for number, line in enumerate(lines):
            with suppress(ValueError):
                known[number] = json.loads(line)
        if known and self.chance.random() < 0.85:
            number = self.chance.choice(sorted(known))
            before, after = known[number], self.edits.changed(known[number])
            lines[number] = _line(after)
        else:
            before, after = None, self.edits.created([one["id"] for one in known.values()])
            lines.append(_line(after))
        part = file.with_suffix(".part")
        part.write_bytes(b"".join(one + b"\n" for one in lines))
        part.replace(file)
        self.by_hand += 1
        self.ledger.note(before, after, f"{self.who} (in the file)")
        return f"writes the line {_line(after).decode()}"

    def lines(self) -> list[Record]:
        """The issues of the file."""
        return [json.loads(line) for line in self.repository.file.read_bytes().splitlines()]

    # The file and the database

    def together(self) -> None:
        """Brings the file and the database together, as the clone does it."""
        if self.kind is Kind.AUTOMATIC:
            state = self.ask(methods.SETTLE)
            if state["state"] == "failed":
                raise RuntimeError(f"{self.name}: {state['error']}")
        elif self.has_daemon:
            self.sync()

    def sync(self) -> None:
        """`issuelens sync --no-git`, by a client or as the command."""
        if self.chance.random() < 0.05:
            command(self.repository.root, "sync", "--no-git")
        else:
            self.ask(methods.SYNC, key=uuid.uuid4().hex)

    # The end

    def close(self) -> None:
        """Ends the daemon; one without has it, too, when it has made a file clean at which git had stopped."""
        with suppress(Unreachable):
            launch.stop(self.repository.space)

    def tell(self) -> Iterator[str]:
        """Tells the ledger what was told of conflicts here, and what changes have replaced; the problems."""
        told = self.repository.told
        for line in told.read_text(encoding="utf-8").splitlines() if told.exists() else ():
            for one in json.loads(line)["conflicts"]:
                self.ledger.note_conflict(one["issue_id"], one["field"], one["kept"], one["other"])
        if not self.has_daemon:
            return
        for one in self.ask(methods.CONFLICTS, settled=True)["conflicts"]:
            self.ledger.note_conflict(one["issue_id"], one["field"], one["kept"], one["other"])
        entries = self.ask(methods.HISTORY)["entries"]
        missing = self._revisions - {one["event"]["revision"] for one in entries}
        if missing:
            yield f"{self.name}: {len(missing)} acknowledged changes are not in the history"
        for entry in entries:
            if entry["event"]["operation"] not in ("sync", "import"):
                for change in entry["changes"]:
                    self.ledger.note_replaced(change["before"], change["after"])


def _line(record: Record) -> bytes:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()
