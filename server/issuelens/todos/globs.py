"""Globs of an editor's settings as patterns of .gitignore."""

from __future__ import annotations

import re
from typing import Final

from issuelens.domain.config import PATTERN_LIMIT, is_bounded_pattern
from issuelens.todos.regex import regex

ALTERNATIVES_LIMIT: Final = 100
"""Patterns that the braces of one glob may stand for."""
_BRACES = regex(r"\{([^{}]*)\}")
_EXTENDED = regex(r"[?*+@!]\(")
_RANGE = regex(r"(-?\d{1,9})\.\.(-?\d{1,9})\Z")
_ELSEWHERE = regex(r"[~$]|[A-Za-z]:|/(?:home|Users|Volumes|etc|mnt|opt|private|root|srv|tmp|usr|var)(?:/|\Z)")
_WORKSPACE: Final = ("${workspaceFolder}/", "${workspaceRoot}/", "./")


class NoPattern(ValueError):
    """A glob can't be said as patterns; the text says why."""


def patterns_of(glob: str, *, at_root: bool = False) -> list[str]:
    """The patterns that leave out what a glob names.

    Args:
        glob: with `*`, `**`, `?`, `[…]` and `{a,b}`.
        at_root: whether a name without a slash means one in the root only, as in the editor's own excludes; else it
            means that name in any folder, as for ripgrep.

    Raises:
        NoPattern: when there are none that mean the same.
    """
    if not glob.strip() or not glob.isprintable():
        raise NoPattern("it is empty or can't be shown on a line")
    if len(glob) > PATTERN_LIMIT:
        raise NoPattern(f"it has more than {PATTERN_LIMIT} characters")
    glob = glob.strip()
    for beginning in _WORKSPACE:
        if glob.startswith(beginning):
            glob, at_root = glob.removeprefix(beginning), True
    return list(dict.fromkeys(_pattern(one, at_root) for one in _alternatives(glob)))


def _alternatives(glob: str) -> list[str]:
    found, waiting = [], [glob]
    while waiting:
        one = waiting.pop()
        braces = _BRACES.search(one)
        if braces is None:
            found.append(one)
        elif _RANGE.match(braces[1]):
            raise NoPattern("it has a range of numbers")
        else:
            waiting += [one[: braces.start()] + part + one[braces.end() :] for part in reversed(braces[1].split(","))]
        if len(found) + len(waiting) > ALTERNATIVES_LIMIT:
            raise NoPattern(f"its braces stand for more than {ALTERNATIVES_LIMIT} patterns")
    return found


def _pattern(glob: str, at_root: bool) -> str:
    if glob.startswith("!"):
        raise NoPattern("it takes files in again; an exclude can only leave out")
    if _EXTENDED.search(glob):
        raise NoPattern("it has extended patterns such as !(…)")
    if "\\" in glob and "/" not in glob:
        glob = re.sub(r"\\+", "/", glob)
    if _ELSEWHERE.match(glob) or ".." in glob.split("/"):
        raise NoPattern("it names a place outside of the workspace")
    pattern = _shorter(glob, at_root)
    if not is_bounded_pattern(pattern):
        raise NoPattern("it has too many *; two may stand between slashes")
    return f"\\{pattern}" if pattern.startswith("#") else pattern


def _shorter(glob: str, at_root: bool) -> str:
    """`**/x/**` is `x/`, and `**/x` is `x`; what stands at the root gets a slash where it needs one."""
    name = glob.removesuffix("/**").rstrip("/")
    is_folder = name != glob
    anywhere = name.removeprefix("**/")
    if "/" not in anywhere:
        is_at_root = name == anywhere and (at_root or glob.endswith("/**"))
        name = f"/{anywhere}" if is_at_root else anywhere
    if name.strip("*/") == "":
        raise NoPattern("it leaves everything out")
    return f"{name}/" if is_folder else name
