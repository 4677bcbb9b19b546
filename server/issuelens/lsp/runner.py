"""Runs the language server over standard input and output, from the answered `initialize` to the exit code."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sys
from contextlib import AsyncExitStack
from typing import Any

from issuelens.ipc.framing import PARSE_ERROR, BrokenFrame, FrameBuffer, error_message
from issuelens.logs import log_to_stderr
from issuelens.lsp import commands, features
from issuelens.lsp.server import Server
from issuelens.lsp.stdio import standard_input, standard_output

logger = logging.getLogger(__name__)


def run(params: dict[str, Any], rest: bytes) -> int:
    """Serves until the editor leaves.

    Args:
        params: the InitializeParams, answered already.
        rest: what the editor sent after its `initialize`.

    Returns:
        The exit code.
    """
    log_to_stderr()
    return asyncio.run(_serve(params, rest))


async def _serve(params: dict[str, Any], rest: bytes) -> int:
    async with AsyncExitStack() as stack:
        lost: list[Server] = []
        output = await stack.enter_async_context(standard_output(lambda reason: _client_lost(lost, reason)))
        server = await stack.enter_async_context(Server(params))
        lost.append(server)
        server.protocol.send_through(output.write)
        features.register(server)
        commands.register(server)
        _stop_on_signals(server, stack)
        # What was loaded so far stays for good: the collector need not look at it again.
        gc.collect()
        gc.freeze()
        gc.enable()
        receiver = _Receiver(server, output.write)
        receiver.take(rest)
        await stack.enter_async_context(standard_input(receiver.take, receiver.end))
        return await server.exit_code


def _client_lost(servers: list[Server], reason: str) -> None:
    for server in servers:
        if not server.exit_code.done():
            logger.warning("the editor is gone: %s", reason)
        server.stop(1)


def _stop_on_signals(server: Server, stack: AsyncExitStack) -> None:
    if sys.platform == "win32":
        return  # the event loop has no signal handlers there; the editor closes standard input
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop, 0)
        stack.callback(loop.remove_signal_handler, number)


class _Receiver:
    """Turns the editor's bytes into messages for the server."""

    def __init__(self, server: Server, write: Any) -> None:
        self._server = server
        self._write = write
        self._frames = FrameBuffer()

    def take(self, content: bytes) -> None:
        """Handles the messages that these bytes complete."""
        self._frames.feed(content)
        try:
            while not self._server.exit_code.done() and (message := self._frames.next()) is not None:
                self._server.protocol.receive(message)
        except BrokenFrame as error:
            logger.error("the editor's messages can't be read: %s", error)
            self._write(error_message(None, PARSE_ERROR, f"The messages can't be read: {error}."))
            self._server.stop(1)

    def end(self) -> None:
        """The editor closed its output: 0 after shutdown, else 1."""
        self._server.protocol.lsp_exit()
