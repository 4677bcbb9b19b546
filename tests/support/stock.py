"""A language server on stock pygls, started as its documentation says, with some of our methods' names.

The regression tests ask it and ours the same things. Nothing here is wrong by itself: it is what one writes with
`LanguageServer`, decorators and `start_io()`.
"""

from __future__ import annotations

import faulthandler
import gc
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any
from uuid import uuid4

import attrs
from lsprotocol import types
from pygls.lsp.server import LanguageServer

server = LanguageServer("stock", "1")
# Tells on standard error where every thread stands, whatever the event loop does.
faulthandler.register(signal.SIGUSR1, file=sys.stderr)


@attrs.define
class Issue:
    """An issue as an attrs class of one's own."""

    issue_type: str
    title: str = ""
    assignee: str | None = None
    is_blocked: bool = False


class Live:
    """An object with more than data in it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()


class Holder:
    """What the server holds from `initialized` to `shutdown`."""

    engine: Any = None


def folder(ls: LanguageServer) -> Path:
    """The first open folder."""
    return Path(next(iter(ls.workspace.folders.values())).uri.removeprefix("file://"))


# Life


@server.feature(types.INITIALIZED)
def opened(ls: LanguageServer, params: types.InitializedParams) -> None:
    if "STOCK_DATABASE" in os.environ:
        from sqlalchemy import create_engine

        Holder.engine = create_engine(f"sqlite:///{os.environ['STOCK_DATABASE']}")


@server.feature(types.SHUTDOWN)
def closed(params: Any) -> None:
    if Holder.engine is not None:
        Holder.engine.dispose()


# Documents


def diagnostics_of(uri: str) -> list[types.Diagnostic]:
    place = types.Range(types.Position(0, 0), types.Position(0, 1))
    return [types.Diagnostic(range=place, message=f"a finding in {uri}")]


@server.feature(types.TEXT_DOCUMENT_DID_OPEN)
def did_open(ls: LanguageServer, params: types.DidOpenTextDocumentParams) -> None:
    uri = params.text_document.uri
    ls.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, diagnostics_of(uri)))


@server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
async def did_change(ls: LanguageServer, params: types.DidChangeTextDocumentParams) -> None:
    uri, version = params.text_document.uri, params.text_document.version
    if "app-" in ls.workspace.get_text_document(uri).source:
        item = types.ConfigurationItem(section="issuelens")
        await ls.workspace_configuration_async(types.ConfigurationParams([item]))
    ls.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, diagnostics_of(uri), version=version))


@server.feature(types.TEXT_DOCUMENT_DID_SAVE)
def did_save(ls: LanguageServer, params: types.DidSaveTextDocumentParams) -> None:
    ls.workspace_code_lens_refresh(None)


@server.feature(types.TEXT_DOCUMENT_DIAGNOSTIC)
def diagnostics(params: types.DocumentDiagnosticParams) -> types.RelatedFullDocumentDiagnosticReport:
    return types.RelatedFullDocumentDiagnosticReport(items=diagnostics_of(params.text_document.uri))


@server.feature(types.TEXT_DOCUMENT_CODE_LENS)
def lenses(ls: LanguageServer, params: types.CodeLensParams) -> list[types.CodeLens]:
    found = []
    for number, line in enumerate(ls.workspace.get_text_document(params.text_document.uri).lines):
        if "TODO" in line:
            place = types.Range(types.Position(number, 0), types.Position(number, 1))
            argument = Live() if "live" in line else Issue("task", line.strip())
            command = types.Command("Create issue", "issuelens.server.createIssue", arguments=[argument])
            found.append(types.CodeLens(place, command))
    return found


@server.feature(types.TEXT_DOCUMENT_HOVER)
def hover(ls: LanguageServer, params: types.HoverParams) -> types.Hover:
    return types.Hover((folder(ls) / "answer").read_text())


# Requests of its own


@server.feature("issuelens/status")
async def status(ls: LanguageServer, params: Any) -> dict[str, Any]:
    return {
        "futures": len(ls.protocol._request_futures),
        "progress": len(ls.work_done_progress.tokens),
        "objects": len(gc.get_objects()),
    }


@server.feature("issuelens/listIssues")
async def list_issues(params: Any) -> list[Issue]:
    if params.get("query") == "is:open":
        return []
    return [Issue("task")]


@server.feature("issuelens/getIssue")
async def get_issue(params: Any) -> Issue:
    if Holder.engine is not None:
        with Holder.engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1")
    return Issue("task", title=",".join(params._fields))


@server.feature("issuelens/listTodos")
async def list_todos(ls: LanguageServer, params: Any) -> list[dict[str, Any]]:
    return [
        {"line": number + 1, "text": line.partition("TODO: ")[2].strip()}
        for document in ls.workspace.text_documents.values()
        for number, line in enumerate(document.lines)
        if "TODO" in line
    ]


@server.feature("issuelens/settled")
async def settled(ls: LanguageServer, params: Any) -> None:
    token = str(uuid4())
    await ls.work_done_progress.create_async(token)
    ls.work_done_progress.begin(token, types.WorkDoneProgressBegin(title="Settling"))
    ls.work_done_progress.end(token, types.WorkDoneProgressEnd())


@server.command("issuelens.server.createIssue")
async def create_issue(ls: LanguageServer, argument: dict) -> dict[str, str]:  # type: ignore[type-arg]
    actions = [types.MessageActionItem("Initialise")]
    question = types.ShowMessageRequestParams(type=types.MessageType.Info, message="Initialise?", actions=actions)
    answer = await ls.window_show_message_request_async(question)
    if answer is None:
        raise ValueError("was not initialised")
    (folder(ls) / ".issues").mkdir()
    return {"title": "created"}


if __name__ == "__main__":
    server.start_io()
