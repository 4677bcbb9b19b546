"""Which issues somebody is likely to mean who begins to type, in their order."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping
from itertools import islice
from typing import Any, Final

from attrs import frozen

from issuelens.domain.issue import IssueSummary
from issuelens.domain.vocabulary import Category
from issuelens.lsp.catalogue import Catalogue

LIMIT: Final = 100
"""Issues of one answer.

More than anybody reads, and 20 KB: a client takes ten times as long to read 1,000 as to wait for the answer. With the
next key it is asked again, and what fits then is found among all.
"""
MANY: Final = 400
"""Ids that are sorted for one answer; of more with the same beginning, only the likeliest are."""
_WAITING: Final = frozenset({"blocked", "deferred"})


@frozen
class Context:
    """Where somebody types: the ids in the file, the branch that it is on, and who it is."""

    near: frozenset[str]
    branch: str
    me: str


def likely(catalogue: Catalogue, word: str, prefixes: Collection[str], context: Context) -> list[IssueSummary]:
    """The issues that a word may mean, the likeliest first, LIMIT at most.

    Of the unfinished ones, then of the finished: those of the branch, those that the file names, the person's own that
    are under way, others under way, what is ready by priority, what waits; of equals the newest.

    Args:
        catalogue: all issues.
        word: what was typed, without a `#`: nothing, the beginning of an id, or a part of a title.
        prefixes: with which ids begin.
        context: where it was typed.
    """
    base, branch = _by_themselves(catalogue, context.me), _of_branch(catalogue, context.branch)
    found: Iterable[str] = ()
    if not word or any(word.startswith(f"{prefix}-") for prefix in prefixes):
        found = _beginning(catalogue, base, word, branch | context.near)
    found = found or [one.id for one in catalogue.find(word, LIMIT)]

    def place(issue_id: str) -> tuple[Any, ...]:
        return base[issue_id].is_closed, issue_id not in branch, issue_id not in context.near, base[issue_id].place

    return [base[one].issue for one in sorted(found, key=place)[:LIMIT]]


def _beginning(catalogue: Catalogue, base: Mapping[str, Placed], word: str, first: Collection[str]) -> set[str]:
    """Ids that begin with a word; of many the likeliest, and those that come before them in any case."""
    ids = catalogue.sorted_ids
    found = ids[bisect_left(ids, word) : bisect_left(ids, f"{word}\U0010ffff")]
    if len(found) <= MANY:
        return set(found)
    likeliest = islice((one for one in base if one.startswith(word)), LIMIT)
    return {*likeliest, *(one for one in first if one in base and one.startswith(word))}


@frozen
class Placed:
    """An issue, and its place among all when nothing is known of where somebody types."""

    issue: IssueSummary
    is_closed: bool
    place: int


def _by_themselves(catalogue: Catalogue, me: str) -> Mapping[str, Placed]:
    """All issues in their order, sorted once."""
    key = ("likely", me)
    if key not in catalogue.cached:
        # Sorting keeps the order of equals: the newest first.
        issues = sorted(catalogue.all, key=lambda one: _rank(one, catalogue.blocked, me))
        catalogue.cached[key] = {one.id: Placed(one, one.is_closed, at) for at, one in enumerate(issues)}
    found: Mapping[str, Placed] = catalogue.cached[key]
    return found


def _rank(one: IssueSummary, blocked: Collection[str], me: str) -> tuple[Any, ...]:
    is_doing = one.category is Category.DOING
    is_waiting = one.status in _WAITING or one.id in blocked
    return one.is_closed, not (is_doing and one.assignee == me), not is_doing, is_waiting, one.priority


def _of_branch(catalogue: Catalogue, branch: str) -> frozenset[str]:
    """The issues that a branch's name has the id of, or two words of the title."""
    if not branch:
        return frozenset()
    kept = catalogue.cached.get("of the branch")
    if kept is None or kept[0] != branch:
        words = {word for word in branch.casefold().replace("/", "-").replace("_", "-").split("-") if len(word) > 3}
        found = frozenset(one.id for one in catalogue.all if names(branch, one.id) or _has_words(one, words))
        kept = catalogue.cached["of the branch"] = (branch, found)
    ids: frozenset[str] = kept[1]
    return ids


def _has_words(one: IssueSummary, words: Collection[str]) -> bool:
    return len(words) >= 2 and len(set(words) & set(one.title.casefold().split())) >= 2


def names(branch: str, issue_id: str) -> bool:
    """Whether the branch has the id, and not as the beginning of a longer one."""
    before, found, after = branch.partition(issue_id)
    is_child = after[:1] == "." and after[1:2].isdigit()
    return bool(found) and not before[-1:].isalnum() and not after[:1].isalnum() and not is_child
