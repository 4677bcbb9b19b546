"""The query language: what it reads, and where its errors point."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuelens.domain.errors import InvalidQuery
from issuelens.domain.query import (
    FIELDS,
    NAMES,
    SORT_KEYS,
    Kind,
    Query,
    SortKey,
    Term,
    Value,
    parse_query,
    render_query,
)


def term(field: str, *values: str, negated: bool = False) -> Term:
    return Term(field, tuple(Value(value) for value in values), negated)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("", Query()),
        ("  status:open  ", Query((term("status", "open"),))),
        ("label:auth,backend", Query((term("label", "auth", "backend"),))),
        ("-label:wontfix", Query((term("label", "wontfix", negated=True),))),
        ("priority:<=1", Query((Term("priority", (Value("1", "<="),)),))),
        ('text:"log in"', Query((term("text", "log in"),))),
        ('label:"with, comma",x', Query((term("label", "with, comma", "x"),))),
        (r'text:"a \" b \\ c"', Query((term("text", 'a " b \\ c'),))),
        ("login -broken", Query((term("text", "login"), term("text", "broken", negated=True)))),
        ('"two words" one', Query((term("text", "two words"), term("text", "one")))),
        (
            "updated:<7d sort:-updated,id",
            Query((Term("updated", (Value("7d", "<"),)),), (SortKey("updated", True), SortKey("id"))),
        ),
        ("limit:5", Query(limit=5)),
        ("PRIO:1", Query((term("priority", "1"),))),
        ("meta.team:red", Query((term("meta.team", "red"),))),
        ("- x", Query((term("text", "-"), term("text", "x")))),
        ("label:ünïcode", Query((term("label", "ünïcode"),))),
    ],
)
def test_queries_are_read(text: str, query: Query) -> None:
    assert parse_query(text) == query


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("status:open colour:red", 13, "no field 'colour'"),
        ("priority:high", 10, "whole number"),
        ("priority:7", 10, "0 (most urgent) to 4"),
        ("status:", 8, "a value is missing"),
        ("label:a,", 9, "a value is missing"),
        ('text:"open', 6, "closing quotation mark"),
        ("is:raedy", 4, "knows no 'raedy'"),
        ("has:nothing", 5, "knows no 'nothing'"),
        ("updated:soon", 9, "not a date"),
        ("updated:7d", 9, "not a date"),
        ("created:2026-1-1", 9, "not a date"),
        ("created:2026-02-30", 9, "not a date"),
        ("created:0000-01-01", 9, "not a date"),
        ("due:<2026-01-01T25:00", 5, "not a date"),
        ("due:٢٠٢٦-01-01", 5, "not a date"),
        ("text:a\ud800", 7, "lone surrogate"),
        ("label:<3", 7, "can't be compared"),
        ("sort:colour", 6, "can't sort by"),
        ("limit:0", 7, "limit must be"),
        ("limit:x", 7, "limit must be"),
        ("limit:00", 7, "limit must be"),
        ("limit:" + "0" * 11 + "1" + "9" * 20, 7, "limit must be"),
        ("limit:1,2", 1, "limit must be"),
        ("a " * 200 + "b", 401, "more than 200 values; ask for less at once"),
        ("is:open label:" + "a," * 199 + "b", 9, "more than 200 values"),
        ("sort:id,colour", 9, "can't sort by"),
        ("-sort:id", 1, "can't be negated"),
        ("a https://x.org", 3, "no field 'https'"),
        ('is:open text:""', 14, "no text to look for"),
        ('text:crash," "', 12, "no text to look for"),
        ('is:any -""', 9, "no text to look for"),
        ('title:""', 7, "no text to look for"),
        ("is:open title:" + "a" * 5_001, 15, "at most 5,000 characters, this one 5,001"),
        ("is:open " + "a" * 5_001, 9, "at most 5,000 characters"),
    ],
)
def test_errors_point_at_the_column(text: str, column: int, message: str) -> None:
    with pytest.raises(InvalidQuery) as raised:
        parse_query(text)
    assert raised.value.details["column"] == column
    assert message in raised.value.message
    assert "\n" not in raised.value.message


WORDS = st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=10)


def values(field: str) -> st.SearchStrategy[Value]:
    kind = FIELDS[field]
    compared = st.sampled_from(["=", "<", "<=", ">", ">="])
    if kind is Kind.NAME:
        return st.sampled_from(NAMES[field]).map(Value)
    if kind is Kind.NUMBER:
        return st.builds(lambda number, sign: Value(str(number), sign), st.integers(0, 4), compared)
    if kind is Kind.MOMENT:
        return st.builds(Value, st.sampled_from(["2026-02-28", "today", "tomorrow"]), compared)
    return (WORDS.filter(str.strip) if kind is Kind.TEXT else WORDS).map(Value)


TERMS = st.sampled_from(sorted(FIELDS)).flatmap(
    lambda field: st.builds(
        Term, st.just(field), st.lists(values(field), min_size=1, max_size=3).map(tuple), st.booleans()
    )
)
QUERIES = st.builds(
    Query,
    st.lists(TERMS, max_size=4).map(tuple),
    st.lists(st.builds(SortKey, st.sampled_from(SORT_KEYS), st.booleans()), max_size=2).map(tuple),
    st.none() | st.integers(1, 10**9),
)


@given(QUERIES)
def test_what_is_rendered_is_read_again(query: Query) -> None:
    assert parse_query(render_query(query)) == query


@given(st.text(alphabet='ab:-<>=,"\\ \n.1dmisort*%', max_size=40) | st.text(max_size=30))
def test_any_text_is_read_or_refused_with_a_column(text: str) -> None:
    try:
        query = parse_query(text)
    except InvalidQuery as told:
        column = int(told.details["column"])
    else:
        assert parse_query(render_query(query)) == query
        return
    assert 1 <= column <= len(text) + 1
