"""What stands before a place in a text: whether a value may begin there, and whether it is the first on its line.

All of it looks back a bounded way and reads nothing but the text, so that lexing can begin anywhere.
"""

from __future__ import annotations

from typing import Final

from issuelens.todos.regex import regex

LOOK_BEHIND: Final = 256
"""Characters before a token that say what it is, at most."""
DEPTH_LIMIT: Final = 5
"""Parentheses within each other that are looked through."""
_BLANKS: Final = " \t\r\n\f\v"
_LAST_WORD = regex(r"[\w$]+\Z")
_CONDITIONS: Final = frozenset(("if", "while", "for", "with", "switch", "elsif", "unless", "until"))
"""Words whose parentheses are followed by a statement."""


def is_first_on_line(text: str, position: int) -> bool:
    """Whether nothing but blanks stands before it on its line (as far as LOOK_BEHIND)."""
    low = max(0, position - LOOK_BEHIND)
    head = text[low:position].rstrip(" \t\f\v")
    return (not head and low == 0) or head.endswith(("\n", "\r"))


def value_may_begin(
    text: str, position: int, words: frozenset[str], is_argument: bool = False, begins_lines: bool = False
) -> bool:
    """Whether a value may begin at a place, rather than an operator.

    Args:
        text: the whole text.
        position: the place.
        words: those behind which a value begins, such as `return`.
        is_argument: whether a value may be the argument of the word before it, when a blank stands between.
        begins_lines: whether a line never begins with an operator.
    """
    if begins_lines and is_first_on_line(text, position):
        return True
    low = max(0, position - LOOK_BEHIND)
    at = _without_comments(text, low, position)
    if at == low:
        return True
    sign = text[at - 1]
    if sign.isalnum() or sign in "_$":
        return _behind_word(text, low, at, words) or (is_argument and at < position and _is_argument(text, position))
    if sign in "+-" and text[at - 2 : at] == sign * 2:
        return False
    if sign == ")":
        return _behind_condition(text, low, at)
    return sign not in "]\"'`"


def _without_comments(text: str, low: int, position: int) -> int:
    """The place behind the last character that is neither blank nor in a comment between it and `position`."""
    at = position
    while at > low:
        if text[at - 1] in "\r\n":
            at = _line_comment_start(text, low, at - 1)
        elif text[at - 1] in _BLANKS:
            at -= 1
        elif text.endswith("*/", low, at) and (start := text.rfind("/*", low, at - 2)) >= 0:
            at = start
        else:
            return at
    return low


def _line_comment_start(text: str, low: int, end: int) -> int:
    begin = max(text.rfind("\n", low, end), text.rfind("\r", low, end), low - 1) + 1
    start = text.find("//", begin, end)
    return start if start >= 0 and text[max(begin, start - 1) : start] != ":" else end


def _behind_word(text: str, low: int, at: int, words: frozenset[str]) -> bool:
    found = _LAST_WORD.search(text, max(low, at - 20), at)
    return found is not None and found[0] in words and text[max(0, found.start() - 1) : found.start()] != "."


def _is_argument(text: str, position: int) -> bool:
    return text[position + 1 : position + 2] not in ("", *_BLANKS, "=")


def _behind_condition(text: str, low: int, at: int) -> bool:
    """Whether the parenthesis that closes before `at` is that of an `if` or the like."""
    depth = 0
    for place in range(at - 1, low - 1, -1):
        depth += (text[place] == ")") - (text[place] == "(")
        if depth > DEPTH_LIMIT:
            return False
        if depth == 0:
            begin = len(text[low:place].rstrip(" \t")) + low
            return _behind_word(text, low, begin, _CONDITIONS)
    return False
