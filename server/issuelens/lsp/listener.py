"""Who hears of a Session."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from attrs import frozen

from issuelens.lsp.progress import Progress
from issuelens.lsp.turns import Paths

if TYPE_CHECKING:
    from issuelens.lsp.session import Session


@frozen
class SessionListener:
    """Who is told: `changed(session, revision, ids, named)`, ids None when anything may have; `problem(session, text)`.

    `named` are the ids of the issues that changed and of those merged into them, under which texts may name them.

    `todos(session, paths)` hears which files hold other TODOs, None when any may; `progress(cancel)` makes a progress
    that calls back when the person cancels it.
    """

    changed: Callable[[Session, int, tuple[str, ...] | None, frozenset[str] | None], None]
    problem: Callable[[Session, str], None]
    todos: Callable[[Session, Paths], None]
    progress: Callable[[Callable[[], None]], Progress]
