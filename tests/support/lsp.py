"""Editors for tests: pytest-lsp's client against the real server process, with what an editor adds to it."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient
from pytest_lsp.client import make_test_lsp_client

DEADLINE_SECONDS = 30
SERVER = [sys.executable, "-m", "issuelens", "lsp"]


def capabilities(
    *, pull: bool = False, refresh: bool = True, apply_edit: bool = True, watch: bool = True, relative: bool = False
) -> types.ClientCapabilities:
    """What the editor says it can do."""
    return types.ClientCapabilities(
        window=types.WindowClientCapabilities(work_done_progress=True),
        general=types.GeneralClientCapabilities(position_encodings=[types.PositionEncodingKind.Utf16]),
        text_document=types.TextDocumentClientCapabilities(
            code_lens=types.CodeLensClientCapabilities(),
            hover=types.HoverClientCapabilities(content_format=[types.MarkupKind.Markdown]),
            code_action=types.CodeActionClientCapabilities(
                code_action_literal_support=types.ClientCodeActionLiteralOptions(
                    types.ClientCodeActionKindOptions(
                        [
                            types.CodeActionKind.QuickFix,
                            types.CodeActionKind.RefactorRewrite,
                            types.CodeActionKind.RefactorExtract,
                            types.CodeActionKind.Source,
                        ]
                    )
                ),
                is_preferred_support=True,
                data_support=True,
                resolve_support=types.ClientCodeActionResolveOptions(["edit"]),
            ),
            completion=types.CompletionClientCapabilities(
                completion_item=types.ClientCompletionItemOptions(
                    label_details_support=True,
                    documentation_format=[types.MarkupKind.Markdown],
                    tag_support=types.CompletionItemTagOptions([types.CompletionItemTag.Deprecated]),
                    resolve_support=types.ClientCompletionItemResolveOptions(["documentation"]),
                )
            ),
            document_link=types.DocumentLinkClientCapabilities(tooltip_support=True),
            document_symbol=types.DocumentSymbolClientCapabilities(hierarchical_document_symbol_support=True),
            rename=types.RenameClientCapabilities(prepare_support=True),
            publish_diagnostics=types.PublishDiagnosticsClientCapabilities(
                version_support=True,
                related_information=True,
                code_description_support=True,
                tag_support=types.ClientDiagnosticsTagOptions([types.DiagnosticTag.Deprecated]),
            ),
            diagnostic=types.DiagnosticClientCapabilities() if pull else None,
            synchronization=types.TextDocumentSyncClientCapabilities(did_save=True),
        ),
        workspace=types.WorkspaceClientCapabilities(
            apply_edit=apply_edit,
            workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=True),
            workspace_folders=True,
            did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(
                dynamic_registration=watch, relative_pattern_support=relative
            ),
            file_operations=types.FileOperationClientCapabilities(did_create=True, did_rename=True, did_delete=True),
            code_lens=types.CodeLensWorkspaceClientCapabilities(refresh_support=refresh),
            diagnostics=types.DiagnosticWorkspaceClientCapabilities(refresh_support=refresh),
        ),
    )


class Editor:
    """One editor: its client, its buffers, and what the server told it."""

    def __init__(self, client: LanguageClient) -> None:
        self.client = client
        self.texts: dict[str, str] = {}
        self.versions: Counter[str] = Counter()
        self.heard: list[tuple[str, Any]] = []
        self.press: dict[str, str] = {}
        """Words of a question -> the button to press."""
        self.progress: dict[object, list[Any]] = {}
        """What was said of each progress, by its token."""
        self.cancels_progress: str | None = None
        """Words of the titles of what is cancelled as soon as its progress has begun; None cancels nothing."""
        self.refuse_edits: str | None = None
        """Why the next edits are refused; None applies them."""
        self.when_asked: Callable[[], None] = lambda: None
        """Done before a question is answered, as by a person who goes on typing."""
        self.before_edit: Callable[[], None] = lambda: None
        """Done once, before the next edit is made, as by a person who types at that moment."""
        self._change = asyncio.Condition()
        self._told: set[asyncio.Task[None]] = set()
        self._listen()

    @property
    def pid(self) -> int:
        """The server's process id."""
        assert self.client._server is not None
        return self.client._server.pid

    @property
    def process(self) -> asyncio.subprocess.Process:
        """The server's process."""
        assert self.client._server is not None
        return self.client._server

    # What the server says

    def _listen(self) -> None:
        answers: dict[str, Callable[[Any], Any]] = {
            types.WORKSPACE_APPLY_EDIT: self._apply_edit,
            types.WINDOW_SHOW_MESSAGE_REQUEST: self._choose,
            types.WORKSPACE_CODE_LENS_REFRESH: lambda _: None,
            types.WORKSPACE_DIAGNOSTIC_REFRESH: lambda _: None,
            types.WORKSPACE_INLAY_HINT_REFRESH: lambda _: None,
            types.WORKSPACE_SEMANTIC_TOKENS_REFRESH: lambda _: None,
            types.CLIENT_REGISTER_CAPABILITY: lambda _: None,
            types.WORKSPACE_TEXT_DOCUMENT_CONTENT_REFRESH: lambda _: None,
            types.WINDOW_SHOW_MESSAGE: lambda _: None,
            types.WINDOW_SHOW_DOCUMENT: lambda _: types.ShowDocumentResult(success=True),
            types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS: lambda _: None,
            types.CLIENT_UNREGISTER_CAPABILITY: lambda _: None,
            types.WINDOW_WORK_DONE_PROGRESS_CREATE: self._create_progress,
            types.PROGRESS: self._progress,
            "issuelens/didChangeIssues": lambda _: None,
            "issuelens/didChangeTodos": lambda _: None,
            "issuelens/didChangeWorkspaces": lambda _: None,
        }
        self.client.protocol.fm.features.clear()
        for method, answer in answers.items():
            self.client.feature(method)(self._hearing(method, answer))

    def _hearing(self, method: str, answer: Callable[[Any], Any]) -> Callable[..., Any]:
        def hear(*params: Any) -> Any:
            given = params[0] if params else None
            result = answer(given)
            task = asyncio.get_running_loop().create_task(self._tell(method, given))
            self._told.add(task)
            task.add_done_callback(self._told.discard)
            return result

        return hear

    async def _tell(self, method: str, params: Any) -> None:
        async with self._change:
            self.heard.append((method, params))
            self._change.notify_all()

    async def hear(self, method: str, accepts: Callable[[Any], bool] = lambda _: True, since: int = 0) -> Any:
        """The params of the first message of this method, after the first `since` of all, that is accepted."""
        async with asyncio.timeout(DEADLINE_SECONDS), self._change:
            while True:
                for name, params in self.heard[since:]:
                    if name == method and accepts(params):
                        return params
                since = len(self.heard)
                await self._change.wait()

    def mark(self) -> int:
        """Where `hear` should begin, to hear only what comes from now on."""
        return len(self.heard)

    def _apply_edit(self, params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
        if self.refuse_edits is not None:
            return types.ApplyWorkspaceEditResult(applied=False, failure_reason=self.refuse_edits)
        typed, self.before_edit = self.before_edit, lambda: None
        typed()
        for change in params.edit.document_changes or []:
            assert isinstance(change, types.TextDocumentEdit)
            uri = change.text_document.uri
            if change.text_document.version not in (None, self.versions[uri]):
                return types.ApplyWorkspaceEditResult(applied=False, failure_reason="another version")
            # The last ones first: each is about the text as it was before all of them.
            text = self.texts[uri]
            for edit in sorted(change.edits, key=lambda one: one.range.start, reverse=True):
                assert isinstance(edit, types.TextEdit)
                text = _edited(text, edit)
            self.type(uri, text)
        return types.ApplyWorkspaceEditResult(applied=True)

    def _choose(self, params: types.ShowMessageRequestParams) -> types.MessageActionItem | None:
        self.when_asked()
        for words, label in self.press.items():
            if words in params.message:
                return types.MessageActionItem(label)
        return None

    def _create_progress(self, params: types.WorkDoneProgressCreateParams) -> None:
        assert params.token not in self.progress
        self.progress[params.token] = []

    def _progress(self, params: types.ProgressParams) -> None:
        value = _plain(params.value)
        told = self.progress[params.token]
        assert bool(told) == (value["kind"] != "begin"), "it begins once, before anything else"
        assert not told or told[-1]["kind"] != "end", "nothing comes after its end"
        told.append(value)
        if self.cancels_progress is not None and self.cancels_progress in value.get("title", ""):
            self.client.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams(params.token))

    # What the person does

    def open(self, path: Path, text: str | None = None, language_id: str = "python") -> str:
        """Opens a file; its URI."""
        uri = path.as_uri()
        self.texts[uri] = path.read_text() if text is None else text
        self.versions[uri] = 1
        self.client.text_document_did_open(
            types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, language_id, 1, self.texts[uri]))
        )
        return uri

    def close(self, uri: str) -> None:
        """Closes a buffer."""
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))

    def save(self, uri: str) -> None:
        """Tells that a buffer was written."""
        self.client.text_document_did_save(types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(uri)))

    def type(self, uri: str, text: str) -> None:
        """Replaces the text of a buffer."""
        self.texts[uri] = text
        self.versions[uri] += 1
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(self.versions[uri], uri),
                [types.TextDocumentContentChangeWholeDocument(text)],
            )
        )

    async def lenses(self, uri: str) -> list[types.CodeLens]:
        """The lenses of a file."""
        params = types.CodeLensParams(types.TextDocumentIdentifier(uri))
        found = await asyncio.wait_for(self.client.text_document_code_lens_async(params), DEADLINE_SECONDS)
        return list(found or [])

    async def titles(self, uri: str) -> list[str]:
        """The titles of a file's lenses."""
        return [lens.command.title for lens in await self.lenses(uri) if lens.command]

    async def click(self, uri: str, title: str, index: int = 0) -> Any:
        """Clicks the lens with this title."""
        lens = [one for one in await self.lenses(uri) if one.command and one.command.title == title][index]
        assert lens.command is not None
        return await self.run(lens.command.command, *(lens.command.arguments or []))

    async def run(self, command: str, *arguments: Any) -> Any:
        """Runs a command; the verb alone is enough."""
        name = command if "." in command else f"issuelens.server.{command}"
        params = types.ExecuteCommandParams(name, [_plain(one) for one in arguments])
        return _plain(await asyncio.wait_for(self.client.workspace_execute_command_async(params), DEADLINE_SECONDS))

    async def create_issue(self, uri: str, line: int) -> str:
        """Has an issue made of a line's TODO and waits until its id is in the buffer; the id."""
        since = self.mark()
        issue = await self.run("createIssueFromTodo", {"uri": uri, "line": line})
        await self.hear(types.WORKSPACE_APPLY_EDIT, since=since)
        return str(issue["id"])

    async def hover(self, uri: str, line: int, character: int) -> str | None:
        """The hover's text."""
        params = types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(line, character))
        found = await asyncio.wait_for(self.client.text_document_hover_async(params), DEADLINE_SECONDS)
        assert found is None or isinstance(found.contents, types.MarkupContent)
        return found.contents.value if found else None

    async def diagnostics(self, uri: str, since: int = 0, *, count: int | None = None) -> list[types.Diagnostic]:
        """The next diagnostics for the current version of a file, or the next of so many."""
        params = await self.hear(
            types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS,
            lambda one: one.uri == uri and one.version == self.versions[uri] and count in (None, len(one.diagnostics)),
            since,
        )
        return list(params.diagnostics)

    async def status(self) -> Any:
        """What the server holds."""
        return await self.request("issuelens/status", {})

    def watched(self, *paths: Path, kind: types.FileChangeType = types.FileChangeType.Changed) -> None:
        """Tells of files that have changed on the disk."""
        changes = [types.FileEvent(path.as_uri(), kind) for path in paths]
        self.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams(changes))

    async def todos(self, **params: Any) -> list[dict[str, Any]]:
        """The TODOs of the workspace."""
        return list(await self.request("issuelens/listTodos", params))

    async def request(self, method: str, params: Any) -> Any:
        """A request of our own."""
        answer = self.client.protocol.send_request_async(method, params)
        return _plain(await asyncio.wait_for(answer, DEADLINE_SECONDS))

    def folders(self, added: Sequence[Path] = (), removed: Sequence[Path] = ()) -> None:
        """Adds and removes folders."""
        event = types.WorkspaceFoldersChangeEvent(_folders(added), _folders(removed))
        self.client.workspace_did_change_workspace_folders(types.DidChangeWorkspaceFoldersParams(event))

    async def initialize(self, folders: Sequence[Path], offered: types.ClientCapabilities) -> types.InitializeResult:
        """Begins the session."""
        return await self.client.initialize_session(
            types.InitializeParams(
                capabilities=offered,
                workspace_folders=_folders(folders),
                client_info=types.ClientInfo("Test Editor"),
            )
        )


