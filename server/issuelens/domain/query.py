"""The query language: which issues a list shows, and in which order. docs/user/queries.md has its grammar.

query  = { term }
term   = [ "-" ] ( field ":" value { "," value } | word )
value  = [ "<" | "<=" | ">" | ">=" ] ( word | '"' text '"' )
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Final

from attrs import evolve, frozen

from issuelens.domain.errors import InvalidQuery
from issuelens.domain.fields import is_encodable
from issuelens.domain.moment import parse_span
from issuelens.domain.redaction import redacted
from issuelens.domain.vocabulary import PRIORITIES, TOMBSTONE, Category


class Kind(StrEnum):
    """What the values of a field are."""

    WORD = "word"
    NUMBER = "number"
    MOMENT = "moment"
    TEXT = "text"
    NAME = "name"


FIELDS: Final = {
    "id": Kind.WORD,
    "status": Kind.WORD,
    "category": Kind.NAME,
    "type": Kind.WORD,
    "label": Kind.WORD,
    "assignee": Kind.WORD,
    "creator": Kind.WORD,
    "external": Kind.WORD,
    "parent": Kind.WORD,
    "epic": Kind.WORD,
    "depends-on": Kind.WORD,
    "blocks": Kind.WORD,
    "priority": Kind.NUMBER,
    "estimate": Kind.NUMBER,
    "created": Kind.MOMENT,
    "updated": Kind.MOMENT,
    "closed": Kind.MOMENT,
    "due": Kind.MOMENT,
    "defer": Kind.MOMENT,
    "deleted": Kind.MOMENT,
    "text": Kind.TEXT,
    "title": Kind.TEXT,
    "has": Kind.NAME,
    "is": Kind.NAME,
}
"""Field -> what its values are. `sort` and `limit` are directions, not fields."""

NAMES: Final = {
    "category": tuple(str(one) for one in Category),
    "has": (
        *("todo", "reference", "comment", "label", "assignee", "parent", "child", "dependency"),
        *("due", "defer", "estimate", "description", "design", "acceptance", "notes", "external", "metadata"),
    ),
    "is": ("open", "closed", "ready", "blocked", "deferred", "overdue", "deleted", "epic", "any"),
}
"""Field -> the words that it knows."""

SORT_KEYS: Final = (
    *("priority", "created", "updated", "closed", "due", "id", "title", "status", "type", "assignee", "estimate"),
    "relevance",
)
VALUES: Final = 200
"""Values in a query; SQLite takes no condition that is nested deeper than 1,000."""
VALUE_LIMIT: Final = 5_000
"""Characters in a value; SQLite compares with no pattern of more than 50,000 bytes."""
_SHORT: Final = {"prio": "priority", "author": "creator", "state": "status", "p": "priority"}

_NAME = re.compile(r"(-?)([A-Za-z-]+):")
_METADATA = re.compile(r"(-?)meta\.([^\s:\"]{1,200}):")
_COMPARISON = re.compile(r"<=|>=|<|>|=")
_WORD = re.compile(r'[^\s,"]+')
_BARE = re.compile(r'[^\s"]+')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:T[0-9:.]+Z?)?\Z")
_DAYS: Final = ("today", "tomorrow", "yesterday")


@frozen
class Value:
    """One value of a term with its comparison (`=`, `<`, `<=`, `>`, `>=`). Numbers are digits in `text`."""

    text: str
    comparison: str = "="


@frozen
class Term:
    """A condition: the field has one of the values. `field` is a key of FIELDS, or `meta.KEY`."""

    field: str
    values: tuple[Value, ...]
    is_negated: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """The values' texts."""
        return tuple(value.text for value in self.values)


@frozen
class SortKey:
    """One key of the order; `is_descending` is written with a dash."""

    name: str
    is_descending: bool = False


