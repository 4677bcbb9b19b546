"""The parts of prose that show a text as it is, such as logs, which ask for nothing; and numbered headings."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final

from issuelens.todos.language import Language
from issuelens.todos.regex import regex

_NOTHING: Final = "none|console|text|plain|output|shell-session|pycon|bash-session|log|ansi|default|doscon|pytb|diff"
_BODY: Final = r"(?:(?:\r\n|[\r\n])(?:[ \t]*+(?=[\r\n]|\Z)|(?P=indent)[ \t]+[^\r\n]*+))*+"
"""The lines below that are blank, or indented more."""
_HEADING: Final = r"\d{1,3}[.)] [^\r\n]*+(?=(?:\r\n|[\r\n])(?P<sign>[=~^\"'`#*+-])(?P=sign){2,}+[ \t]*(?:[\r\n]|\Z))"
_RESTRUCTURED: Final = (
    rf"^(?P<indent>[ \t]*+)(?:\.\.[ \t]+(?:(?:code-block|code|sourcecode)::[ \t]*(?:{_NOTHING})?|parsed-literal::)"
    rf"[ \t]*+(?=[\r\n]|\Z){_BODY}|{_HEADING}|(?!\.\.[ \t])\S[^\r\n]*+(?<=::)(?P<body>{_BODY}))"
)
_ASCIIDOC: Final = (
    r"^(?P<indent>)(?:\[(?:source|listing)[^\r\n]*\](?:\r\n|[\r\n])(?P<code>----+)[ \t]*(?:\r\n|[\r\n])|"
    r"(?P<fence>----+|\.\.\.\.+)[ \t]*(?:\r\n|[\r\n])(?s:.)*?(?:^(?P=fence)[ \t]*$|\Z))"
)
_PATTERNS: Final = {
    name: regex(pattern, re.MULTILINE)
    for name, pattern in {"restructuredtext": _RESTRUCTURED, "asciidoc": _ASCIIDOC}.items()
}


class Literal:
    """Where a text shows something as it is."""

    def __init__(self, text: str, language: Language) -> None:
        self._regions: list[tuple[int, int]] = []
        pattern = _PATTERNS.get(language.name)
        position = 0
        while pattern is not None and (found := pattern.search(text, position)) is not None:
            position = max(found.end(), position + 1)
            groups = found.groupdict()
            if groups.get("code"):
                closing = regex(rf"^{groups['code']}[ \t]*$", re.MULTILINE).search(text, found.end())
                position = closing.end() if closing is not None else len(text)
            else:
                self._regions.append((found.start("body") if groups.get("body") else found.start(), found.end()))

    def holds(self, place: int) -> bool:
        """Whether a place is in such a part."""
        at = bisect_right(self._regions, (place, len(self._regions) and self._regions[-1][1])) - 1
        return at >= 0 and place < self._regions[at][1]
