"""An issue on a card: what a hover and a completion show of it, as Markdown or as plain text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from attrs import define, field, frozen

from issuelens.domain.conflict import KeptConflict
from issuelens.domain.issue import Issue, IssueSummary
from issuelens.domain.moment import is_later, timestamp
from issuelens.domain.plain import one_line, printable
from issuelens.todos.paths import shown_path

if TYPE_CHECKING:
    from issuelens.lsp.session import Session

DESCRIPTION_LINES: Final = 12
"""Lines of the description on a card."""
COMMENTS: Final = 2
"""Comments on a card, the last ones."""
PLACES: Final = 5
"""Places in the code on a card."""
KEPT: Final = 200
"""Finished cards that are kept of a Session."""
KEPT_LENGTH: Final = 16_000
"""Characters of a card that is kept at most."""
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]<>()#+!|~$&:.=\"'/@^%]|(?<!\w)-|-(?!\w))")
"""What can be markup; within a word a hyphen is none, and ids are read as they are written."""
_INDENT: Final = re.compile(r"^[ \t]+")


@frozen(kw_only=True)
class Card:
    """What is shown of an issue: itself, what blocks it, what it blocks, where it stands (path, line from 1)."""

    issue: Issue
    blockers: Sequence[IssueSummary] = ()
    blocks: Sequence[IssueSummary] = ()
    places: Sequence[tuple[str, int]] = ()
    asked: str = ""
    """The id that was asked for, when it was merged into the issue."""
    is_overdue: bool = False
    conflicts: Sequence[KeptConflict] = ()


async def card_of(session: Session, issue_id: str) -> Card:
    """The card of an issue.

    Raises:
        UnknownIssue: when there is none.
    """
    return (await _read(session, issue_id))[0]


async def _read(session: Session, issue_id: str) -> tuple[Card, Sequence[str]]:
    """The card of an issue, and the ids that mean it."""
    from issuelens.storage.cards import read_card

    await session.must_be_open()
    found = await session.read(read_card, issue_id, session.config.prefix)
    card = Card(
        issue=found.issue,
        blockers=found.blockers,
        blocks=found.blocks,
        places=places_of_names(session, found.names),
        asked=issue_id if issue_id != found.issue.id else "",
        is_overdue=_is_past(found.issue.due_at),
        conflicts=found.conflicts,
    )
    return card, found.names


def _is_past(moment: str | None) -> bool:
    return bool(moment) and is_later(timestamp(datetime.now(UTC)), moment or "")


def places_of_names(session: Session, names: Iterable[str]) -> list[tuple[str, int]]:
    """Where an issue stands by one of its names, as far as the index knows by now: path, line from 1."""
    index = session.code.index
    return sorted({(place.path, place.one.line + 1) for name in names for place in index.places(name)})


@frozen
class _Kept:
    """A finished card, and what it depends on beside the Session's generation."""

    text: str
    names: Sequence[str]
    places: Sequence[tuple[str, int]]
    due_at: str | None
    is_overdue: bool

    def is_current(self, session: Session) -> bool:
        """Whether it says where the issue stands, and how late it is, as of now."""
        return self.is_overdue == _is_past(self.due_at) and self.places == places_of_names(session, self.names)


@define(eq=False)
class Cards:
    """The last cards that a Session has shown, as texts; whatever changes in its issues makes all of them void."""

    _kept: dict[tuple[str, bool], _Kept] = field(factory=dict)
    _generation: int = -1

    async def text(self, session: Session, issue_id: str, *, is_markdown: bool) -> str:
        """The card of an issue as it stands now, as Markdown or as plain text.

        Raises:
            UnknownIssue: when there is none.
        """
        key, generation = (issue_id, is_markdown), session.generation
        if generation != self._generation:
            self._kept.clear()
            self._generation = generation
        # While nobody tells of changes, only the database knows.
        kept = self._kept.get(key) if session.hears else None
        if kept is not None and kept.is_current(session):
            return kept.text
        card, names = await _read(session, issue_id)
        text = markdown_card(card) if is_markdown else plain_card(card)
        if session.generation == self._generation == generation and len(text) <= KEPT_LENGTH:
            self._keep(key, _Kept(text, names, card.places, card.issue.due_at, card.is_overdue))
        return text

    def _keep(self, key: tuple[str, bool], one: _Kept) -> None:
        self._kept.pop(key, None)
        if len(self._kept) >= KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = one


