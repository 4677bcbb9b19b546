"""Lenses that a person wants to see no more: hidden at once, and for good where the person says so."""

from __future__ import annotations

import asyncio
from typing import Final

from attrs import evolve
from lsprotocol import types

from issuelens.domain.errors import InvalidField, IssuelensError, Refused
from issuelens.lsp.arguments import Argument, required
from issuelens.lsp.features.issues import text_of
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session
from issuelens.workspace import Workspace

KINDS: Final = ("tracked", "untracked", "references")
FOR_GOOD: Final = "This workspace"
NOW_ONLY: Final = "Only now"


async def hide_lenses(server: Server, argument: Argument) -> None:
    """`{kind, workspace?}`: hides lenses of a kind (`tracked`, `untracked`, `references`) in all open folders.

    Then the person is asked whether config.toml is to say so; until it does, they are back with the next start.
    """
    kind = required(argument, "kind")
    if kind not in KINDS:
        raise InvalidField("kind", f"{kind!r} is no kind of lenses; known are {', '.join(KINDS)}")
    is_on = ("code_lens", kind, True) in server.settings.switches
    server.settings = evolve(server.settings, switches=(*server.settings.switches, ("code_lens", kind, False)))
    server.refresh()
    session = _session(server, argument)
    server.tasks.start(_ask(server, session, kind, is_on_in_editor=is_on), f"hide {kind} lenses for good")


def _session(server: Server, argument: Argument) -> Session | None:
    try:
        return server.sessions.named(text_of(argument, "workspace"))
    except Refused:
        return None  # nobody can say which of several is meant


async def _ask(server: Server, session: Session | None, kind: str, *, is_on_in_editor: bool) -> None:
    now = "These lenses are hidden until the editor is started again."
    setting = f"{kind} = false in [code-lens] of config.toml"
    answer = None
    if session is not None and session.workspace.is_initialised:
        root = session.workspace.root.name
        text = f"{now} Hide them for everybody in {root}? This writes {setting}."
        answer = await server.choose(types.MessageType.Info, text, [FOR_GOOD, NOW_ONLY])
    if answer == FOR_GOOD and session is not None:
        await _hide_for_good(server, session, kind, is_on_in_editor=is_on_in_editor)
    elif answer is None:
        server.show(types.MessageType.Info, f"{now} For good: {setting}.")


async def _hide_for_good(server: Server, session: Session, kind: str, *, is_on_in_editor: bool) -> None:
    work = asyncio.get_running_loop().run_in_executor
    try:
        text = await work(server.work_thread, session.workspace.read_config_text)
        _check_not_edited(server, session, text)
        await work(server.work_thread, _write, session.workspace, kind)
    except IssuelensError as error:
        problem = error.message.rstrip(".")
        server.show(types.MessageType.Warning, f"{problem}. The lenses are hidden until the editor is started again.")
        return
    session.read_config()
    server.refresh(session)
    if is_on_in_editor:
        text = f"config.toml says so now, but this editor's setting issuelens.codeLens.{kind} is on, and counts."
        server.show(types.MessageType.Warning, text)


def _check_not_edited(server: Server, session: Session, text: str) -> None:
    """Raises Refused when the editor has config.toml open with changes, which would stand against ours."""
    file = session.workspace.config_file
    if any(one.path is not None and one.path.resolve() == file and one.text != text for one in server.documents):
        raise Refused("config.toml has changes in the editor that are not saved; nothing was written to it")


def _write(workspace: Workspace, kind: str) -> None:
    # Imported here: most sessions never write settings.
    from issuelens.domain.config_writer import with_values

    workspace.write_config_text(with_values(workspace.read_config_text(), {f"code-lens.{kind}": False}))
