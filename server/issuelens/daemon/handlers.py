"""What the daemon answers. Writes are here; reads, transfer, code and upkeep are rooms of their own, with one table."""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from attrs import define, evolve, field

from issuelens.daemon.checking import Checking
from issuelens.daemon.closing import Closing
from issuelens.daemon.code import CodeReading
from issuelens.daemon.code_history import CodeHistory
from issuelens.daemon.configuration import Configuration
from issuelens.daemon.conflicts import ConflictReading
from issuelens.daemon.git_sync import GitSync, git_sync_seconds
from issuelens.daemon.progress import threadsafe_progress
from issuelens.daemon.reading import Handler, Reading
from issuelens.daemon.sharing import Sharing
from issuelens.daemon.syncing import Syncing
from issuelens.daemon.transfer import Transfer, request_of
from issuelens.daemon.upkeep import Upkeep
from issuelens.daemon.writer import Writer
from issuelens.domain.errors import InternalError, IssuelensError, Refused
from issuelens.domain.fields import checked_key, checked_name
from issuelens.domain.moment import timestamp
from issuelens.domain.operation import CreateIssue, Event, Operation, Outcome
from issuelens.domain.shape import issue_to_json
from issuelens.ipc import messages, methods
from issuelens.ipc.converter import Messages
from issuelens.ipc.messages import OPERATIONS, WriteContext
from issuelens.ipc.sync_messages import OWN_CLIENT, Settle, SyncFile, SyncState
from issuelens.storage import history, reads
from issuelens.tracker.operations import OperationContext, perform, rehearse
from issuelens.workspace import Workspace

logger = logging.getLogger(__name__)

_WITH_QUERY: Final = (methods.LIST, methods.BLOCKED, methods.EPICS, methods.DUPLICATES, methods.EXPORT)
"""Methods beside the writes whose query may ask where ids stand in the code."""


@define(eq=False)
class Handlers:
    """The methods about issues.

    Args:
        workspace: whose issues.
        writer: does the writes.
        reading: does the reads.
        upkeep: keeps what is derived from settings and history.
        code: knows where ids stand in the code.
        code_history: knows who wrote it, and what came and went.
        tell_sync: hears how issues.jsonl and the database stand to each other.
        actor: who acts when a request does not say.
    """

    workspace: Workspace
    configuration: Configuration
    writer: Writer
    reading: Reading
    upkeep: Upkeep
    code: CodeReading
    code_history: CodeHistory
    actor: str
    tell_sync: Callable[[SyncState], None]
    sharing: Sharing = field(init=False)
    git_sync: GitSync = field(init=False)
    _messages: Messages = field(factory=Messages)

    def __attrs_post_init__(self) -> None:
        syncing = Syncing(self.workspace, self.writer, self.reading, self.context)
        closing = Closing(self.workspace, self.configuration, self.writer, self.reading, self.context)
        self.sharing = Sharing(self.configuration, syncing, closing, lambda _state: self.tell_sync(self.sync_state))
        self.git_sync = GitSync(
            self.workspace, self._bring_together, lambda: self.tell_sync(self.sync_state), git_sync_seconds()
        )

    @property
    def sync_state(self) -> SyncState:
        """How issues.jsonl, the database and git stand to each other."""
        return evolve(self.sharing.state, git=self.git_sync.state)

    def changed(self, *events: Event) -> None:
        """Something was committed to the database."""
        self.sharing.changed(*events)
        if any(one.operation != history.SYNC for one in events):
            self.git_sync.changed()

    async def close(self) -> None:
        """Ends what goes on by itself, when what is to be written is written. A second call does nothing."""
        await self.git_sync.close()
        await self.sharing.close()

    async def _bring_together(self) -> dict[str, Any]:
        written = WriteContext(key=f"sync {uuid.uuid4().hex}")
        report = await self.sharing.syncing.bring_together(SyncFile(), written, OWN_CLIENT, is_whole=False)
        return {"wrote": report.wrote}

    def table(self) -> dict[str, Handler]:
        """Method -> handler."""
        transfer = Transfer(self.workspace, self.writer, self.reading, self.context)
        syncing = self.sharing.syncing
        checking = Checking(self.workspace, self.writer, self.reading)
        conflicts = ConflictReading(self.reading)
        rooms = (self.reading, self.code, self.code_history, transfer, syncing, checking, conflicts)
        table = {method: handler for room in rooms for method, handler in room.table().items()}
        for method in _WITH_QUERY:
            table[method] = self.code.fresh(table[method])
        for method, operation in OPERATIONS.items():
            table[method] = self._writing(operation)
        table[methods.SETTLE] = self._settle
        return table

    async def _settle(self, params: Any, _client: str) -> Any:
        only_look = self._messages.read(params, Settle).only_look
        await self.sharing.settled(only_look=only_look)
        return self._messages.write(self.sync_state)

    def _writing(self, cls: type[Operation]) -> Handler:
        async def handle(params: Any, client: str) -> Any:
            operation, written = request_of(self._messages, params, cls)
            context = await self.context(written, client, needs_prefix=cls is CreateIssue)
            await self.code.fresh_for(getattr(operation, "query", None))
            do = rehearse if written.dry_run else perform
            outcome = await self.writer.write(lambda connection: do(connection, operation, context))
            return self._messages.write(await self._written(outcome, is_dry=written.dry_run))

        return handle

    async def _written(self, outcome: Outcome, *, is_dry: bool) -> messages.Written:
        before = [None if one is None else issue_to_json(one) for one in outcome.before] if is_dry else None
        return messages.Written(
            issues=[issue_to_json(issue) for issue in outcome.issues],
            revision=outcome.event.revision if outcome.event else await self.reading.read(reads.current_revision),
            event=outcome.event,
            repeated=outcome.repeated,
            before=before,
        )

    async def context(self, written: WriteContext, client: str, *, needs_prefix: bool) -> OperationContext:
        """What an operation is done with, after the settings it depends on were looked at.

        Raises:
            InvalidConfig: when an id has to be made and the prefix can't be read.
        """
        prefix = self.configuration.current().prefix if needs_prefix else self.configuration.prefix_or_none()
        return OperationContext(
            key=checked_key(written.key),
            actor=checked_name("actor", written.actor) if written.actor else self.actor,
            client=client,
            now=timestamp(datetime.now(UTC)),
            prefix=prefix,
            random_bytes=os.urandom,
            statuses=await self.upkeep.statuses(),
            progress=threadsafe_progress(),
        )


def in_our_words(error: Exception, workspace: Workspace, facts: dict[str, Any]) -> IssuelensError:
    """The error to answer with. A fault of ours goes to the log with its traceback, one of the storage by its kind.

    Args:
        error: what was raised.
        workspace: whose daemon answers.
        facts: the request's method and client, for the log.
    """
    if isinstance(error, Refused):
        return error
    if isinstance(error, IssuelensError):
        logger.warning("a request failed", extra={"kind": error.kind, **facts})
        return error
    logger.error("a request failed", exc_info=error, extra={"kind": InternalError.kind, **facts})
    return InternalError(
        f"A fault in the daemon ({type(error).__name__}); nothing was changed. {workspace.daemon_log} has the details."
    )
