"""What the message of a commit closes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuelens.domain.closing import closed_ids

WORDS = ("close", "closes", "closed", "fix", "fixes", "fixed", "resolve", "resolves", "resolved")


@pytest.mark.parametrize("word", WORDS)
def test_each_keyword_in_any_case_with_or_without_a_colon(word: str) -> None:
    for keyword in (word, word.upper(), word.title()):
        for between in (" ", ": ", ":", "  ", "\n", "\t"):
            assert closed_ids(f"Work.\n\n{keyword}{between}app-1a2b", ["app"]) == ("app-1a2b",)


@pytest.mark.parametrize(
    ("message", "ids"),
    [
        ("Fixes app-1a2b, app-3c4d and app-5e6f.", "app-1a2b app-3c4d app-5e6f"),
        ("Fixes app-1a2b, app-3c4d, and app-5e6f", "app-1a2b app-3c4d app-5e6f"),
        ("Fixes app-1a2b,app-3c4d", "app-1a2b app-3c4d"),
        ("Fixes app-1a2b\n  and\n  app-3c4d", "app-1a2b app-3c4d"),
        ("Fixes app-1a2b, closes lib-3c4d", "app-1a2b lib-3c4d"),
        ("(fixes app-1a2b.1)", "app-1a2b.1"),
        ("Fixes app-1a2b, fixes app-1a2b", "app-1a2b"),
        ("A date is read whole (closes app-1a2b); see app-3c4d", "app-1a2b"),
        ("Fixes app-1a2b\n\napp-3c4d is next", "app-1a2b"),
        ("Fixes app-1a2b for app-3c4d", "app-1a2b"),
        ('Revert "Fixes app-1a2b"\n\nThis reverts commit 1a2b.', ""),
        ('Revert "Dates"\n\nFixes app-1a2b', "app-1a2b"),
    ],
)
def test_one_or_several(message: str, ids: str) -> None:
    assert closed_ids(message, ["app", "lib"]) == tuple(ids.split())


@pytest.mark.parametrize(
    "message",
    [
        "", "app-1a2b", "See app-1a2b", "Fix the date of app-1a2b", "Prefixes app-1a2b", "un-fixes app-1a2b",
        "Fixing app-1a2b", "closesapp-1a2b", "fixes-app-1a2b", "Fixes\n\napp-1a2b", "Fixes\n \napp-1a2b",
        "Fixes other-1a2b", "fixes app-1a2b-c",
        "Fixes, app-1a2b", "Fixes app", f"Fixes{' ' * 50}app-1a2b", "Fixes: : app-1a2b", "fixes xapp-1a2b",
    ],
)  # fmt: skip
def test_what_only_looks_like_it_closes_nothing(message: str) -> None:
    assert closed_ids(message, ["app"]) == ()


def test_without_prefixes_nothing_is_an_id() -> None:
    assert closed_ids("Fixes app-1a2b", []) == ()


IDS = st.lists(st.from_regex(r"app-[0-9][a-z0-9]{3}", fullmatch=True), min_size=1, max_size=5, unique=True)
TEXT = st.text(st.characters(codec="utf-8"), max_size=60)


@given(TEXT, st.sampled_from(WORDS), st.sampled_from([" ", ": "]), IDS, st.sampled_from([", ", " and ", ", and ", ","]))
def test_whatever_stands_before_its_line_a_list_is_found_whole(
    before: str, word: str, between: str, ids: list[str], separator: str
) -> None:
    found = closed_ids(f"x{before}\n{word}{between}{separator.join(ids)}\n", ["app"])
    assert found[-len(ids) :] == tuple(ids) or set(ids) <= set(found)


@given(st.lists(st.sampled_from(["app-1a2b", "app-3c4d", "fixes", "and", ",", ":", " ", "\n", "x", "-", 'Revert "'])))
def test_only_ids_that_are_there_with_a_keyword_before_them(words: list[str]) -> None:
    message = "".join(words)
    found = closed_ids(message, ["app"])
    assert len(set(found)) == len(found)
    for one in found:
        assert "fixes" in message[: message.rindex(one)]


def test_a_long_message_is_looked_through_once() -> None:
    # Were each id looked at with all that stands before it, this would not end within the time of a test.
    message = "fixes " + "app-1a2b, " * 200_000 + " " * 200_000 + "fixes" * 200_000 + "\n app-3c4d"
    assert closed_ids(message, ["app"]) == ("app-1a2b",)
