"""What belongs to a tag besides its text: parentheses, an owner, a priority, a date.

    TAG(owner)  TAG(id)  TAG(#123)  TAG(JIRA-12)  TAG @owner  TAG [p1]  TAG (due 2027-01-31)

Parentheses right behind the tag may hold several of them, with commas. The colon may stand before or behind the others.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date
from typing import Final

from issuelens.domain.reference import is_issue_id
from issuelens.todos.regex import regex

CONTENT_LIMIT: Final = 120
"""Characters in parentheses without an id; with more, they are text."""
_PAREN = regex(r"\((?P<content>[^()\r\n]{0,240})\)")
_BRACKET = regex(r"[ \t]*(?:\((?P<round>[^()\[\]\r\n]{1,120})\)|\[(?P<square>[^()\[\]\r\n]{1,60})\])")
_LAST = regex(r"[ \t]+(?:\((?P<round>[^()\[\]\r\n]{1,60})\)|\[(?P<square>[^()\[\]\r\n]{1,60})\])[.]?$")
_LAST_ENDS: Final = (")", "]", ").", "].")
_COLON = regex(r"[ \t]*:(?:::?(?=[ \t]|$))?(?![:=])")
_ASIDE = regex(r"[ \t]*(?:\([^()\r\n]{1,60}\)|\[[^\[\]\r\n]{1,40}\])[ \t]*:(?![:=])")
"""Something else in brackets before the colon, which stays in the text."""
_MORE = regex(r"[ \t]*[:(\[@]")
_PLAIN = regex(r"(?::(?![:=]))?+(?!\*|[ \t]*+[:(\[@])")
"""What stands behind most tags: at most a colon, and behind it nothing that says more than text does."""
_CLOSING: Final = {"[": "]", "<": ">", "(": ")"}
_LINKED = regex(r"[(\[]")
_STARS = regex(r"\*{1,3}")
_AT_OWNER = regex(r"[ \t]*@(?P<owner>\w(?:[\w.-]{0,59}\w)?)(?=[\s:,;]|$)")
_PRIORITY = regex(r"[pP](?P<priority>[0-4])")
_DUE = regex(r"(?:due:?[ \t]*)?(?P<due>\d{4}-\d{2}-\d{2})", re.IGNORECASE)
_EXTERNAL = regex(
    r"#\d{1,9}|[A-Z][A-Z0-9]{1,9}-\d{1,9}|(?i:bug|issue|gh|pr)[ #:-]{1,2}\d{1,9}|https?://\S{1,200}"
    r"|[\w.-]{1,60}(?:/[\w.-]{1,60}){0,3}[/#]\d{1,12}"
)
_OWNER = regex(r"@?(?P<owner>[^\W\d][\w.+-]{0,60}(?:@[\w.-]{1,60})?|[^\W\d_]\w{0,30}(?: [^\W\d_][\w.]{0,30}){1,2})")
_NAMES = regex(r"\w+")
_DOCUMENTATION_TAGS: Final = frozenset(
    {
        "deprecated",
        "file",
        "internal",
        "link",
        "override",
        "param",
        "return",
        "returns",
        "see",
        "since",
        "throws",
        "type",
    }
)
"""What stands behind an @ without being a person."""
_SEPARATORS = regex(r"(?:[-–—=>~!.…,;:]++(?:[ \t]++|$))*+")
"""What stands between a tag and its text, apart from both."""
_ELEMENT_END = regex(r"[ \t]{0,9}</[A-Za-z]\w{0,20}>\Z")
_TRAILING: Final = "-=*#/~|"
_TAIL: Final = 70
_CLOSING_SIGNS: Final = ")].!"
_PAIRS: Final = ("()", "[]")


class Parts:
    """What was read behind a tag. Offsets are those of the text.

    The id is written over `id_start` to `id_end`, between `before` and `after`. `words` is where the text begins.
    `is_mark` says that something was there that prose has not.
    """

    __slots__ = (
        "after", "before", "due", "external", "has_colon", "id_end", "id_start", "is_mark", "issue_id", "owner",
        "priority", "words",
    )  # fmt: skip

    def __init__(self, behind: int) -> None:
        self.id_start = self.id_end = self.words = behind
        self.before, self.after = "(", ")"
        self.owner: str | None = None
        self.issue_id: str | None = None
        self.external: str | None = None
        self.priority: int | None = None
        self.due: str | None = None
        self.is_mark = self.has_colon = False

    def take(self, content: _Content) -> bool:
        """Takes what is not known yet; nothing at all when a part is there already."""
        fields = ("owner", "issue_id", "external", "priority", "due")
        told = {name: getattr(content, name) for name in fields if getattr(content, name) is not None}
        if any(getattr(self, name) is not None for name in told):
            return False
        for name, value in told.items():
            setattr(self, name, value)
        return True


class _Content:
    """What stands within parentheses."""

    def __init__(self, id_at: tuple[int, int] | None = None) -> None:
        self.owner: str | None = None
        self.issue_id: str | None = None
        self.external: str | None = None
        self.priority: int | None = None
        self.due: str | None = None
        self.id_at = id_at
        """Where the id stands, from the beginning of the content."""
        self.has_name = False
        """Whether the owner is a mere word, without an @."""
        self.rest: list[str] = []

    @property
    def is_who(self) -> bool:
        """Whether it says more than when and how urgent."""
        return self.owner is not None or self.issue_id is not None or self.external is not None


def read_parts(text: str, start: int, end: int, prefixes: Collection[str], opened: str = "") -> Parts:
    """What belongs to a tag.

    Args:
        text: the whole text.
        start: the offset behind the tag.
        end: that of the end of its line.
        prefixes: what begins an issue id here.
        opened: the bracket before the tag, if there is one.
    """
    if opened in _CLOSING or (plain := _PLAIN.match(text, start, end)) is None:
        return read_each_part(text, start, end, prefixes, opened)
    parts = Parts(start)
    if plain.end() > start:
        parts.words, parts.is_mark, parts.has_colon = start + 1, True, True
    return parts


def read_each_part(text: str, start: int, end: int, prefixes: Collection[str], opened: str = "") -> Parts:
    """As `read_parts`, looking for one part after the other; most tags have none of them."""
    parts = Parts(start)
    reader = _Reader(text, end, parts, prefixes)
    reader.stars()
    reader.parentheses()
    reader.stars()
    if opened in _CLOSING:
        reader.bracket_end(_CLOSING[opened])
    while _MORE.match(text, parts.words, end) is not None:
        if not (reader.colon() or reader.at_owner() or reader.bracket()):
            break
    reader.stars()
    reader.aside()
    return parts


class _Reader:
    """Reads on behind a tag, one part after the other."""

    def __init__(self, text: str, end: int, parts: Parts, prefixes: Collection[str]) -> None:
        self.text = text
        self.end = end
        self.parts = parts
        self.prefixes = prefixes

    def stars(self) -> None:
        """The end of Markdown's emphasis."""
        match = _STARS.match(self.text, self.parts.words, self.end)
        if match is not None and not (match.end() < self.end and self.text[match.end()].isalnum()):
            self.parts.words, self.parts.is_mark = match.end(), True

    def parentheses(self) -> None:
        """Those right behind the tag, whatever they hold."""
        match = _PAREN.match(self.text, self.parts.words, self.end)
        if match is None:
            return
        content = _content(match["content"], self.prefixes)
        if content.issue_id is None and len(match["content"]) > CONTENT_LIMIT:
            return
        self._enter(match.start("content"), match["content"], content)
        self.parts.words, self.parts.is_mark = match.end(), True

    def _enter(self, start: int, words: str, content: _Content) -> None:
        """Takes parentheses in which the id is written, too."""
        parts = self.parts
        parts.take(content)
        parts.before, parts.after = "", ""
        if content.id_at is not None:
            parts.id_start, parts.id_end = start + content.id_at[0], start + content.id_at[1]
        elif words.strip():
            parts.id_start = parts.id_end = start + len(words) - len(words.lstrip())
            parts.after = ", "
        else:
            parts.id_start, parts.id_end = start, start + len(words)

    def bracket_end(self, closing: str) -> None:
        """The end of [TAG], which is no link, or of <TAG>."""
        at = self.parts.words
        if at < self.end and self.text[at] == closing and not _LINKED.match(self.text, at + 1, self.end):
            self.parts.words, self.parts.is_mark = at + 1, True

    def colon(self) -> bool:
        """A colon, once."""
        match = None if self.parts.has_colon else _COLON.match(self.text, self.parts.words, self.end)
        if match is None:
            return False
        self.parts.words, self.parts.is_mark, self.parts.has_colon = match.end(), True, True
        return True

    def aside(self) -> None:
        """A colon behind brackets that say nothing we know."""
        if not self.parts.has_colon and _ASIDE.match(self.text, self.parts.words, self.end) is not None:
            self.parts.is_mark = True

    def at_owner(self) -> bool:
        """`@owner`."""
        match = _AT_OWNER.match(self.text, self.parts.words, self.end)
        if match is None or match["owner"] in _DOCUMENTATION_TAGS or self.parts.owner is not None:
            return False
        self.parts.owner, self.parts.words, self.parts.is_mark = match["owner"], match.end(), True
        return True

    def bracket(self) -> bool:
        """`[p1]`, `(due 2027-01-31)`, or, before the colon, parentheses that stand apart from the tag."""
        match = _BRACKET.match(self.text, self.parts.words, self.end)
        if match is None:
            return False
        words = match["round"] or match["square"]
        content = _content(words, self.prefixes)
        if content.rest or (content.is_who and not self._may_say_who(match, content)):
            return False
        if match["round"] is not None and not content.is_who and content.due is None:
            return False
        is_place = content.is_who and self.parts.before == "(" and match["round"] is not None
        if not self.parts.take(content):
            return False
        if is_place:
            self._enter(match.start("round"), words, _Content(id_at=content.id_at))
        self.parts.words, self.parts.is_mark = match.end(), True
        return True

    def _may_say_who(self, match: re.Match[str], content: _Content) -> bool:
        if match["round"] is None:
            is_glued = match.start("square") == self.parts.words + 1
            return is_glued and _COLON.match(self.text, match.end(), self.end) is not None
        if self.parts.has_colon or self.parts.before != "(":
            return False
        return not content.has_name or _COLON.match(self.text, match.end(), self.end) is not None


