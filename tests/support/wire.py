"""A language server's two pipes and nothing else: what is sent, in which order it answers, and when it is not read."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from enum import Enum
from pathlib import Path
from typing import Any

from issuelens.ipc.framing import FrameBuffer, frame

DEADLINE_SECONDS = 30


class Side(Enum):
    """Whose server: stock pygls, or ours."""

    STOCK = "tests/support/stock.py"
    OURS = "issuelens lsp"

    @property
    def command(self) -> tuple[str, ...]:
        """How it is started."""
        script = Path(__file__).with_name("stock.py")
        return (sys.executable, str(script)) if self is Side.STOCK else (sys.executable, "-m", "issuelens", "lsp")


class Wire:
    """The client's end. Nothing is read unless a method says so, and nothing is answered by itself."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self.process = process
        self._log = log
        self.said: list[dict[str, Any]] = []
        """What the server said, in order."""
        self._frames = FrameBuffer()
        self._next_id = 0

    def send(self, **shape: Any) -> None:
        """Sends one message."""
        assert self.process.stdin is not None
        self.process.stdin.write(frame(json.dumps({"jsonrpc": "2.0", **shape}).encode()))

    def notify(self, method: str, params: Any) -> None:
        """Sends a notification."""
        self.send(method=method, params=params)

    def ask(self, method: str, params: Any = None) -> int:
        """Sends a request; its id."""
        self._next_id += 1
        self.send(id=self._next_id, method=method, params=params)
        return self._next_id

    def execute(self, verb: str, argument: dict[str, Any]) -> int:
        """Sends a command of ours; its id."""
        params = {"command": f"issuelens.server.{verb}", "arguments": [argument]}
        return self.ask("workspace/executeCommand", params)

    def cancel(self, request_id: int) -> None:
        """Cancels a request."""
        self.notify("$/cancelRequest", {"id": request_id})

    # What the server says

    async def until(self, accepts: Callable[[dict[str, Any]], bool], since: int = 0) -> dict[str, Any]:
        """Reads until a message, after the first `since`, is accepted."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while True:
                for shape in self.said[since:]:
                    if accepts(shape):
                        return shape
                since = len(self.said)
                assert await self._read(), f"the server ended first: {self._log.read_text()[-2000:]}"

    async def _read(self) -> bool:
        assert self.process.stdout is not None
        chunk = await self.process.stdout.read(65_536)
        self.feed(chunk)
        return bool(chunk)

    def feed(self, chunk: bytes) -> None:
        """Takes bytes of the server that were read elsewhere."""
        self._frames.feed(chunk)
        while (content := self._frames.next()) is not None:
            self.said.append(json.loads(content))

    async def answer(self, request_id: int) -> dict[str, Any]:
        """The answer to a request, result or error."""
        return await self.until(lambda shape: "method" not in shape and shape.get("id") == request_id)

    async def result(self, method: str, params: Any = None) -> Any:
        """Sends a request; its result."""
        return (await self.answer(self.ask(method, params)))["result"]

    async def hear(self, method: str, accepts: Callable[[Any], bool] = lambda _: True) -> dict[str, Any]:
        """The first notification or request of this method whose params are accepted."""
        return await self.until(lambda shape: shape.get("method") == method and accepts(shape.get("params")))

    async def to_the_end(self) -> list[dict[str, Any]]:
        """Reads until the server closes its output; all it said."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while await self._read():
                pass
        return self.said

    def heard(self, method: str) -> list[Any]:
        """The params of what was read so far of this method."""
        return [shape.get("params") for shape in self.said if shape.get("method") == method]

    @property
    def answered(self) -> list[int]:
        """The ids answered so far, in order."""
        return [shape["id"] for shape in self.said if "method" not in shape]

    # Life

    async def initialize(self, *folders: Path, capabilities: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Begins; what the server says it can."""
        named = [{"uri": folder.as_uri(), "name": folder.name} for folder in folders]
        params = {"processId": None, "rootUri": None, "capabilities": capabilities or {}, "workspaceFolders": named}
        result = await self.result("initialize", params)
        self.notify("initialized", {})
        return dict(result["capabilities"])

    def open(self, uri: str, text: str) -> None:
        """Opens a document."""
        item = {"uri": uri, "languageId": "python", "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def change(self, uri: str, version: int, *changes: dict[str, Any]) -> None:
        """Changes a document."""
        named = {"uri": uri, "version": version}
        self.notify("textDocument/didChange", {"textDocument": named, "contentChanges": list(changes)})

    async def leave(self) -> int:
        """Shutdown and exit; the exit code."""
        await self.answer(self.ask("shutdown"))
        self.notify("exit", None)
        return await self.ended()

    async def ended(self) -> int:
        """Waits for its end; the exit code."""
        return await asyncio.wait_for(self.process.wait(), DEADLINE_SECONDS)


@asynccontextmanager
async def wire(
    side: Side, folder: Path, *options: str, environment: Mapping[str, str] | None = None, stderr: int | None = None
) -> AsyncIterator[Wire]:
    """Starts a server; it ends with the end of its input, or fails the test.

    Args:
        side: whose.
        folder: where its standard error is kept, unless `stderr` says otherwise.
        options: of the interpreter.
        environment: variables set in addition to ours.
        stderr: as in `asyncio.create_subprocess_exec`.
    """
    python, *words = side.command
    # What pygls does with warnings as errors, and with an output that is cut by a signal, is not what is tested.
    own = {"PYTHONWARNINGS": "ignore", "PYTHONUNBUFFERED": ""} if side is Side.STOCK else {}
    path = folder / f"{side.name}.log"
    with path.open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            python, *options, *words,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=stderr or log,
            env={**os.environ, **own, **(environment or {})},
        )  # fmt: skip
    one = Wire(process, path)
    try:
        yield one
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            await asyncio.wait_for(process.communicate(), DEADLINE_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
            raise
