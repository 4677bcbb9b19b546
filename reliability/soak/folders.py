"""Many folders open at once in one language server, each with a daemon of its own."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, Final

from issuelens.editor_client.counts import Reading, reading_of_server
from issuelens.editor_client.editor import Editor, editor
from issuelens.editor_client.leaks import at_rest
from issuelens.ipc.endpoint import read_endpoint
from issuelens.workspace import Workspace
from reliability.report import Report
from reliability.soak import ends

FOLDERS: Final = 50
FDS_PER_FOLDER: Final = 4
"""Descriptors of a language server for an open folder: database, log and index of the database, and a socket."""
ANSWER_SECONDS: Final = 300.0
"""How long the first answers may take: as many daemons start at once."""


async def folders(folder: Path, part: float) -> Report:
    """Opens folders, uses each, closes all; then all counters are as before, and the daemons go."""
    count = max(2, round(FOLDERS * part))
    spaces = [ends.project(folder / f"p{number}") for number in range(count)]
    temporary = ends.temporary_folder(folder)
    with ends.environment(ISSUELENS_IDLE_SECONDS="0.5", TMPDIR=str(temporary)):
        async with editor([]) as played:
            await _warm_up(played, spaces[0])
            before = await _server(played)
            for space in spaces:
                played.open_folder(space.root)
            problems = await ends.side_by_side((_use(played, space) for space in spaces), at_once=count)
            status = await played.status()
            pids = [endpoint.pid for space in spaces if (endpoint := read_endpoint(space)) is not None]
            for space in spaces:
                played.close_folder(space.root)
            await _asked(played, "issuelens/settled", None)
            after = await at_rest(partial(_server, played), before)
        problems += ends.differences(before.counted, after.counted, "the language server")
        problems += await ends.gone(pids, "a daemon")
    problems += [*_judged(status, before, count, pids), *_left(folder, spaces), *ends.left_in(temporary)]
    descriptors = (status["fds"] - before.counted["fds"]) / count
    counts = {"folders at once": count, "daemons": len(set(pids)), "descriptors per folder": descriptors}
    return Report(name="folders", counts=counts, problems=tuple(problems))


async def _server(played: Editor, trim: bool = False) -> Reading:
    return reading_of_server(await played.status(trim))


async def _warm_up(played: Editor, space: Workspace) -> None:
    """Starts the thread that reads databases for all folders, and the one that looks at files."""
    played.open_folder(space.root)
    await _asked(played, "issuelens/listIssues", {})
    buffer = played.open_file(space.root / "main.py", "python")
    await _asked(played, "issuelens/listTodos", {})
    played.close_file(buffer)
    await _asked(played, "issuelens/listTodos", {})
    played.close_folder(space.root)
    await _asked(played, "issuelens/settled", None)


async def _use(played: Editor, space: Workspace) -> list[str]:
    """Makes an issue, lists it, and looks at lenses: all in one folder."""
    named = {"workspace": space.root.as_uri()}
    arguments = [{**named, "title": "Found here"}]
    create = {"command": "issuelens.server.createIssue", "arguments": arguments}
    made = await _asked(played, "workspace/executeCommand", create)
    listed = await _asked(played, "issuelens/listIssues", named)
    buffer = played.open_file(space.root / "main.py", "python")
    lenses = await _asked(played, "textDocument/codeLens", {"textDocument": {"uri": buffer.uri}})
    played.close_file(buffer)
    problems = [] if [one["id"] for one in listed] == [made["id"]] else [f"{space.root} lists {len(listed)} issues"]
    return problems if lenses else [*problems, f"{space.root} has no lenses"]


async def _asked(played: Editor, method: str, params: Any) -> Any:
    return await played.connection.request(method, params, timeout=ANSWER_SECONDS)


def _judged(status: dict[str, Any], before: Reading, count: int, pids: list[int]) -> list[str]:
    problems = []
    if (status["openEngines"], status["openConnections"], len(set(pids))) != (count, count, count):
        problems.append(
            f"{count} folders have {status['openEngines']} engines, {status['openConnections']} connections "
            f"and {len(set(pids))} daemons"
        )
    if status["fds"] - before.counted["fds"] > FDS_PER_FOLDER * count:
        problems.append(f"{status['fds'] - before.counted['fds']} descriptors for {count} folders")
    return problems


def _left(folder: Path, spaces: list[Workspace]) -> list[str]:
    by_daemons = (one for space in spaces for one in ends.left_by_daemon(space))
    return [*by_daemons, *ends.left_in_runtime_folder(), *ends.left_running(folder)]
