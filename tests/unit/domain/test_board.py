"""A board as a document says with which query it was made."""

from __future__ import annotations

import pytest

from issuelens.domain.board import board_document, query_of

ISSUE = {"id": "app-1a2b", "priority": 1, "title": "Round"}


@pytest.mark.parametrize("query", ["", "label:money", "title:`x` is:ready", "a  b\nc"])
def test_the_query_is_found_again(query: str) -> None:
    text = board_document("p", query, {"ready": [ISSUE], "blocked": []})
    assert query_of(text) == " ".join(query.split())
    assert query_of(text.replace("\n", "\r\n")) == " ".join(query.split())
    assert text.endswith("## ready (1)\n\n- `app-1a2b` P1 Round\n\n## blocked (0)\n\n")


@pytest.mark.parametrize("text", ["", "# p\n", "Query: `", "# p\n\nQuery: x\n", "# p\n\n\n\nQuery: `late`\n"])
def test_what_is_no_board_has_no_query(text: str) -> None:
    assert query_of(text) == ""
