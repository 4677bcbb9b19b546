"""The summaries of issues that were read, kept until the issues change."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Any, Final

from attrs import define, field

from issuelens.domain.issue import IssueSummary

CACHE_LIMIT: Final = 20_000
"""Summaries kept; beyond it the cache begins anew."""

Read = Callable[..., Awaitable[Any]]


@define(eq=False)
class Summaries:
    """What is known of the issues that the open documents name."""

    _known: dict[str, IssueSummary | None] = field(factory=dict)
    _merged: dict[str, set[str]] = field(factory=dict)
    """Of survivors that are known: the merged ids that show them."""
    _changes: int = 0

    def __len__(self) -> int:
        return len(self._known)

    async def of(self, ids: Collection[str], read: Read | None) -> dict[str, IssueSummary]:
        """The known ones of these ids.

        Args:
            ids: the issues asked for.
            read: does a read of `storage`; None leaves it at what is known.
        """
        missing = [issue_id for issue_id in ids if issue_id not in self._known]
        if missing and read is not None:
            from issuelens.storage.reads import get_summaries

            changes = self._changes
            found = await read(get_summaries, missing)
            if changes != self._changes:
                return {**self._of(ids), **found}
            self._keep(missing, found)
        return self._of(ids)

    def _keep(self, missing: Iterable[str], found: dict[str, IssueSummary]) -> None:
        if len(self._known) > CACHE_LIMIT:
            self._known.clear()
        self._known |= {issue_id: found.get(issue_id) for issue_id in missing}
        for issue_id, one in found.items():
            if one.id != issue_id:
                self._merged.setdefault(one.id, set()).add(issue_id)

    def _of(self, ids: Iterable[str]) -> dict[str, IssueSummary]:
        return {issue_id: found for issue_id in ids if (found := self._known.get(issue_id)) is not None}

    def forget(self, ids: Collection[str] | None) -> frozenset[str] | None:
        """Forgets issues that changed, and those merged into them; None: all.

        Returns:
            The ids of what was forgotten; None: any.
        """
        self._changes += 1
        if ids is None:
            self._known.clear()
            return None
        merged = [alias for issue_id in ids for alias in self._merged.pop(issue_id, ())]
        forgotten = frozenset((*ids, *merged))
        for issue_id in forgotten:
            self._known.pop(issue_id, None)
        return forgotten
