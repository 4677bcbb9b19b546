"""The labelled set is well-formed, and the TODO engine finds at least 98 % of it, with at most 2 % false hits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from bench import labels


@pytest.fixture(scope="module")
def cases() -> list[labels.Case]:
    return [case for half in labels.HALVES for case in labels.cases_of(half)]


def test_it_is_large_and_wide_enough(cases: list[labels.Case]) -> None:
    assert len(cases) >= 300
    assert len({case.language for case in cases}) >= 40
    verdicts = Counter(verdict.tag is not None for case in cases for verdict in case.verdicts)
    assert min(verdicts[True], verdicts[False]) >= 300


def test_each_half_has_every_kind_and_enough_languages() -> None:
    for half in labels.HALVES:
        some = labels.cases_of(half)
        assert len(some) >= 100
        assert {case.kind for case in some} == set(labels.KINDS)
        assert len({case.language for case in some}) >= 30


def test_names_are_unique_and_decide_the_half(cases: list[labels.Case]) -> None:
    assert len({case.name for case in cases}) == len(cases)
    for half in labels.HALVES:
        assert [case.name for case in labels.cases_of(half) if labels.half_of(case.name) != half] == []


def test_every_line_with_a_tag_is_judged_with_a_reason(cases: list[labels.Case]) -> None:
    for case in cases:
        judged = {verdict.line for verdict in case.verdicts}
        tagged = {number for number, line in enumerate(case.text.split("\n")) if labels.TAG.search(line)}
        assert tagged <= judged, case.name
        assert all(verdict.reason for verdict in case.verdicts), case.name


def test_a_broken_file_is_refused() -> None:
    with pytest.raises(ValueError, match="a marker without a tag"):
        labels.read_cases("=== c/x | x.c | form\n+ int x;\n? why\n")
    with pytest.raises(ValueError, match="neither with a sign"):
        labels.read_cases("=== c/x | x.c | form\nint x;\n")
    with pytest.raises(ValueError, match="two reasons"):
        labels.read_cases("=== c/x | x.c | form\n- int TODO;\n? why\n? why\n")


def test_a_reason_may_name_the_marker_of_a_line_with_two_tags() -> None:
    [case] = labels.read_cases('=== c/x | x.c | form\n+ f("TODO"); // FIXME\n? [FIXME] a comment\n  \n')
    assert case.verdicts == (labels.Verdict(0, "FIXME", "a comment"),)
    assert case.text == 'f("TODO"); // FIXME\n'


def test_a_score_counts_hits_misses_and_false_hits() -> None:
    [case] = labels.read_cases("=== c/x | x.c | form\n+ // TODO: a\n? why\n- int TODO;\n? why\n+ // FIXME b\n? why\n")
    found = labels.score([case], lambda _path, _text: Counter({(0, "TODO"): 1, (1, "TODO"): 1}))
    assert (found.hits, found.precision, found.recall) == (1, 0.5, 0.5)
    assert found.misses == ("c/x:3 FIXME in: // FIXME b",)
    assert found.false_hits == ("c/x:2 TODO in: int TODO;",)


@pytest.mark.parametrize("half", labels.HALVES)
def test_the_engine_is_precise(half: str) -> None:
    found = labels.score(labels.cases_of(half), labels.engine)
    precision, places = found.precision, _shown(half, found.false_hits)
    assert precision >= labels.BUDGET, places


@pytest.mark.parametrize("half", labels.HALVES)
def test_the_engine_misses_little(half: str) -> None:
    found = labels.score(labels.cases_of(half), labels.engine)
    recall, places = found.recall, _shown(half, found.misses)
    assert recall >= labels.BUDGET, places


def _shown(half: str, places: Sequence[str]) -> str:
    """Of the held-out half only the number, since whoever reads the places would tune by them."""
    return "\n".join(places) if half == "tuning" else f"{len(places)} places"
