"""docs/user/queries.md has every word of the query language, and its examples can be read."""

from __future__ import annotations

import re
from pathlib import Path

from issuelens.domain.errors import InvalidQuery
from issuelens.domain.query import _SHORT, FIELDS, NAMES, SORT_KEYS, parse_query

PAGE = (Path(__file__).parents[2] / "docs" / "user" / "queries.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```query\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def examples() -> list[str]:
    """The queries of the fenced blocks, without what stands behind them."""
    return [re.split(r" {3,}", line)[0].strip() for block in BLOCKS for line in block.splitlines() if line.strip()]


def cells(heading: str) -> set[str]:
    """What stands in the first column of the table under a heading."""
    text = PAGE.partition(f"\n{heading}\n")[2].partition("\n#")[0]
    rows = re.findall(r"^\| (`.+?) \|", text, re.MULTILINE)
    return {word for row in rows for word in re.findall(r"`([^`]+)`", row)}


def test_every_example_can_be_read() -> None:
    assert len(examples()) > 30
    for text in examples():
        parse_query(text)


def test_the_examples_use_every_kind_of_term() -> None:
    queries = [parse_query(text) for text in examples()]
    assert {term.field for query in queries for term in query.terms} >= {
        "label",
        "text",
        "due",
        "is",
        "has",
        "priority",
    }
    assert any(term.is_negated for query in queries for term in query.terms)
    assert any(query.sort for query in queries)
    assert any(query.limit for query in queries)


def test_the_tables_have_every_field_and_word_and_no_other() -> None:
    assert cells("## Fields") == {*FIELDS, "meta.KEY"}
    assert cells("### `has:`") == set(NAMES["has"])
    assert cells("### `is:`") == set(NAMES["is"])


def test_every_category_sort_key_and_short_form_stands_in_the_page() -> None:
    words = {*NAMES["category"], *SORT_KEYS, *_SHORT}
    assert [word for word in words if f"`{word}`" not in PAGE] == []


def test_every_error_shown_is_the_one_that_is_told() -> None:
    shown = re.findall(r"^    \$ issuelens list (.+)\n    issuelens: (.+)$", PAGE, re.MULTILINE)
    assert len(shown) == 5
    for query, message in shown:
        begin, _, end = message.partition("…, ")
        told = _told(query[1:-1])
        assert told.startswith(begin)
        assert told.endswith(end)


def _told(query: str) -> str:
    try:
        parse_query(query)
    except InvalidQuery as error:
        return error.message
    return ""
