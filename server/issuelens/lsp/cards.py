"""An issue on a card: what a hover and a completion show of it, as Markdown or as plain text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from attrs import frozen

from issuelens.domain.issue import Issue, IssueSummary
from issuelens.domain.moment import is_later, timestamp
from issuelens.domain.plain import one_line, printable
from issuelens.domain.vocabulary import BLOCKS
from issuelens.lsp.session import Session
from issuelens.todos.paths import shown_path

DESCRIPTION_LINES: Final = 12
"""Lines of the description on a card."""
COMMENTS: Final = 2
"""Comments on a card, the last ones."""
PLACES: Final = 5
"""Places in the code on a card."""
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


async def card_of(session: Session, issue_id: str) -> Card:
    """The card of an issue.

    Raises:
        UnknownIssue: when there is none.
    """
    from issuelens.storage.lists import reasons
    from issuelens.storage.merged import names_of
    from issuelens.storage.reads import dependents_of

    issue = await session.issue(issue_id)
    names = await session.read(names_of, issue.id)
    blocked = [one for one, _, kind in await session.read(dependents_of, names) if kind == BLOCKS]
    known = await session.summaries(blocked)
    why = (await session.read(reasons, [issue.id]))[issue.id] if not issue.is_closed else []
    return Card(
        issue=issue,
        blockers=[one.issue for one in why if one.issue is not None],
        blocks=list({one.id: one for one_id in blocked if (one := known.get(one_id)) is not None}.values()),
        places=places_of_names(session, names),
        asked=issue_id if issue_id != issue.id else "",
        is_overdue=bool(issue.due_at) and is_later(timestamp(datetime.now(UTC)), issue.due_at or ""),
    )


def places_of_names(session: Session, names: Iterable[str]) -> list[tuple[str, int]]:
    """Where an issue stands by one of its names, as far as the index knows by now: path, line from 1."""
    index = session.code.index
    return sorted({(place.path, place.one.line + 1) for name in names for place in index.places(name)})


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
