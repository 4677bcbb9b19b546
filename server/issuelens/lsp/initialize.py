"""The answer to `initialize`, built from plain data so that it can be given before anything heavy is imported.

Standard library only: importing pygls takes ten times as long as starting Python (docs/performance.md).
"""

from __future__ import annotations

from issuelens import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing takes a tenth of the time to the first answer
    from typing import Any, Final

SERVER_NAME: Final = "issuelens"
COMMANDS: Final = (
    "issuelens.server.initWorkspace",
    "issuelens.server.createIssue",
    "issuelens.server.createIssueFromTodo",
    "issuelens.server.showIssue",
    "issuelens.server.startIssue",
    "issuelens.server.closeIssue",
    "issuelens.server.reopenIssue",
    "issuelens.server.updateIssue",
    "issuelens.server.deleteIssue",
    "issuelens.server.restoreIssue",
    "issuelens.server.addComment",
    "issuelens.server.editComment",
    "issuelens.server.deleteComment",
    "issuelens.server.addDependency",
    "issuelens.server.removeDependency",
    "issuelens.server.settleConflict",
    "issuelens.server.undo",
    "issuelens.server.refreshTodos",
    "issuelens.server.linkTodo",
    "issuelens.server.completeTodo",
    "issuelens.server.extractTodo",
    "issuelens.server.createIssuesFromTodos",
    "issuelens.server.sync",
    "issuelens.server.hideLenses",
    "issuelens.server.newIssue",
    "issuelens.server.showBoard",
)
"""The commands that `workspace/executeCommand` takes."""
ENCODINGS: Final = ("utf-8", "utf-16", "utf-32")


TRIGGERS: Final = ("#", "@", "-", "(", "[", ":", " ")
"""The characters after which completion is asked for, beside letters."""
TOKEN_TYPES: Final = ("keyword", "variable")
"""Semantic tokens: of tags and of issue ids; standard names, so that themes colour them."""
TOKEN_MODIFIERS: Final = ("deprecated",)
"""Of ids whose issues are closed."""
ACTION_KINDS: Final = ("quickfix", "refactor.extract", "refactor.rewrite", "source")

_ANSWERS: Final[dict[str, Any]] = {
    "codeLensProvider": {"resolveProvider": True},
    "hoverProvider": True,
    "completionProvider": {"triggerCharacters": list(TRIGGERS), "resolveProvider": True},
    "codeActionProvider": {"codeActionKinds": list(ACTION_KINDS), "resolveProvider": True},
    "definitionProvider": True,
    "referencesProvider": True,
    "documentHighlightProvider": True,
    "documentLinkProvider": {"resolveProvider": True},
    "documentSymbolProvider": True,
    "documentFormattingProvider": True,
    "workspaceSymbolProvider": {"resolveProvider": True},
    "callHierarchyProvider": True,
    "renameProvider": {"prepareProvider": True, "workDoneProgress": True},
    "foldingRangeProvider": True,
    "selectionRangeProvider": True,
    "inlayHintProvider": True,
    "semanticTokensProvider": {
        "legend": {"tokenTypes": list(TOKEN_TYPES), "tokenModifiers": list(TOKEN_MODIFIERS)},
        "full": {"delta": True},
        "range": True,
    },
}
"""What is answered whoever asks: capability -> its options."""

_OPERATIONS: Final = ("didCreate", "didRename", "didDelete")
_EVERY_FILE: Final = {"filters": [{"scheme": "file", "pattern": {"glob": "**/*"}}]}


def position_encoding(client: dict[str, Any]) -> str:
    """The client's first choice among the encodings that we know; UTF-16 when it names none (LSP 3.17)."""
    offered = _within(client, "general", "positionEncodings")
    if isinstance(offered, list):
        for name in offered:
            if name in ENCODINGS:
                return str(name)
    return "utf-16"


def pulls_diagnostics(client: dict[str, Any]) -> bool:
    """Whether the client asks for diagnostics; otherwise they are pushed, never both."""
    return isinstance(_within(client, "textDocument", "diagnostic"), dict)


def initialize_result(params: dict[str, Any]) -> dict[str, Any]:
    """The InitializeResult for these InitializeParams, both as JSON objects."""
    client = params.get("capabilities")
    client = client if isinstance(client, dict) else {}
    capabilities: dict[str, Any] = {
        "positionEncoding": position_encoding(client),
        "textDocumentSync": {"openClose": True, "change": 2, "save": {"includeText": False}},
        **_ANSWERS,
        "executeCommandProvider": {"commands": list(COMMANDS), "workDoneProgress": True},
        "workspace": {"workspaceFolders": {"supported": True, "changeNotifications": True}},
    }
    if pulls_diagnostics(client):
        capabilities["diagnosticProvider"] = {
            "identifier": SERVER_NAME,
            # Of a TODO that says the same as one in another file.
            "interFileDependencies": True,
            "workspaceDiagnostics": True,
        }
    if isinstance(_within(client, "workspace", "textDocumentContent"), dict):
        capabilities["workspace"]["textDocumentContent"] = {"schemes": ["issuelens"]}
    operations = {name: _EVERY_FILE for name in _OPERATIONS if _within(client, "workspace", "fileOperations", name)}
    if operations:
        capabilities["workspace"]["fileOperations"] = operations
    return {"capabilities": capabilities, "serverInfo": {"name": SERVER_NAME, "version": __version__}}


def _within(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value