@frozen
class Query:
    """Every term must hold. Without `sort`: by relevance where text is looked for, else priority, newest first, id."""

    terms: tuple[Term, ...] = ()
    sort: tuple[SortKey, ...] = ()
    limit: int | None = None

    @property
    def names_state(self) -> bool:
        """Whether it says itself if finished issues are wanted."""
        return any(
            term.field in ("status", "category", "closed", "deleted", "id")
            or (term.field == "is" and set(term.words) & {"open", "closed", "ready", "blocked", "deleted", "any"})
            for term in self.terms
        )

    def narrowed(self, state: str) -> Query:
        """The query, narrowed to a state (a word of `is:`) unless it speaks of states itself."""
        if self.names_state:
            return self
        return evolve(self, terms=(*self.terms, Term("is", (Value(state),))))

    @property
    def wants_deleted(self) -> bool:
        """Whether it asks for tombstones; otherwise none is found."""
        return any(
            not term.is_negated
            and (
                term.field in ("deleted", "id")
                or (term.field == "is" and "deleted" in term.words)
                or (term.field == "status" and TOMBSTONE in term.words)
            )
            for term in self.terms
        )

    @property
    def wants_open(self) -> bool:
        """Whether it asks for unfinished issues only."""
        return any(term.field == "is" and term.words == ("open",) and not term.is_negated for term in self.terms)

    @property
    def needs_text(self) -> bool:
        """Whether it looks for words."""
        return any(term.field == "text" for term in self.terms)

    @property
    def needs_code(self) -> bool:
        """Whether it asks where ids stand in the code."""
        return any(term.field == "has" and set(term.words) & {"todo", "reference"} for term in self.terms)


def parse_query(text: str) -> Query:
    """Reads a query.

    Raises:
        InvalidQuery: with `column` (1-based) and a mark under the text.
    """
    if not is_encodable(text):
        raise _error("there is half of a character (a lone surrogate); remove it", text, _first_surrogate(text))
    terms: list[Term] = []
    sort: tuple[SortKey, ...] = ()
    limit: int | None = None
    count = 0
    for name, is_negated, values, column in _Reader(text).terms():
        count += len(values)
        if count > VALUES:
            raise _error(f"it has more than {VALUES} values; ask for less at once", text, column)
        if name == "sort":
            sort = tuple(_sort_key(value, text, column) for value in values)
        elif name == "limit":
            limit = _limit(values, text, column)
        else:
            terms.append(Term(name, tuple(values), is_negated))
    return Query(tuple(terms), sort, limit)


def _first_surrogate(text: str) -> int:
    return next(at for at, one in enumerate(text) if not is_encodable(one))


def render_query(query: Query) -> str:
    """The text that parses to the same query."""
    parts = [
        ("-" if term.is_negated else "") + f"{term.field}:" + ",".join(_rendered(value) for value in term.values)
        for term in query.terms
    ]
    if query.sort:
        parts.append("sort:" + ",".join(("-" if key.is_descending else "") + key.name for key in query.sort))
    if query.limit is not None:
        parts.append(f"limit:{query.limit}")
    return " ".join(parts)


