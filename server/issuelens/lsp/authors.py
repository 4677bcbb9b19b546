"""Who wrote a line, and when: from git, asked for once per file until it changes."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from attrs import define, field

from issuelens.domain.errors import IssuelensError
from issuelens.ipc import methods
from issuelens.ipc.messages import BlameCode, CodePlace
from issuelens.lsp.session import Session
from issuelens.todos.paths import shown_path

KEPT: Final = 500
"""Lines that are remembered; beyond it the memory begins anew."""


@define(eq=False)
class Authors:
    """What is known of the lines of one workspace. Questions for the same line share one answer."""

    _asked: dict[tuple[str, int, int], asyncio.Task[str]] = field(factory=dict)

    async def of(self, session: Session, path: str, line: int, generation: int) -> str:
        """`anna, 2026-01-31, 1a2b3c4`, or nothing when nobody knows.

        Args:
            session: whose daemon is asked.
            path: the file, relative to the root.
            line: from 1, in the file as it is on the disk.
            generation: another number after the file has changed.
        """
        key = (path, line, generation)
        if key not in self._asked:
            if len(self._asked) > KEPT:
                self._asked = {old: task for old, task in self._asked.items() if not task.done()}
            self._asked[key] = asyncio.get_running_loop().create_task(_asked(session, path, line), name=f"blame {path}")
        # Whoever asked may lose interest; others wait for the same answer.
        return await asyncio.shield(self._asked[key])

    async def close(self) -> None:
        """Ends what is asked."""
        tasks = list(self._asked.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)


async def _asked(session: Session, path: str, line: int) -> str:
    try:
        found = await session.ask(
            methods.CODE_BLAME, BlameCode(places=(CodePlace(path=shown_path(path), line=line),)), list
        )
    except IssuelensError:
        return ""
    return _shown(found[0] if found else None)


def _shown(found: dict[str, Any] | None) -> str:
    if found is None:
        return ""
    if found.get("author") is None:
        return "not committed yet"
    return f"{found['author']}, {str(found['time'])[:10]}, {str(found['commit'])[:7]}"
