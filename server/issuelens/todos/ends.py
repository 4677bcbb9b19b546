"""Looks for the ends of heredocs, raw strings and quotes of any delimiter, and remembers which are missing.

An end that was missing once is missing from there on, too: looking again for each opener would take quadratic time.
"""

from __future__ import annotations

import re
from typing import Final

from issuelens.todos.forms import PAIRS, Delimited
from issuelens.todos.regex import regex

MISSING_LIMIT: Final = 50
"""Ends that were not found, after which no more of them are looked for in a text."""
WASTE_LIMIT: Final = 20_000
"""Characters read in vain (beside some times the text's length), after which nothing is looked for any more."""
COMPILED_LIMIT: Final = 300
"""Patterns kept for a language."""


class Ends:
    """The ends in one text, looked for from left to right; `missing` takes what was not found."""

    def __init__(self, text: str, compiled: dict[str, re.Pattern[str]], missing: set[str]) -> None:
        self._text = text
        self._compiled = compiled
        self.missing = missing
        self.wasted = 0
        self._heredocs: dict[str, tuple[int, int]] = {}

    def behind(self, closer: str, position: int) -> int:
        """The place behind the next `closer`; -1 when there is none."""
        if self._is_missing(closer):
            return -1
        found = self._text.find(closer, position)
        if found < 0:
            self.missing.add(closer)
            return -1
        return found + len(closer)

    def heredoc_pattern(self, mark: str, is_indented: bool, is_loose: bool) -> str:
        """The pattern of the line that ends a heredoc."""
        blanks = r"[ \t]*+" if is_indented else ""
        after = r"(?![A-Za-z0-9_])" if is_loose else r"(?=[ \t]*+(?:[\r\n]|\Z))"
        return rf"[\r\n]{blanks}{re.escape(mark)}{after}"

    def of_heredoc(self, pattern: str, position: int) -> int:
        """The place behind the next line that ends a heredoc, without its line end; -1 when there is none."""
        known = self._heredocs.get(pattern)
        if known is not None and known[0] >= position:
            return known[1]
        if self._is_missing(pattern):
            return -1
        found = self._pattern(pattern).search(self._text, position)
        if found is None:
            self.missing.add(pattern)
            return -1
        self._heredocs[pattern] = found.span()
        return found.end()

    def of_delimited(self, form: Delimited, opener: str, position: int) -> int:
        """The end of quotes of any delimiter, which is the last character of `opener`; -1 when there is none."""
        sign = opener[-1]
        name = opener[len(form.opener) : -1].rstrip(" \t")
        end = self._part(sign, position)
        if end >= 0 and name in form.twice:
            if sign not in PAIRS:
                return self._part(sign, end)
            blanks = regex(r"\s{0,200}+").match(self._text, end)
            start = blanks.end() if blanks is not None else end
            second = self._text[start : start + 1]
            return self._part(second, start + 1) if second and not second.isalnum() else end
        return end

    def _part(self, sign: str, position: int) -> int:
        close, depth = PAIRS.get(sign, sign), 1
        # Of brackets, a later one may be closed where an earlier one is not.
        if self._is_missing(f"delimited {sign}" if close == sign else "") or self.is_wasteful:
            return -1
        for found in self._pattern(rf"\\(?s:.)|[{re.escape(sign)}{re.escape(close)}]").finditer(self._text, position):
            if found[0] == close:
                depth -= 1
            elif found[0] == sign:
                depth += 1
            if depth == 0:
                return found.end()
        self.missing.add(f"delimited {sign}")
        self.wasted += len(self._text) - position
        return -1

    @property
    def is_wasteful(self) -> bool:
        """Whether so much was read in vain that nothing should be looked for any more."""
        if self.wasted <= WASTE_LIMIT + 4 * len(self._text):
            return False
        self.missing.add("whatever comes")
        return True

    def _is_missing(self, name: str) -> bool:
        return name in self.missing or len(self.missing) >= MISSING_LIMIT

    def _pattern(self, pattern: str) -> re.Pattern[str]:
        if pattern not in self._compiled:
            if len(self._compiled) > COMPILED_LIMIT:
                self._compiled.clear()
            self._compiled[pattern] = regex(pattern)
        return self._compiled[pattern]