def _content(words: str, prefixes: Collection[str]) -> _Content:
    found = _Content()
    for start, piece in _pieces(words):
        if not _take_piece(found, piece, start, prefixes):
            found.rest.append(piece)
    return found


def _pieces(words: str) -> Iterator[tuple[int, str]]:
    start = 0
    for piece in words.split(","):
        stripped = piece.strip()
        yield start + len(piece) - len(piece.lstrip()), stripped
        start += len(piece) + 1


def _take_piece(found: _Content, piece: str, start: int, prefixes: Collection[str]) -> bool:
    if found.issue_id is None and is_issue_id(piece, prefixes):
        found.issue_id, found.id_at = piece, (start, start + len(piece))
    elif found.priority is None and (match := _PRIORITY.fullmatch(piece)) is not None:
        found.priority = int(match["priority"])
    elif found.due is None and (match := _DUE.fullmatch(piece)) is not None and is_date(match["due"]):
        found.due = match["due"]
    elif found.external is None and _EXTERNAL.fullmatch(piece) is not None:
        found.external = piece
    elif found.owner is None and (match := _OWNER.fullmatch(piece)) is not None and _is_name(match["owner"]):
        found.owner, found.has_name = match["owner"], not piece.startswith("@")
    else:
        return False
    return True


def _is_name(words: str) -> bool:
    """Whether it is one word, or several that each begin with a capital."""
    names = _NAMES.findall(words)
    return " " not in words or all(name[0].isupper() for name in names)


