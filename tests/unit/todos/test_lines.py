"""Lines of a text that is edited: as if the index had been built anew from the text after each edit."""

from __future__ import annotations

import re
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issuelens.todos.lines import BLOCK, LineIndex, NearLines

# Form feed and U+2028 end no line; an edit may join or split \r\n.
SIGNS = ["\n", "\r", "\r\n", "a", "bc", "\x0c", "\u2028", "\x85", "🐍", "é", " " * 7]
TEXT = st.lists(st.sampled_from(SIGNS), max_size=12).map("".join)
EDIT = st.tuples(st.floats(0, 1), st.floats(0, 1), TEXT)
# Blocks that end in each way: a long text of one of these lines has several of them.
LONG = st.tuples(st.sampled_from(["x\n", "x\r\n", "x\r", "\r", "\n", "x" * 100 + "\r\n", "🐍\u2028\n"]), TEXT).map(
    lambda drawn: drawn[0] * (3 * BLOCK // len(drawn[0])) + drawn[1]
)


def expected(text: str) -> list[str]:
    """The lines with their ends, by the words of the protocol."""
    return re.findall(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$|$(?<![^\r\n])", text) or [""]


def assert_is_index_of(lines: LineIndex, text: str) -> None:
    whole = expected(text)
    assert (lines.text, lines.length, lines.count) == (text, len(text), len(whole))
    offset = 0
    for number, line in enumerate(whole):
        assert lines.line_start(number) == offset
        assert lines.line_text(number) == line.rstrip("\r\n")
        assert lines.position(offset) == (number, 0)
        assert lines.position(offset + len(line.rstrip("\r\n"))) == (number, len(line.rstrip("\r\n")))
        offset += len(line)
    assert lines.line_text(len(whole)) == lines.line_text(-1) == ""


def edited(lines: LineIndex, text: str, edit: tuple[float, float, str]) -> str:
    """The text after an edit that was made in the index, too."""
    start, end = sorted(round(share * len(text)) for share in edit[:2])
    lines.replace(start, end, edit[2])
    return text[:start] + edit[2] + text[end:]


@given(TEXT, st.lists(EDIT, max_size=6))
def test_small_texts_and_any_edits(text: str, edits: list[tuple[float, float, str]]) -> None:
    lines = LineIndex(text)
    assert_is_index_of(lines, text)
    for edit in edits:
        text = edited(lines, text, edit)
        assert_is_index_of(lines, text)


@settings(max_examples=25)
@given(LONG, st.lists(EDIT, max_size=4))
def test_texts_of_many_blocks(text: str, edits: list[tuple[float, float, str]]) -> None:
    lines = LineIndex(text)
    lines.divide()
    for edit in edits:
        text = edited(lines, text, edit)
    assert_is_index_of(lines, text)


@pytest.mark.parametrize("line", ["\n", "x\r\n", "x\r", "\r"])
def test_edits_at_the_edge_of_a_block(line: str) -> None:
    before = line * (3 * BLOCK // len(line))
    edge = len(line) * -(-BLOCK // len(line))
    for start, length, new_text in product(range(-3, 3), range(4), ["", "\r", "\n", "\r\n", "a"]):
        lines = LineIndex(before)
        lines.replace(edge + start, edge + start + length, new_text)
        text = before[: edge + start] + new_text + before[edge + start + length :]
        fresh = LineIndex(text)
        assert (lines.text, lines.count) == (text, fresh.count)
        places = [*range(edge - 6, edge + 6), len(text)]
        assert [lines.position(place) for place in places] == [fresh.position(place) for place in places]


def test_everything_deleted_and_typed_anew() -> None:
    lines = LineIndex("one\ntwo\n" * BLOCK)
    lines.replace(0, lines.length, "")
    assert_is_index_of(lines, "")
    lines.replace(0, 0, "three\r\n")
    assert_is_index_of(lines, "three\r\n")


# Without an index


@given(
    st.lists(st.sampled_from(["a", "", "bc", "\t", "\u2028"]), max_size=12),
    st.sampled_from(["\n", "\r\n"]),
    st.lists(st.tuples(st.integers(0, 40), st.integers(-3, 3)), max_size=12),
)
def test_lines_near_each_other_are_those_of_an_index(lines: list[str], end: str, asked: list[tuple[int, int]]) -> None:
    text = end.join(lines)
    near, index = NearLines(text, "\r" in text), LineIndex(text)
    for place, by in asked:
        offset = min(place, len(text))
        line, column = near.position(offset)
        assert (line, column) == index.position(offset)
        other = line + by
        assert near.line_text(other) == index.line_text(other)
        if 0 <= other < index.count:
            assert near.line_start(other) == index.line_start(other)
        elif other >= index.count:
            assert near.line_start(other) == -1
