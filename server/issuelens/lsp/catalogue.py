"""Every issue of a workspace in a line, to be looked through while somebody types; kept current by what changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from attrs import define, field

from issuelens.domain.errors import IssuelensError
from issuelens.domain.issue import IssueSummary
from issuelens.domain.vocabulary import TOMBSTONE
from issuelens.lsp.fuzzy import LOOSE, Fuzzy, Texts, best, folded

if TYPE_CHECKING:
    from issuelens.lsp.session import Session

ID_SIGNS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"

Read = Callable[..., Awaitable[Any]]


@define(eq=False)
class Catalogue:
    """The issues as they stood at one moment.

    `all` has the newest first, without tombstones and merged ones; `labels` and `people` the most frequent first.
    """

    all: Sequence[IssueSummary]
    labels: Sequence[str]
    _by_id: dict[str, IssueSummary]
    blocked: Collection[str] = frozenset()
    """Those that wait for others."""
    _people: Sequence[str] | None = None
    cached: dict[Hashable, Any] = field(factory=dict)
    """Answers built from this catalogue: name -> answer."""

    def get(self, issue_id: str) -> IssueSummary | None:
        """The issue; None when there is none, or when it was deleted or merged."""
        return self._by_id.get(issue_id)

    @property
    def by_id(self) -> Mapping[str, IssueSummary]:
        """Every issue by its id."""
        return self._by_id

    @property
    def people(self) -> Sequence[str]:
        """Everyone who has an issue."""
        if self._people is None:
            counts = Counter(one.assignee for one in self.all if one.assignee)
            self._people = [name for name, _ in counts.most_common()]
        return self._people

    @property
    def sorted_ids(self) -> Sequence[str]:
        """The ids of all, in their alphabetical order."""
        if "ids" not in self.cached:
            self.cached["ids"] = sorted(self._by_id)
        found: Sequence[str] = self.cached["ids"]
        return found

    @property
    def searched(self) -> tuple[Sequence[IssueSummary], Texts]:
        """All issues as they are looked through, unfinished ones first, and what is looked for in each."""
        if "searched" not in self.cached:
            # Sorting keeps the order of equals: the newest first.
            issues = sorted(self.all, key=lambda one: one.is_closed)
            texts = [folded(f"{one.id} {one.title}{f' @{one.assignee}' if one.assignee else ''}") for one in issues]
            self.cached["searched"] = (issues, Texts.of(texts))
        found: tuple[Sequence[IssueSummary], Texts] = self.cached["searched"]
        return found

    def find(self, words: str, limit: int) -> list[IssueSummary]:
        """The issues whose id, title or assignee hold all of these words, the best first (see `fuzzy`).

        Unfinished ones come first, except before one whose id begins with the words.
        """
        issues, texts = self.searched
        costs = Fuzzy.of(words).costs(texts, wanted=limit)
        return [issues[number] for number in best(_later_when_closed(costs, issues), limit)]

    def nearest(self, issue_id: str) -> str | None:
        """The one id that is a single slip of the keys away; None when there is none, or several."""
        near = {one for one in _slips(issue_id) if one in self._by_id}
        return near.pop() if len(near) == 1 else None


def _later_when_closed(costs: Mapping[int, int], issues: Sequence[IssueSummary]) -> Mapping[int, int]:
    """What is closed costs more, but an id is what it is."""
    return {number: cost + (LOOSE if cost and issues[number].is_closed else 0) for number, cost in costs.items()}


def _slips(issue_id: str) -> Iterator[str]:
    """What is meant when one sign is wrong, missing, too many, or two are in the wrong order."""
    prefix, dash, word = issue_id.rpartition("-")
    for at in range(len(word) + 1):
        head, tail = word[:at], word[at:]
        if tail:
            yield f"{prefix}{dash}{head}{tail[1:]}"
        if len(tail) > 1:
            yield f"{prefix}{dash}{head}{tail[1]}{tail[0]}{tail[2:]}"
        for sign in ID_SIGNS:
            yield f"{prefix}{dash}{head}{sign}{tail}"
            if tail and sign != tail[0]:
                yield f"{prefix}{dash}{head}{sign}{tail[1:]}"


async def likely_ids(session: Session, unknown: Collection[str]) -> dict[str, str]:
    """For unknown ids, the ones that are likely meant; none where issues can't be read, which is told elsewhere."""
    if not unknown:
        return {}
    try:
        catalogue = await session.catalogue()
    except IssuelensError:
        return {}
    return {one: near for one in unknown if (near := catalogue.nearest(one)) is not None}


@define(eq=False)
class Catalogues:
    """Keeps the catalogue of a workspace; what has changed is read when it is asked for."""

    _known: dict[str, IssueSummary] | None = None
    _stale: set[str] = field(factory=set)
    _changes: int = 0
    _made: Catalogue | None = None

    def forget(self, ids: Collection[str] | None) -> None:
        """These issues have changed; None: any may have."""
        self._changes += 1
        self._made = None
        if ids is None:
            self._known = None
            self._stale.clear()
        elif self._known is not None:
            self._stale.update(ids)

    async def current(self, read: Read) -> Catalogue:
        """The catalogue as it stands now; `read` does a read of `storage`."""
        from issuelens.storage.catalogue import read_catalogue

        while self._made is None:
            changes, known, stale = self._changes, self._known, sorted(self._stale)
            found = await read(read_catalogue, None if known is None else stale)
            if changes != self._changes:
                continue
            self._known = known = found.issues if known is None else _renewed(known, stale, found.issues)
            self._stale.clear()
            self._made = Catalogue(tuple(reversed(known.values())), found.labels, known, found.blocked)
        return self._made


def _renewed(
    known: Mapping[str, IssueSummary], stale: Iterable[str], found: Mapping[str, IssueSummary]
) -> dict[str, IssueSummary]:
    """The issues with those that are stale as they were found; tombstones and merged ones are left out."""
    renewed = dict(known)
    for issue_id in stale:
        one = found.get(issue_id)
        if one is None or one.id != issue_id or one.status == TOMBSTONE:
            renewed.pop(issue_id, None)
        else:
            renewed[issue_id] = one
    return renewed
