"""JSON-RPC with a language server in a child process. One owner: the process ends with the `async with`."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from issuelens.domain.errors import IssuelensError
from issuelens.ipc.framing import FrameBuffer, frame
from issuelens.process import PYTHON

DEADLINE_SECONDS: Final = 30.0
"""How long an answer or a notification may take before the wait fails."""

Handler = Callable[[Any], Any]


class ServerFailed(IssuelensError):
    """The language server answered with an error, or went away."""

    kind = "server_failed"


class Connection:
    """The client's end of a language server."""

    def __init__(self, process: asyncio.subprocess.Process, handlers: Mapping[str, Handler]) -> None:
        self.process = process
        self._handlers = handlers
        self._next_id = 0
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._arrived = asyncio.Condition()
        self.notifications: list[tuple[str, Any]] = []
        """What the server said, in order."""

    @property
    def pid(self) -> int:
        """The server's process id."""
        return self.process.pid

    def send(self, shape: dict[str, Any]) -> None:
        """Sends a message."""
        assert self.process.stdin is not None
        self.process.stdin.write(frame(json.dumps({"jsonrpc": "2.0", **shape}).encode()))

    def notify(self, method: str, params: Any = None) -> None:
        """Sends a notification."""
        self.send({"method": method} | ({"params": params} if params is not None else {}))

    async def request(self, method: str, params: Any = None, timeout: float = DEADLINE_SECONDS) -> Any:
        """Sends a request and gives its result.

        Raises:
            ServerFailed: when the answer is an error, or the server ends first.
            TimeoutError: when no answer comes in time.
        """
        return await asyncio.wait_for(self.start_request(method, params), timeout)

    def start_request(self, method: str, params: Any = None) -> asyncio.Future[Any]:
        """Sends a request; the future gets its result."""
        self._next_id += 1
        answer = asyncio.get_running_loop().create_future()
        self._answers[self._next_id] = answer
        shape = {"id": self._next_id, "method": method} | ({"params": params} if params is not None else {})
        self.send(shape)
        return answer

    async def wait_for(self, method: str, accepts: Callable[[Any], bool] = lambda _params: True, since: int = 0) -> Any:
        """The params of the first notification or server request of this method that is accepted.

        Args:
            method: its method.
            accepts: says whether these params are what is waited for.
            since: how many of `notifications` to pass over.

        Raises:
            TimeoutError: when none comes in time.
        """
        async with asyncio.timeout(DEADLINE_SECONDS), self._arrived:
            while True:
                for name, params in self.notifications[since:]:
                    if name == method and accepts(params):
                        return params
                since = len(self.notifications)
                await self._arrived.wait()

    async def read(self) -> None:
        """Takes what the server says, until it ends."""
        assert self.process.stdout is not None
        frames = FrameBuffer()
        while chunk := await self.process.stdout.read(65_536):
            frames.feed(chunk)
            while (content := frames.next()) is not None:
                await self._take(json.loads(content))
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(ServerFailed("The language server ended before it answered."))

    async def _take(self, shape: dict[str, Any]) -> None:
        if "method" not in shape:
            self._answered(shape)
            return
        handler = self._handlers.get(shape["method"])
        result = handler(shape.get("params")) if handler else None
        if "id" in shape:
            self.send({"id": shape["id"], "result": result})
        async with self._arrived:
            self.notifications.append((shape["method"], shape.get("params")))
            self._arrived.notify_all()

    def _answered(self, shape: dict[str, Any]) -> None:
        answer = self._answers.pop(shape.get("id", 0), None)
        if answer is None or answer.done():
            return
        if "error" in shape:
            answer.set_exception(ServerFailed(shape["error"]["message"], **(shape["error"].get("data") or {})))
        else:
            answer.set_result(shape["result"])


@asynccontextmanager
async def connected(
    handlers: Mapping[str, Handler],
    *,
    command: Sequence[str] = (*PYTHON, "-m", "issuelens", "lsp"),
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[Connection]:
    """Starts a language server; leaving ends it, by force when it does not end by itself.

    Args:
        handlers: method -> what answers the server's requests and hears its notifications.
        command: how to start it.
        environment: variables set in addition to ours.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **(environment or {})},
        limit=1 << 20,
    )
    connection = Connection(process, handlers)
    reading = asyncio.get_running_loop().create_task(connection.read())
    try:
        yield connection
    finally:
        await _ended(process)
        reading.cancel()
        await asyncio.wait([reading])


async def _ended(process: asyncio.subprocess.Process) -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), DEADLINE_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