def quoted(text: str) -> str:
    """The text as a value that means nothing but itself."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _rendered(value: Value) -> str:
    return ("" if value.comparison == "=" else value.comparison) + quoted(value.text)


class _Reader:
    """Walks over the text of a query."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def terms(self) -> Iterator[tuple[str, bool, list[Value], int]]:
        """Each term: field, whether it is negated, values, and its column (0-based)."""
        while True:
            self._skip_spaces()
            if self._at >= len(self._text):
                return
            begin = self._at
            named = _NAME.match(self._text, begin) or _METADATA.match(self._text, begin)
            if named is None:
                is_negated, word = self._bare_word()
                yield "text", is_negated, [self._checked("text", word, begin + is_negated)], begin
                continue
            self._at = named.end()
            name = self._field(named, begin)
            yield name, bool(named[1]), [self._checked(name, *one) for one in self._values(named[0])], begin

    def _skip_spaces(self) -> None:
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1

    def _field(self, named: re.Match[str], begin: int) -> str:
        if named.re is _METADATA:
            return f"meta.{named[2]}"
        name = _SHORT.get(named[2].lower(), named[2].lower())
        if name not in FIELDS and name not in ("sort", "limit"):
            raise self.error(f"there is no field {named[2]!r}; known are {', '.join(FIELDS)}, sort, limit", begin)
        if name in ("sort", "limit") and named[1]:
            raise self.error(f"{name} can't be negated", begin)
        return name

    def _bare_word(self) -> tuple[bool, Value]:
        is_negated = self._text[self._at] == "-" and self._text[self._at + 1 : self._at + 2].strip() != ""
        if is_negated:
            self._at += 1
        if self._text[self._at] == '"':
            return is_negated, Value(self._quoted())
        word = _BARE.match(self._text, self._at)
        assert word is not None
        self._at = word.end()
        return is_negated, Value(word[0])

    def _values(self, name: str) -> Iterator[tuple[Value, int]]:
        while True:
            begin = self._at
            comparison = _COMPARISON.match(self._text, self._at)
            if comparison is not None:
                self._at = comparison.end()
            yield Value(self._word(name), comparison[0] if comparison else "="), begin
            if self._text[self._at : self._at + 1] != ",":
                return
            self._at += 1

    def _word(self, name: str) -> str:
        if self._text[self._at : self._at + 1] == '"':
            return self._quoted()
        word = _WORD.match(self._text, self._at)
        if word is None:
            raise self.error(f"a value is missing after {name!r}", self._at)
        self._at = word.end()
        return word[0]

    def _quoted(self) -> str:
        match = _QUOTED.match(self._text, self._at)
        if match is None:
            raise self.error("the closing quotation mark is missing", self._at)
        self._at = match.end()
        return re.sub(r"\\(.)", r"\1", match[1], flags=re.DOTALL)

    def _checked(self, name: str, value: Value, column: int) -> Value:
        if name == "sort":
            _sort_key(value, self._text, column)
        if name == "limit":
            _limit([value], self._text, column)
        kind = Kind.WORD if name in ("sort", "limit") or name.startswith("meta.") else FIELDS[name]
        if kind not in (Kind.NUMBER, Kind.MOMENT) and value.comparison != "=":
            raise self.error(f"{name} can't be compared with {value.comparison}", column)
        if kind is Kind.NAME and value.text not in NAMES[name]:
            raise self.error(f"{name} knows no {value.text!r}; known are {', '.join(NAMES[name])}", column)
        if kind is Kind.NUMBER:
            self._check_number(name, value, column)
        if kind is Kind.TEXT and not value.text.strip():
            raise self.error("there is no text to look for; an empty one would be everywhere", column)
        if len(value.text) > VALUE_LIMIT:
            raise self.error(f"a value has at most {VALUE_LIMIT:,} characters, this one {len(value.text):,}", column)
        if kind is Kind.MOMENT and not _is_moment(value):
            raise self.error(f"{value.text!r} is not a date such as 2027-01-31, a span such as <7d, or today", column)
        return value

    def _check_number(self, name: str, value: Value, column: int) -> None:
        if not (value.text.isascii() and value.text.isdigit() and len(value.text) < 10):
            raise self.error(f"{name} must be a whole number, not {value.text!r}", column)
        if name == "priority" and int(value.text) not in PRIORITIES:
            raise self.error("priority is 0 (most urgent) to 4", column)

    def error(self, problem: str, column: int) -> InvalidQuery:
        """The error that points at a column (0-based)."""
        return _error(problem, self._text, column)


def _is_moment(value: Value) -> bool:
    if value.text in _DAYS:
        return True
    if parse_span(value.text) is not None:
        return value.comparison != "="
    if _DATE.match(value.text) is None:
        return False
    try:
        # Without the Z, as where it is compared: with it, Python takes some that it does not take without.
        datetime.fromisoformat(value.text.removesuffix("Z"))
    except ValueError:
        return False
    return True


def _sort_key(value: Value, text: str, column: int) -> SortKey:
    name = value.text.removeprefix("-")
    if name not in SORT_KEYS:
        raise _error(f"can't sort by {name!r}; known are {', '.join(SORT_KEYS)}", text, column)
    return SortKey(name, value.text.startswith("-"))


def _limit(values: list[Value], text: str, column: int) -> int:
    digits = values[0].text.lstrip("0") if len(values) == 1 else ""
    if not digits.isdecimal() or len(digits) > 10:
        raise _error("limit must be one whole number from 1 on", text, column)
    return int(digits)


def _error(problem: str, text: str, column: int) -> InvalidQuery:
    # Cut afterwards: half an address is not known to be one.
    shown = redacted(text[max(0, column - 10) :])[:40].replace("\n", " ")
    return InvalidQuery(f"query, column {column + 1}: {problem} (at {shown!r})", column=column + 1)
