"""What the daemon answers: each method converts its params, calls `tracker` or a read of `storage`, converts back."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from datetime import UTC, datetime
from typing import Any, TypeVar

from attrs import define, field

from issuelens.daemon.writer import Writer
from issuelens.domain.config import Config
from issuelens.domain.errors import InternalError, InvalidConfig, IssuelensError, UnknownIssue
from issuelens.domain.issue import checked_name, issue_to_json, timestamp
from issuelens.domain.operation import CreateIssue, Operation
from issuelens.ipc import messages
from issuelens.ipc.converter import Messages
from issuelens.ipc.messages import OPERATIONS, WriteContext
from issuelens.storage import reads
from issuelens.storage.database import Reader
from issuelens.tracker.operations import OperationContext, perform
from issuelens.workspace import Workspace

logger = logging.getLogger(__name__)

_Result = TypeVar("_Result")
Handler = Callable[[Any, str], Awaitable[Any]]
"""Takes plain params and the client's name; gives a plain result."""


@define(eq=False)
class Handlers:
    """The methods about issues.

    Args:
        workspace: whose issues.
        writer: does the writes.
        reader: does the reads, in `reader_thread`.
        actor: who acts when a request does not say.
    """

    workspace: Workspace
    writer: Writer
    reader: Reader
    reader_thread: Executor
    actor: str
    _messages: Messages = field(factory=Messages)
    _config: tuple[int, Config] | None = None

    def table(self) -> dict[str, Handler]:
        """Method -> handler."""
        table: dict[str, Handler] = {
            messages.GET: self._get,
            messages.LIST: self._list,
            messages.HISTORY: self._history,
        }
        for method, operation in OPERATIONS.items():
            table[method] = self._writing(operation)
        return table

    # Writes

    def _writing(self, cls: type[Operation]) -> Handler:
        async def handle(params: Any, client: str) -> Any:
            operation, context = self._request(params, cls)
            prefix = self._prefix() if cls is CreateIssue else ""
            operation_context = OperationContext(
                key=context.key,
                actor=checked_name("actor", context.actor) if context.actor else self.actor,
                client=client,
                now=timestamp(datetime.now(UTC)),
                prefix=prefix,
                random_bytes=os.urandom,
            )
            outcome = await self.writer.write(lambda connection: perform(connection, operation, operation_context))
            revision = outcome.event.revision if outcome.event else await self.read(reads.current_revision)
            return self._messages.write(
                messages.Written(
                    issues=[issue_to_json(issue) for issue in outcome.issues],
                    revision=revision,
                    event=outcome.event,
                    repeated=outcome.repeated,
                )
            )

        return handle

    def _request(self, params: Any, cls: type[Operation]) -> tuple[Operation, WriteContext]:
        """An operation and what every write carries, from the params of both."""
        params = params if isinstance(params, dict) else {}
        own = {name: params[name] for name in ("key", "actor") if name in params}
        rest = {name: value for name, value in params.items() if name not in own}
        context = self._messages.read(own, WriteContext)
        return self._messages.read(rest, cls), context

    def _prefix(self) -> str:
        """The prefix of new ids, as config.toml has it now.

        Raises:
            InvalidConfig: when it can't be read; no id is made then.
        """
        try:
            changed = self.workspace.config_file.stat().st_mtime_ns
        except OSError as error:
            raise InvalidConfig(f"{self.workspace.config_file} can't be read: {error.strerror}.") from error
        if self._config is None or self._config[0] != changed:
            self._config = (changed, self.workspace.read_config())
        return self._config[1].prefix

    # Reads

    async def _get(self, params: Any, _client: str) -> Any:
        wanted = self._messages.read(params, messages.GetIssues).ids

        def read(connection: Any) -> messages.Issues:
            found = reads.get_issues(connection, wanted)
            for issue_id in wanted:
                if issue_id not in found:
                    raise UnknownIssue.named(issue_id)
            shapes = [issue_to_json(found[issue_id]) for issue_id in wanted]
            return messages.Issues(issues=shapes, revision=reads.current_revision(connection))

        return self._messages.write(await self.read(read))

    async def _list(self, params: Any, _client: str) -> Any:
        chosen = self._messages.read(params, messages.ListIssues).filter

        def read(connection: Any) -> messages.Issues:
            shapes = [issue_to_json(issue) for issue in reads.list_issues(connection, chosen)]
            return messages.Issues(issues=shapes, revision=reads.current_revision(connection))

        return self._messages.write(await self.read(read))

    async def _history(self, params: Any, _client: str) -> Any:
        wanted = self._messages.read(params, messages.ListHistory)

        def read(connection: Any) -> messages.History:
            if wanted.id is not None and not reads.get_summaries(connection, [wanted.id]):
                raise UnknownIssue.named(wanted.id)
            return messages.History(entries=reads.list_history(connection, wanted.id, wanted.limit))

        return self._messages.write(await self.read(read))

    async def read(self, function: Callable[..., _Result]) -> _Result:
        """What a read of `storage` gives, in the reading thread."""
        return await asyncio.get_running_loop().run_in_executor(self.reader_thread, self.reader.read, function)


def in_our_words(error: Exception, workspace: Workspace) -> IssuelensError:
    """The error to answer with; a fault of ours goes to the log with its traceback."""
    if isinstance(error, IssuelensError):
        return error
    logger.error("a request failed", exc_info=error)
    return InternalError(
        f"A fault in the daemon ({type(error).__name__}); nothing was changed. {workspace.daemon_log} has the details."
    )