def _folders(paths: Sequence[Path]) -> list[types.WorkspaceFolder]:
    return [types.WorkspaceFolder(path.as_uri(), path.name) for path in paths]


def _edited(text: str, edit: types.TextEdit) -> str:
    start, end = (_offset(text, position) for position in (edit.range.start, edit.range.end))
    return text[:start] + edit.new_text + text[end:]


def _offset(text: str, position: types.Position) -> int:
    lines = text.splitlines(keepends=True)
    before = "".join(lines[: position.line])
    line = lines[position.line] if position.line < len(lines) else ""
    return len(before) + len(line.encode("utf-16-le")[: 2 * position.character].decode("utf-16-le"))


def _plain(value: Any) -> Any:
    """pygls gives answers without a type as named tuples."""
    if hasattr(value, "_asdict"):
        return {name: _plain(one) for name, one in value._asdict().items()}
    if attrs.has(type(value)):
        return attrs.asdict(value)
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def _read_actions(client: LanguageClient) -> None:
    """lsprotocol takes every action that has a command for a mere command."""
    converter = client.protocol._converter

    def action(shape: Any, _: Any) -> Any:
        return converter.structure(shape, types.Command if isinstance(shape.get("command"), str) else types.CodeAction)

    converter.register_structure_hook(types.Command | types.CodeAction, action)


@asynccontextmanager
async def connected() -> AsyncIterator[Editor]:
    """A client with its server process, before `initialize`; the server ends by itself or with its input."""
    config = ClientServerConfig(server_command=SERVER, client_factory=make_test_lsp_client)
    client = await config.start()
    assert isinstance(client, LanguageClient)
    _read_actions(client)
    try:
        yield Editor(client)
    finally:
        if client._server is not None and client._server.returncode is None:
            assert client._server.stdin is not None
            client._server.stdin.close()
        await asyncio.wait_for(client.stop(), DEADLINE_SECONDS)


@asynccontextmanager
async def editor(*folders: Path, offered: types.ClientCapabilities | None = None) -> AsyncIterator[Editor]:
    """An editor from `initialize` to `exit`; its server must end with 0."""
    async with connected() as one:
        await one.initialize(folders, offered or capabilities())
        yield one
        await asyncio.wait_for(one.client.shutdown_session(), DEADLINE_SECONDS)
        assert one.process.returncode == 0
