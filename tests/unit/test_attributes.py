"""What is added to a .gitattributes goes again, to the byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuelens.repository.attributes import ADDED, MADE, PATHS, line_for, with_lines, without_lines

LINES = [line_for(path) for path in PATHS]
PIECES = st.sampled_from([b"* text=auto", b"*.png binary", b"# comment", b"", b"\n", b"\r\n", b"\r", b"\xff", b" "])


@given(st.none() | st.lists(PIECES).map(b"".join), st.sampled_from([PATHS, PATHS[1:], PATHS[:1]]))
def test_what_was_there_comes_back(content: bytes | None, paths: tuple[str, ...]) -> None:
    added = with_lines(content, paths)
    assert without_lines(added) == content
    lines = added.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
    assert [line for line in lines if "merge=" in line] == [line_for(path) for path in paths]


def test_a_new_file_says_what_it_is_for() -> None:
    assert with_lines(None, PATHS).decode().splitlines() == [MADE, *LINES]


def test_the_file_is_gone_on_in_its_own_way() -> None:
    assert with_lines(b"a -text\r\n", PATHS) == "\r\n".join(["a -text", ADDED, *LINES, ""]).encode()
    assert with_lines(b"a -text", PATHS) == "\n".join([ADDED, *LINES, "a -text"]).encode()
    assert with_lines(b"", PATHS[:1]) == f"{ADDED}\n{LINES[0]}\n".encode()


@pytest.mark.parametrize("content", [b"", b"a -text\n", f"{LINES[0]}\n".encode(), f"a\n{LINES[1]}".encode()])
def test_what_somebody_else_wrote_stays(content: bytes) -> None:
    assert without_lines(content) == content


def test_what_was_added_to_our_file_stays() -> None:
    later = with_lines(None, PATHS) + b"*.png binary\n" + LINES[0].encode() + b"\n"
    assert without_lines(later) == b"*.png binary\n" + LINES[0].encode() + b"\n"
