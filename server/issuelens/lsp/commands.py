"""The commands of `workspace/executeCommand`. Each takes one object and answers with the changed issue."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

from attrs import asdict
from lsprotocol import types

from issuelens.domain.errors import NotInitialised, Refused
from issuelens.domain.operation import CreateIssue
from issuelens.domain.shape import issue_to_json
from issuelens.domain.vocabulary import DEFAULT_PRIORITY, DEFAULT_TYPE
from issuelens.ipc import methods
from issuelens.lsp.arguments import Argument, number, required, texts
from issuelens.lsp.changes import changed, changing_commands
from issuelens.lsp.convert import path_of, uri_of
from issuelens.lsp.create_from_file import create_issues_from_todos
from issuelens.lsp.create_from_todo import create_from_todo, wanted_in
from issuelens.lsp.decisions import decide
from issuelens.lsp.document_commands import document_commands
from issuelens.lsp.features.issues import text_of
from issuelens.lsp.features.life import reopen_folders
from issuelens.lsp.hiding import hide_lenses
from issuelens.lsp.offering_git import offer_git
from issuelens.lsp.progress import Token, to_its_end
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session
from issuelens.lsp.state import State, folder_gone
from issuelens.lsp.todo_commands import extract_todo, todo_commands
from issuelens.workspace import initialise

INITIALISE = "Initialise"


Command = Callable[[Server, Argument], Awaitable[Any]]
LongCommand = Callable[[Server, Argument, Token | None], Awaitable[Any]]


def register(server: Server) -> None:
    """Registers every command that `initialize` advertises."""
    commands: dict[str, Command] = {
        "initWorkspace": init_workspace,
        "createIssue": create_issue,
        "createIssueFromTodo": create_issue_from_todo,
        "refreshTodos": refresh_todos,
        "hideLenses": hide_lenses,
        **changing_commands(),
        **document_commands(),
        **todo_commands(),
    }
    long_commands: dict[str, LongCommand] = {
        "sync": sync,
        "extractTodo": extract_todo,
        "createIssuesFromTodos": create_issues_from_todos,
        **{verb: partial(_without_progress, handler) for verb, handler in commands.items()},
    }
    for verb, handler in long_commands.items():
        server.command(f"issuelens.server.{verb}")(partial(handler, server))


async def _without_progress(handler: Command, server: Server, argument: Argument, _token: Token | None) -> Any:
    return await handler(server, argument)


async def init_workspace(server: Server, argument: Argument) -> dict[str, Any]:
    """`{workspace?, prefix?}`: makes `.issues/` in the folder and opens it."""
    session = server.sessions.named(text_of(argument, "workspace"))
    folder = _folder(session, text_of(argument, "workspace"))
    workspace = initialise(folder, text_of(argument, "prefix"))
    await reopen_folders(server, uri_of(folder))
    fresh = server.session_of(uri_of(folder))
    if fresh is not None and fresh.failure is not None:
        raise fresh.failure
    config = workspace.read_config()
    server.show(types.MessageType.Info, f"{folder.name} is initialised; its issues begin with {config.prefix}-.")
    server.tasks.start(offer_git(server, workspace), f"offer {folder} what git needs")
    return {"workspace": uri_of(folder), "prefix": config.prefix}


def _folder(session: Session, uri: str | None) -> Path:
    path = path_of(uri) if uri is not None else None
    return path or session.workspace.root


async def create_issue(server: Server, argument: Argument) -> dict[str, Any]:
    """`{workspace?, title, description?, priority?, issueType?, assignee?, labels?}`: creates an issue."""
    session = await _initialised(server, server.sessions.named(text_of(argument, "workspace")))
    return await changed(
        session,
        CreateIssue(
            title=required(argument, "title"),
            description=text_of(argument, "description") or "",
            priority=number(argument, "priority", DEFAULT_PRIORITY),
            issue_type=text_of(argument, "issueType") or DEFAULT_TYPE,
            assignee=text_of(argument, "assignee"),
            labels=texts(argument, "labels"),
        ),
    )


async def create_issue_from_todo(server: Server, argument: Argument) -> dict[str, Any]:
    """`{uri, line?, version?, key?}`: creates an issue of the TODO and writes its id into the comment.

    The TODO is the one with the key where it is now; without a key the one on the line (0-based).
    """
    uri = required(argument, "uri")
    wanted = wanted_in(argument)
    session = server.session_of(uri)
    if session is None:
        raise Refused(f"{uri} is in no open folder. Open its folder to create issues from it.")
    await _initialised(server, session)
    session = server.session_of(uri)
    if session is None:
        raise Refused(f"The folder of {uri} was closed meanwhile; nothing was created.")
    # An issue whose id is not written, since its request was cancelled, would be half of it.
    return issue_to_json(await to_its_end(create_from_todo(server, session, uri, wanted)))


async def refresh_todos(server: Server, argument: Argument) -> None:
    """`{workspace?}`: looks at all files again."""
    session = server.sessions.named(text_of(argument, "workspace"))
    await session.ready()
    await session.code.refresh()


async def sync(server: Server, argument: Argument, token: Token | None = None) -> dict[str, Any]:
    """`{workspace?}`: brings issues.jsonl and the tracker together, as `issuelens sync`; answers with its report."""
    from issuelens.ipc.sync_messages import SyncFile, SyncReport

    session = server.sessions.named(text_of(argument, "workspace"))
    # The daemon does it as a whole, whoever waits for it: there is nothing to stop.
    title = "Bringing issues.jsonl and the tracker together"
    with session.sync.running_now(), server.progresses.work(title, "issues", token, can_stop=False):
        report = await session.ask(methods.SYNC, SyncFile(), SyncReport, key=uuid.uuid4().hex)
        session.sync.done()
    counts = ", ".join(f"{count} {name}" for name, count in report.imported.items() if count) or "no issues"
    settled = f" Fields changed on both sides: {len(report.conflicts)}." if report.conflicts else ""
    server.show(
        types.MessageType.Info, f"From {Path(report.path).name}: {counts}. It has {report.exported} now.{settled}"
    )
    return asdict(report)


async def _initialised(server: Server, session: Session) -> Session:
    """The Session, after offering to initialise its folder where that is still to be done."""
    await session.ready()
    if session.state is not State.UNINITIALISED:
        return session
    root = session.workspace.root
    if not root.is_dir():
        # Seen half-deleted before, it seemed to be without issues.
        raise folder_gone(root)
    text = f"{root.name} has no issues yet. Initialise it? This makes the folder {session.workspace.directory.name}/."
    if await decide(server, types.MessageType.Info, text, [INITIALISE], leave="Not now") is None:
        raise NotInitialised(f"{root} was not initialised, so no issue was created.")
    await init_workspace(server, {"workspace": uri_of(root)})
    return server.sessions.named(uri_of(root))
