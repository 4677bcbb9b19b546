"""An editor without a screen: it opens folders and files, shows lenses and diagnostics, applies the server's edits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from attrs import define, field

from issuelens.editor_client.connection import Connection, connected

CAPABILITIES: Final[dict[str, Any]] = {
    "general": {"positionEncodings": ["utf-16"]},
    "textDocument": {
        "codeLens": {},
        "hover": {"contentFormat": ["markdown", "plaintext"]},
        "publishDiagnostics": {"versionSupport": True},
        "synchronization": {"didSave": True},
    },
    "workspace": {
        "applyEdit": True,
        "workspaceEdit": {"documentChanges": True},
        "workspaceFolders": True,
        "codeLens": {"refreshSupport": True},
        "didChangeWatchedFiles": {"dynamicRegistration": True},
        "executeCommand": {},
    },
    "window": {"workDoneProgress": True},
}
"""What this editor can do: enough for every feature, without a screen. Whoever plays tells of changed files."""


@define(eq=False)
class Buffer:
    """An open file, as the editor has it."""

    uri: str
    path: Path
    text: str
    version: int = 1
    original: str = field(default="", init=False)

    def __attrs_post_init__(self) -> None:
        self.original = self.text


@define(eq=False)
class Editor:
    """The editor's state, and what a person can do in it."""

    connection: Connection
    buffers: dict[str, Buffer] = field(factory=dict)

    # Folders and files

    def open_folder(self, folder: Path) -> None:
        """Adds a folder to the workspace."""
        self._folders_change(added=[folder], removed=[])

    def close_folder(self, folder: Path) -> None:
        """Removes a folder from the workspace."""
        self._folders_change(added=[], removed=[folder])

    def _folders_change(self, added: Sequence[Path], removed: Sequence[Path]) -> None:
        event = {"added": [folder_shape(one) for one in added], "removed": [folder_shape(one) for one in removed]}
        self.connection.notify("workspace/didChangeWorkspaceFolders", {"event": event})

    def open_file(self, path: Path, language_id: str = "") -> Buffer:
        """Opens a file. Nothing that is done with it reaches the disk."""
        text = path.read_bytes().decode("utf-8", "replace")
        buffer = Buffer(path.as_uri(), path, text)
        self.buffers[buffer.uri] = buffer
        item = {"uri": buffer.uri, "languageId": language_id, "version": 1, "text": text}
        self.connection.notify("textDocument/didOpen", {"textDocument": item})
        return buffer

    def close_file(self, buffer: Buffer) -> None:
        """Closes a file."""
        del self.buffers[buffer.uri]
        self.connection.notify("textDocument/didClose", {"textDocument": {"uri": buffer.uri}})

    def replace_text(self, buffer: Buffer, text: str) -> None:
        """Types a whole new text into a buffer."""
        buffer.text = text
        buffer.version += 1
        named = {"uri": buffer.uri, "version": buffer.version}
        self.connection.notify("textDocument/didChange", {"textDocument": named, "contentChanges": [{"text": text}]})

    def files_changed(self, *paths: Path) -> None:
        """Tells of files that have changed on the disk."""
        changes = [{"uri": path.as_uri(), "type": 2} for path in paths]
        self.connection.notify("workspace/didChangeWatchedFiles", {"changes": changes})

    # What it shows

    async def lenses(self, buffer: Buffer) -> list[dict[str, Any]]:
        """The code lenses of a file."""
        found = await self.connection.request("textDocument/codeLens", {"textDocument": {"uri": buffer.uri}})
        return list(found or [])

    async def hover(self, buffer: Buffer, line: int, character: int) -> str | None:
        """The text shown when the pointer rests there."""
        params = {"textDocument": {"uri": buffer.uri}, "position": {"line": line, "character": character}}
        found = await self.connection.request("textDocument/hover", params)
        return str(found["contents"]["value"]) if found else None

    async def diagnostics(self, buffer: Buffer, since: int = 0) -> list[dict[str, Any]]:
        """The next diagnostics that the server sends for this version of the file."""
        params = await self.connection.wait_for(
            "textDocument/publishDiagnostics",
            lambda one: one["uri"] == buffer.uri and one.get("version") == buffer.version,
            since,
        )
        return list(params["diagnostics"])

    async def run(self, lens: Mapping[str, Any]) -> Any:
        """Clicks a lens."""
        command = lens["command"]
        return await self.command(command["command"], *command["arguments"])

    async def command(self, command: str, *arguments: Any) -> Any:
        """Runs a command; the verb alone is enough."""
        name = command if "." in command else f"issuelens.server.{command}"
        return await self.connection.request(
            "workspace/executeCommand", {"command": name, "arguments": list(arguments)}
        )

    async def status(self, trim: bool = False, trace: bool = False) -> dict[str, Any]:
        """What the server holds, with `trim` after a collection; `trace` has its allocations traced from now on."""
        return dict(await self.connection.request("issuelens/status", {"trim": trim, "trace": trace}))

    # What the server asks for

    def apply_edit(self, params: Any) -> dict[str, Any]:
        """Applies the server's edit to the buffers, as `workspace/applyEdit` asks."""
        for change in params["edit"].get("documentChanges", ()):
            named = change["textDocument"]
            buffer = self.buffers.get(named["uri"])
            if buffer is None:
                return {"applied": False, "failureReason": f"{named['uri']} is not open"}
            if named.get("version") not in (None, buffer.version):
                return {"applied": False, "failureReason": "the text has changed"}
            text = buffer.text
            for edit in sorted(change["edits"], key=lambda one: _place(one["range"]["start"]), reverse=True):
                text = _edited(text, edit)
            self.replace_text(buffer, text)
        return {"applied": True}