def is_date(text: str) -> bool:
    """Whether a text of the form YYYY-MM-DD is a day of the calendar."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def words_of(text: str, parts: Parts, end: int) -> str:
    """The text of a TODO on its first line, without decoration. Takes a priority and a date at its end into `parts`."""
    words = text[parts.words : end].strip()
    for _ in range(2):
        if not words.endswith(_LAST_ENDS):
            break
        tail = words[-_TAIL:]
        match = _LAST.search(tail)
        if match is None or not _takes_last(parts, match):
            break
        words = words[: len(words) - len(tail) + match.start()].rstrip()
    return _without_decoration(words)


def _takes_last(parts: Parts, match: re.Match[str]) -> bool:
    content = _content(match["round"] or match["square"], ())
    if content.rest or content.is_who or (match["round"] is not None and content.due is None):
        return False
    return parts.take(content)


def _without_decoration(words: str) -> str:
    words = _ELEMENT_END.sub("", words) if words.endswith(">") else words
    if not words.strip(_CLOSING_SIGNS):
        return ""
    begin = _SEPARATORS.match(words)
    words = words[begin.end() :] if begin is not None else words
    bare = words.rstrip(_TRAILING)
    if bare.endswith((" ", "\t")) and (len(words) - len(bare) > 1 or bare.endswith("  ") or words.endswith("|")):
        words = bare.rstrip()
    for opening, closing in _PAIRS:
        # The end of parentheses around the whole, `(TODO: x)`.
        if words.endswith(closing) and words.count(closing) > words.count(opening):
            words = words[:-1].rstrip()
    return words
