"""Issues of three sides, and their merge."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import evolve
from hypothesis import strategies as st

from issuelens.domain.issue import Issue
from issuelens.domain.shape import issue_from_json
from issuelens.sync.merge import Merged, merge_issue

Issues = dict[str, Issue]
WORDS = st.sampled_from(["", "a", "b"])


def at(day: int) -> str:
    return f"2026-01-{day:02}T00:00:00.000000Z"


def issue(day: int = 1, **fields: Any) -> Issue:
    """An issue that was last changed on a day of January."""
    shape = {"id": "app-1", "title": "t", "created_at": at(1), "updated_at": at(day)} | fields
    return issue_from_json({name: value for name, value in shape.items() if value is not None})


def merged(base: Issue | None, ours: Issue | None, theirs: Issue | None) -> Merged:
    """A merge, which is the same with the sides changed."""
    found = merge_issue(base, ours, theirs)
    assert merge_issue(base, theirs, ours) == found
    return found


def kept(base: Issue | None, ours: Issue | None, theirs: Issue | None) -> Issue:
    found = merged(base, ours, theirs).issue
    assert found is not None
    return found


def numbered(number: int, day: int = 1, **fields: Any) -> Issue:
    """As `issue`, by its number."""
    shape = {"id": f"app-{number}", "title": "t", "created_at": at(1), "updated_at": at(day)} | fields
    return issue_from_json(shape)


# Whole files


@st.composite
def versions(draw: st.DrawFn) -> tuple[Issues, Issues, Issues]:
    """Three versions of a few issues; each side has changed, removed and added some."""
    base = [numbered(number) for number in range(1, 9) if draw(st.booleans())]
    ours, theirs = (by_id(_changed(draw, base, day)) for day in (2, 3))
    return by_id(base), ours, theirs


def _changed(draw: st.DrawFn, base: list[Issue], day: int) -> Iterable[Issue]:
    for number in range(1, 9):
        there = next((one for one in base if one.id == f"app-{number}"), numbered(number))
        what = draw(st.sampled_from(["as it was", "as it was", "gone", "changed", "changed"]))
        if what == "changed":
            labels = tuple(sorted(draw(st.sets(st.sampled_from("xyz")))))
            yield evolve(
                there, title=draw(st.sampled_from("tuv")), notes=draw(WORDS), labels=labels, updated_at=at(day)
            )
        elif what == "as it was" and there in base:
            yield there


def by_id(issues: Iterable[Issue]) -> Issues:
    return {one.id: one for one in issues}