def _place(position: Mapping[str, int]) -> tuple[int, int]:
    return position["line"], position["character"]


def _edited(text: str, edit: Mapping[str, Any]) -> str:
    start, end = (_offset(text, edit["range"][name]) for name in ("start", "end"))
    return f"{text[:start]}{edit['newText']}{text[end:]}"


def _offset(text: str, position: Mapping[str, int]) -> int:
    start = 0
    for _ in range(position["line"]):
        start = text.index("\n", start) + 1
    units = text[start:].encode("utf-16-le")[: 2 * position["character"]]
    return start + len(units.decode("utf-16-le"))


def folder_shape(folder: Path) -> dict[str, str]:
    """A WorkspaceFolder."""
    return {"uri": folder.as_uri(), "name": folder.name}


async def initialize(
    connection: Connection, folders: Sequence[Path], capabilities: Mapping[str, Any] = CAPABILITIES, **more: Any
) -> None:
    """Greets a server, with these folders open and `more` fields in the InitializeParams."""
    named = [folder_shape(folder) for folder in folders]
    params = {"processId": None, "capabilities": capabilities, "workspaceFolders": named, **more}
    await connection.request("initialize", params)
    connection.notify("initialized", {})


@asynccontextmanager
async def editor(
    folders: Sequence[Path],
    *,
    environment: Mapping[str, str] | None = None,
    answers: Mapping[str, str] | None = None,
    settings: Mapping[str, Any] | None = None,
    capabilities: Mapping[str, Any] = CAPABILITIES,
) -> AsyncIterator[Editor]:
    """Starts an editor with its language server; leaving shuts the server down as an editor does.

    Args:
        folders: opened at the start.
        environment: variables set for the server.
        answers: words of a question -> the label of the button to press.
        settings: the user's section `issuelens`.
        capabilities: what the editor says it can do.
    """
    state: list[Editor] = []

    def choose(params: Any) -> dict[str, str] | None:
        for words, label in (answers or {}).items():
            if words in params["message"]:
                return {"title": label}
        return None

    handlers = {
        "workspace/applyEdit": lambda params: state[0].apply_edit(params),
        "workspace/configuration": lambda params: [settings for _ in params["items"]],
        "window/showMessageRequest": choose,
    }
    async with connected(handlers, environment=environment) as connection:
        state.append(Editor(connection))
        await initialize(
            connection,
            folders,
            capabilities,
            clientInfo={"name": "played editor"},
            initializationOptions={"settings": settings},
        )
        yield state[0]
        await connection.request("shutdown")
        connection.notify("exit")
        await asyncio.wait_for(connection.process.wait(), 30)