def markdown_card(card: Card) -> str:
    """The card as Markdown; nothing in the issue's own text can become markup, a link or a command."""
    issue = card.issue
    head = f"**{escaped(one_line(issue.id))}** {escaped(one_line(issue.title))}"
    lines = [head, "", "  \n".join(escaped(line) for line in _about(card))]
    if issue.description.strip():
        lines += ["", "  \n".join(escaped(line) for line in _excerpt(issue.description))]
    for who, text in _comments(issue):
        lines += ["", f"*{escaped(who)}* {escaped(text)}"]
    return "\n".join(lines)


def plain_card(card: Card) -> str:
    """The card as plain text."""
    issue = card.issue
    lines = [one_line(f"{issue.id} {issue.title}"), *_about(card)]
    if issue.description.strip():
        lines += ["", *_excerpt(issue.description)]
    for who, text in _comments(issue):
        lines += ["", f"{who} {text}"]
    return "\n".join(lines)


def _about(card: Card) -> Iterator[str]:
    issue = card.issue
    if card.asked:
        yield one_line(f"{card.asked} was merged into {issue.id}.")
    if issue.is_deleted:
        why = f": {issue.delete_reason}" if issue.delete_reason else ""
        yield one_line(f"Deleted {(issue.deleted_at or '')[:10]} by {issue.deleted_by or 'somebody'}{why}")
    yield _facts(card)
    for name, issues in (("Blocked by", card.blockers), ("Blocks", card.blocks)):
        if issues:
            yield one_line(f"{name} {', '.join(_named(one) for one in issues[:PLACES])}{_more(len(issues))}")
    if card.conflicts:
        fields = ", ".join(one.field for one in card.conflicts[:PLACES])
        yield one_line(f"Changed on both sides of a merge: {fields}{_more(len(card.conflicts))}")
    if card.places:
        shown = ", ".join(f"{shown_path(path)}:{line}" for path, line in card.places[:PLACES])
        yield one_line(f"In {shown}{_more(len(card.places))}")


def _more(count: int) -> str:
    return f" and {count - PLACES} more" if count > PLACES else ""


def _named(one: IssueSummary) -> str:
    return f"{one.id} ({one.status.replace('_', ' ')})"


def _facts(card: Card) -> str:
    issue = card.issue
    facts = [issue.status.replace("_", " "), f"P{issue.priority}", issue.issue_type]
    if issue.assignee:
        facts.append(issue.assignee)
    if issue.labels:
        facts.append(", ".join(issue.labels))
    if issue.parents:
        facts.append(f"part of {', '.join(issue.parents)}")
    if issue.due_at and not issue.is_closed:
        facts.append(f"{'overdue since' if card.is_overdue else 'due'} {issue.due_at[:10]}")
    facts.append(f"since {issue.created_at[:10]}")
    if issue.closed_at:
        facts.append(f"closed {issue.closed_at[:10]}")
    return one_line(" · ".join(facts))


def _comments(issue: Issue) -> Iterator[tuple[str, str]]:
    for one in issue.comments[-COMMENTS:]:
        yield one_line(f"{one.author}, {one.created_at[:10]}:"), one_line(" ".join(_excerpt(one.text)))


def _excerpt(text: str) -> list[str]:
    lines = [printable(line) for line in text.strip().splitlines()]
    return lines[:DESCRIPTION_LINES] + (["…"] if len(lines) > DESCRIPTION_LINES else [])


def escaped(text: str) -> str:
    """A text in which nothing is Markdown."""
    # Four spaces at the beginning of a line would make it code, in which nothing is escaped.
    return _INDENT.sub(lambda found: "\u00a0" * len(found[0].expandtabs(4)), _MARKDOWN.sub(r"\\\1", text))
