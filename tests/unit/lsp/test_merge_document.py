"""What a document changes of its issue, when others have changed that, too."""

from __future__ import annotations

from typing import Any

import pytest

from issuelens.domain.document import render_document
from issuelens.lsp.merge_document import Merged, merged

ISSUE: dict[str, Any] = {
    "id": "app-1a2b",
    "title": "Round half up",
    "description": "Words.",
    "labels": ["a", "b"],
    "metadata": {"one": 1, "two": 2},
    "updated_at": "2026-01-01T00:00:00.000000Z",
}
LATER = "2026-01-02T00:00:00.000000Z"


def _merged(mine: dict[str, Any], theirs: dict[str, Any]) -> Merged:
    return merged(render_document(ISSUE), ISSUE | {"updated_at": LATER} | theirs, render_document(ISSUE | mine))


@pytest.mark.parametrize(
    ("mine", "theirs", "fields", "both"),
    [
        ({}, {"title": "Theirs"}, {}, ()),
        ({"title": "Mine"}, {}, {"title": "Mine"}, ()),
        ({"title": "Mine"}, {"description": "Theirs"}, {"title": "Mine"}, ()),
        ({"title": "Mine"}, {"title": "Theirs"}, {"title": "Mine"}, ("title",)),
        ({"title": "Same"}, {"title": "Same"}, {}, ()),
        ({"labels": ["a", "c"]}, {"labels": ["b", "d"]}, {"add_labels": ["c"], "remove_labels": ["b"]}, ()),
        ({"metadata": {"one": 1, "two": 3}}, {"metadata": {"one": 4, "two": 2}}, {"set_metadata": {"two": 3}}, ()),
        ({"metadata": {"one": 1}}, {"metadata": {"one": 1, "two": 2, "new": 0}}, {"unset_metadata": ["two"]}, ()),
        (
            {"metadata": {"one": 1, "two": 3}},
            {"metadata": {"one": 1, "two": 4}},
            {"set_metadata": {"two": 3}},
            ("metadata",),
        ),
        ({"metadata": {"one": 1}}, {"metadata": {"one": 1}}, {}, ()),
    ],
)
def test_each_field_has_the_change_of_whoever_changed_it(
    mine: dict[str, Any], theirs: dict[str, Any], fields: dict[str, Any], both: tuple[str, ...]
) -> None:
    assert _merged(mine, theirs) == Merged(fields, both)


def test_what_both_have_changed_can_be_left_out() -> None:
    found = _merged(
        {"title": "Mine", "description": "Mine", "metadata": {"one": 7, "two": 2}},
        {"title": "Theirs", "metadata": {"one": 8, "two": 2}},
    )
    assert found.without_both == {"description": "Mine"}


def test_without_a_base_all_that_differs_may_be_theirs() -> None:
    found = merged(None, ISSUE, render_document(ISSUE | {"title": "Mine", "labels": ["a"]}))
    assert found == Merged({"title": "Mine", "remove_labels": ["b"]}, ("labels", "title"))
    assert found.without_both == {}


def test_a_moment_that_is_missing_or_old_is_no_change() -> None:
    text = render_document(ISSUE | {"title": "Mine"})
    lines = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("updated:"))
    for base in (render_document(ISSUE), lines.replace("Mine", "Round half up")):
        for mine in (text, lines):
            assert merged(base, ISSUE | {"updated_at": LATER}, mine) == Merged({"title": "Mine"}, ())
