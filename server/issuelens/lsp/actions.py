"""What can be done at a place, before it is an editor's code action."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from attrs import frozen
from lsprotocol import types

FIX: Final = types.CodeActionKind.QuickFix.value
REWRITE: Final = types.CodeActionKind.RefactorRewrite.value
EXTRACT: Final = types.CodeActionKind.RefactorExtract.value
SOURCE: Final = types.CodeActionKind.Source.value


@frozen(kw_only=True)
class Action:
    """Something to do: a command's verb with its argument, or words that are written over others.

    `fixes` are the rules of the diagnostics that it does away with.
    """

    title: str
    kind: str
    verb: str = ""
    argument: Mapping[str, Any] | None = None
    replaces: tuple[int, int, int] | None = None
    by: str = ""
    fixes: tuple[str, ...] = ()
    is_preferred: bool = False


def is_below(kind: str, wanted: str) -> bool:
    """Whether an action of a kind is one of those that were asked for."""
    return kind == wanted or kind.startswith(f"{wanted}.")
