"""What `initialize` advertises is answered, whoever asks, in whatever document, and as LSP says.

Each answer must have the form of lsprotocol's types and places within the texts (tests/support/conformance.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import pytest
from attrs import define, field
from tests.support.conformance import encoded, form_problem, is_between, misplaced, misplaced_tokens, split
from tests.support.conformance_samples import CODE, DOCUMENTS, ISSUES, MINIMAL, RICH, SETTINGS
from tests.support.workspaces import cli

from issuelens.editor_client.connection import Connection, ServerFailed, connected


@define(eq=False)
class Asked:
    """A server, what it advertised, and what is wrong with its answers."""

    connection: Connection
    root: Path
    capabilities: dict[str, Any]
    texts: dict[str, str] = field(factory=dict)
    wrong: list[str] = field(factory=list)
    answered: set[str] = field(factory=set)
    """Methods that gave something else than nothing."""

    @property
    def encoding(self) -> str:
        """That of positions."""
        return str(self.capabilities["positionEncoding"])

    def uri(self, name: str) -> str:
        """The URI of a document."""
        if name.startswith("vscode-notebook-cell:"):
            return f"vscode-notebook-cell:{self.root.as_uri()[5:]}/{name.partition(':')[2]}"
        return name if ":" in name or " " in name else (self.root / name).resolve().as_uri()

    def text_of(self, uri: str) -> str | None:
        """The text of an open document, else of the file."""
        if uri not in self.texts and uri.startswith("file:") and (path := Path(unquote(urlsplit(uri).path))).is_file():
            return path.read_text()
        return self.texts.get(uri)

    async def ask(self, method: str, params: dict[str, Any], uri: str, *, may_refuse: bool = False) -> Any:
        """The result, after it was looked at; None for what may be refused and was."""
        try:
            result = await self.connection.request(method, params)
        except ServerFailed as error:
            if not may_refuse or is_fault(error):
                self.wrong.append(f"{method} {params}: {error.message}")
            return None
        self.answered |= {method} if result else set()
        self.check(method, result, uri)
        return result

    def check(self, method: str, result: Any, uri: str) -> None:
        """Looks at a result."""
        problem = form_problem(method, result)
        places = misplaced(result, uri, self.text_of, self.encoding) if "semanticTokens" not in method else []
        self.wrong += [f"{method} of {uri}: {one}" for one in [*filter(None, [problem]), *places]]


def is_fault(error: ServerFailed) -> bool:
    """Whether it says that the method is unknown, or that something broke."""
    return "is not a method of this server" in error.message or "A fault in the language server" in error.message


@asynccontextmanager
async def asked(root: Path, client: dict[str, Any]) -> AsyncIterator[Asked]:
    """A server with every document open."""
    handlers = {"workspace/configuration": lambda params: [SETTINGS for _ in params["items"]]}
    folder = {"uri": root.as_uri(), "name": "p"}
    async with connected(handlers) as connection:
        initialize = {
            "processId": None,
            "rootUri": None,
            "capabilities": client,
            "workspaceFolders": [folder],
            "initializationOptions": {"settings": SETTINGS},
        }
        result = await connection.request("initialize", initialize)
        assert form_problem("initialize", result) is None
        connection.notify("initialized", {})
        one = Asked(connection, root, result["capabilities"])
        for name, (language, text) in DOCUMENTS.items():
            if language:
                one.texts[one.uri(name)] = text
                item = {"uri": one.uri(name), "languageId": language, "version": 1, "text": text}
                connection.notify("textDocument/didOpen", {"textDocument": item})
        await connection.request("issuelens/listTodos", {})
        yield one
        await connection.request("shutdown")
        connection.notify("exit")
        assert await asyncio.wait_for(connection.process.wait(), 30) == 0


@pytest.fixture
def root(tmp_path: Path, patient_daemon: None) -> Iterator[Path]:
    """A workspace with the issues of the marker files."""
    folder = tmp_path / "p"
    folder.mkdir()
    for name in ("main.py", "../outside.py"):
        (folder / name).write_text(CODE)
    cli(folder, "init", "--prefix", "app")
    cli(folder, "import", str(ISSUES))
    cli(folder, "merge", "app-4g5h", "--into", "app-1a2b")
    cli(folder, "delete", "app-5j6k", "--reason", "Dropped.")
    yield folder
    cli(folder, "daemon", "stop")


def with_encoding(client: dict[str, Any], encoding: str) -> dict[str, Any]:
    """The same client, which takes one encoding only."""
    return {**client, "general": {**client.get("general", {}), "positionEncodings": [encoding]}}


CLIENTS: Final = {
    "minimal": MINIMAL,
    "minimal-utf-32": with_encoding(MINIMAL, "utf-32"),
    **{f"rich-{name}": with_encoding(RICH, name) for name in ("utf-8", "utf-16", "utf-32")},
}


@pytest.mark.parametrize("client", CLIENTS)
async def test_what_is_advertised_is_answered(root: Path, client: str) -> None:
    async with asked(root, CLIENTS[client]) as one:
        assert one.capabilities.keys() <= KNOWN, "a capability that nobody asks about here"
        for name in DOCUMENTS:
            await ask_all(one, one.uri(name))
        uri = one.uri("main.py")
        # A text that is another one than the one on the disk, and than the one that was asked about.
        one.texts[uri] = "\n𝐛\n" + CODE.replace("app-1a2b", "app-3e4f")
        change = {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"text": one.texts[uri]}]}
        one.connection.notify("textDocument/didChange", change)
        await ask_all(one, uri)
        await ask_of_workspace(one)
        wrong = list(dict.fromkeys(one.wrong))
        assert not wrong, f"{len(wrong)} wrong:\n" + "\n".join(wrong[:40])
        silent = {method for capability in one.capabilities for method in MUST_SAY.get(capability, ())} - one.answered
        assert not silent, f"never more than nothing from {sorted(silent)}"


async def test_what_is_not_there_is_said_so(root: Path) -> None:
    async with asked(root, MINIMAL) as one:
        with pytest.raises(ServerFailed) as refused:
            await one.connection.request("textDocument/moniker", {"textDocument": {"uri": "x"}})
        assert is_fault(refused.value)


def test_the_checks_find_what_is_wrong() -> None:
    place = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 3}}
    right = {"contents": {"kind": "markdown", "value": "x"}, "range": place}
    assert form_problem("textDocument/hover", right) is None
    assert form_problem("textDocument/hover", {**right, "rnage": place})
    assert form_problem("textDocument/hover", {"contents": {"kind": "markdown"}})
    assert form_problem("textDocument/inlayHint", [{"position": {"line": "0", "character": 0}, "label": "x"}])
    for encoding, units in (("utf-8", 5), ("utf-16", 3), ("utf-32", 2)):
        for end, is_right in ((units, True), (units + 1, False)):
            shape = {"range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": end}}}
            assert (misplaced(shape, "u", lambda _: "𝐛x", encoding) == []) is is_right, (encoding, end)
    within = {"range": {"start": {"line": 0, "character": 1}, "end": {"line": 1, "character": 0}}}
    assert len(misplaced(within, "u", lambda _: "𝐛", "utf-16")) == 2
    assert misplaced_tokens([0, 0, 3, 0, 0], "ab", "utf-16", 2, 1)
    assert misplaced_tokens([0, 0, 2, 2, 0], "ab", "utf-16", 2, 1)
    assert not misplaced_tokens([0, 0, 2, 1, 1], "ab", "utf-16", 2, 1)


# Asking


OF_PLACES: Final = {
    "hoverProvider": "textDocument/hover",
    "definitionProvider": "textDocument/definition",
    "declarationProvider": "textDocument/declaration",
    "documentHighlightProvider": "textDocument/documentHighlight",
}
OF_DOCUMENTS: Final = {
    "foldingRangeProvider": "textDocument/foldingRange",
    "documentSymbolProvider": "textDocument/documentSymbol",
    "diagnosticProvider": "textDocument/diagnostic",
}
RESOLVED: Final = {
    "codeLensProvider": ("textDocument/codeLens", "codeLens/resolve"),
    "documentLinkProvider": ("textDocument/documentLink", "documentLink/resolve"),
    "inlayHintProvider": ("textDocument/inlayHint", "inlayHint/resolve"),
}
KNOWN: Final = {
    *("positionEncoding", "textDocumentSync", "executeCommandProvider", "workspace", "workspaceSymbolProvider"),
    *("completionProvider", "codeActionProvider", "referencesProvider", "renameProvider", "selectionRangeProvider"),
    *("callHierarchyProvider", "semanticTokensProvider", "documentFormattingProvider"),
    *(*OF_PLACES, *OF_DOCUMENTS, *RESOLVED),
}
MUST_SAY: Final = {
    "hoverProvider": ["textDocument/hover"],
    "codeLensProvider": ["textDocument/codeLens", "codeLens/resolve"],
    "diagnosticProvider": ["textDocument/diagnostic"],
    "inlayHintProvider": ["textDocument/inlayHint"],
    "semanticTokensProvider": [f"textDocument/semanticTokens/{name}" for name in ("full", "full/delta", "range")],
    "workspaceSymbolProvider": ["workspace/symbol", "workspaceSymbol/resolve"],
    "definitionProvider": ["textDocument/definition"],
    "referencesProvider": ["textDocument/references"],
    "documentHighlightProvider": ["textDocument/documentHighlight"],
    "documentLinkProvider": ["textDocument/documentLink", "documentLink/resolve"],
    "documentSymbolProvider": ["textDocument/documentSymbol"],
    "documentFormattingProvider": ["textDocument/formatting"],
    "foldingRangeProvider": ["textDocument/foldingRange"],
    "selectionRangeProvider": ["textDocument/selectionRange"],
    "renameProvider": ["textDocument/prepareRename", "textDocument/rename"],
    "callHierarchyProvider": [
        "textDocument/prepareCallHierarchy",
        "callHierarchy/incomingCalls",
        "callHierarchy/outgoingCalls",
    ],
    "completionProvider": ["textDocument/completion", "completionItem/resolve"],
    "codeActionProvider": ["textDocument/codeAction", "codeAction/resolve"],
}
"""What must have been something else than nothing at least once."""


async def ask_all(one: Asked, uri: str) -> None:
    """Asks everything that there is to ask about a document."""
    document = {"textDocument": {"uri": uri}}
    text = one.texts.get(uri, "")
    whole = {"start": {"line": 0, "character": 0}, "end": end_of(text, one.encoding)}
    for capability, method in OF_DOCUMENTS.items():
        if capability in one.capabilities:
            await one.ask(method, document, uri)
    for capability, (method, resolve) in RESOLVED.items():
        if capability in one.capabilities:
            found = await one.ask(method, {**document, "range": whole} if "inlay" in method else document, uri)
            await ask_to_resolve(one, capability, resolve, found, uri)
    await ask_tokens(one, uri, text, whole)
    if one.capabilities.get("documentFormattingProvider"):
        await one.ask("textDocument/formatting", {**document, "options": {"tabSize": 4, "insertSpaces": True}}, uri)
    for place in places(text, one.encoding):
        await ask_at(one, uri, place)


async def ask_to_resolve(one: Asked, capability: str, method: str, found: Any, uri: str) -> None:
    options = one.capabilities[capability]
    if isinstance(options, dict) and options.get("resolveProvider"):
        items = found["items"] if isinstance(found, dict) else found
        common = found.get("itemDefaults", {}) if isinstance(found, dict) else {}
        for shape in (items or [])[:5]:
            # An editor asks for an item with what is said once for all of them.
            given = {"data": common["data"]} if "data" in common else {}
            await one.ask(method, given | shape, uri)


async def ask_at(one: Asked, uri: str, place: dict[str, int]) -> None:
    """Asks everything that there is to ask about a place."""
    there = {"textDocument": {"uri": uri}, "position": place}
    for capability, method in OF_PLACES.items():
        if capability in one.capabilities:
            await one.ask(method, there, uri)
    if "referencesProvider" in one.capabilities:
        for declared in (True, False):
            await one.ask("textDocument/references", {**there, "context": {"includeDeclaration": declared}}, uri)
    if "completionProvider" in one.capabilities:
        found = await one.ask("textDocument/completion", {**there, "context": {"triggerKind": 1}}, uri)
        await ask_to_resolve(one, "completionProvider", "completionItem/resolve", found, uri)
    if "selectionRangeProvider" in one.capabilities:
        params = {"textDocument": {"uri": uri}, "positions": [place]}
        await one.ask("textDocument/selectionRange", params, uri)
    await ask_actions(one, uri, place)
    await ask_rename(one, uri, there)
    await ask_calls(one, uri, there)


async def ask_actions(one: Asked, uri: str, place: dict[str, int]) -> None:
    if "codeActionProvider" in one.capabilities:
        there = {"textDocument": {"uri": uri}, "range": {"start": place, "end": place}}
        for context in ({}, {"only": ["quickfix"]}, {"only": ["source"]}):
            params = {**there, "context": {"diagnostics": [], **context}}
            found = await one.ask("textDocument/codeAction", params, uri)
            actions = [shape for shape in found or () if isinstance(shape.get("command"), dict | None)]
            await ask_to_resolve(one, "codeActionProvider", "codeAction/resolve", actions, uri)


async def ask_rename(one: Asked, uri: str, there: dict[str, Any]) -> None:
    options = one.capabilities.get("renameProvider")
    if isinstance(options, dict) and options.get("prepareProvider"):
        found = await one.ask("textDocument/prepareRename", there, uri, may_refuse=True)
        if found is None:
            return
    if options:
        for name in ("app-3e4f", "no id", ""):
            await one.ask("textDocument/rename", {**there, "newName": name}, uri, may_refuse=True)


async def ask_calls(one: Asked, uri: str, there: dict[str, Any]) -> None:
    if "callHierarchyProvider" in one.capabilities:
        for called in await one.ask("textDocument/prepareCallHierarchy", there, uri) or ():
            await one.ask("callHierarchy/incomingCalls", {"item": called}, called["uri"])
            await one.ask("callHierarchy/outgoingCalls", {"item": called}, called["uri"])


async def ask_tokens(one: Asked, uri: str, text: str, whole: dict[str, Any]) -> None:
    options = one.capabilities.get("semanticTokensProvider")
    if not options:
        return
    document = {"textDocument": {"uri": uri}}
    kinds, modifiers = (len(options["legend"][name]) for name in ("tokenTypes", "tokenModifiers"))
    full = await one.ask("textDocument/semanticTokens/full", document, uri)
    part = await one.ask("textDocument/semanticTokens/range", {**document, "range": whole}, uri)
    name = {"previousResultId": full.get("resultId", "")}
    await one.ask("textDocument/semanticTokens/full/delta", {**document, **name}, uri)
    await one.ask("textDocument/semanticTokens/full/delta", {**document, "previousResultId": "none"}, uri)
    for found in (full, part):
        wrong = misplaced_tokens(found["data"], text, one.encoding, kinds, modifiers)
        one.wrong += [f"tokens of {uri}: {problem}" for problem in wrong]


async def ask_of_workspace(one: Asked) -> None:
    """Asks what is not about one document."""
    if "workspaceSymbolProvider" in one.capabilities:
        for query in ("", "app", "round", "\0\n\u2028", "x" * 10_000):
            found = await one.ask("workspace/symbol", {"query": query}, "")
            await ask_to_resolve(one, "workspaceSymbolProvider", "workspaceSymbol/resolve", found, "")
    for command in one.capabilities["executeCommandProvider"]["commands"]:
        # Refused for its argument, so known; nothing is done.
        with pytest.raises(ServerFailed) as refused:
            await one.connection.request("workspace/executeCommand", {"command": command, "arguments": ["x", "y"]})
        assert "takes one argument" in refused.value.message, command
    if one.capabilities.get("diagnosticProvider", {}).get("workspaceDiagnostics"):
        await ask_for_all_diagnostics(one)
    content = one.capabilities["workspace"].get("textDocumentContent")
    for scheme in content["schemes"] if content else ():
        for path in ("/app-1a2b.md", "/app-9z9z.md", "", "/../../x"):
            await one.ask("workspace/textDocumentContent", {"uri": f"{scheme}:{path}"}, "", may_refuse=True)


async def ask_for_all_diagnostics(one: Asked) -> None:
    """What is known already comes at once; a second answer may wait for a change, and is cancelled."""
    report = await one.ask("workspace/diagnostic", {"previousResultIds": []}, "")
    known = [{"uri": item["uri"], "value": item.get("resultId", "")} for item in report["items"]]
    again = one.connection.start_request("workspace/diagnostic", {"previousResultIds": known})
    one.connection.notify("$/cancelRequest", {"id": one.connection._next_id})
    try:
        one.check("workspace/diagnostic", await asyncio.wait_for(again, 30), "")
    except ServerFailed as error:
        if "cancelled" not in error.message:
            one.wrong.append(f"workspace/diagnostic: {error.message}")


def end_of(text: str, encoding: str) -> dict[str, int]:
    """Where a text ends."""
    lines = split(text)
    return {"line": len(lines) - 1, "character": len(encoded(lines[-1], encoding))}


def places(text: str, encoding: str) -> list[dict[str, int]]:
    """Places in a text: the beginnings and ends of lines and of their words, some, and one beyond the end."""
    found = []
    for number, line in enumerate(split(text)[:10]):
        units = encoded(line, encoding)
        step = max(1, len(units) // 3)
        between = [at for at in range(0, len(units), step) if is_between(units, at, encoding)]
        found += [{"line": number, "character": at} for at in (*between, len(units))]
    return [*found, {"line": 10_000, "character": 10_000}]
