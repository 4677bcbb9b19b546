"""Frames: however the bytes are cut, the same messages come out; what is no frame is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuelens.ipc.framing import HEADER_LIMIT, MESSAGE_LIMIT, BrokenFrame, FrameBuffer, frame

CONTENTS = st.lists(st.binary(max_size=50), max_size=6)


@given(CONTENTS, st.lists(st.integers(1, 20), min_size=1))
def test_cuts_do_not_matter(contents: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(frame(content) for content in contents)
    buffer, found, position, turn = FrameBuffer(), [], 0, 0
    while position < len(stream):
        size = cuts[turn % len(cuts)]
        buffer.feed(stream[position : position + size])
        position, turn = position + size, turn + 1
        while (content := buffer.next()) is not None:
            found.append(content)
    assert found == contents
    assert buffer.rest() == b""


def test_other_headers_and_cases_are_fine() -> None:
    buffer = FrameBuffer()
    buffer.feed(b"content-type: x\r\nCONTENT-LENGTH:  2 \r\nMore: y\r\n\r\n{}rest")
    assert buffer.next() == b"{}"
    assert buffer.rest() == b"rest"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"Content-Type: x\r\n\r\n", "no Content-Length"),
        (b"Content-Length: -1\r\n\r\n", "no Content-Length"),
        (b"Content-Length: 1e3\r\n\r\n", "no Content-Length"),
        (b"X-Content-Length: 3\r\n\r\n", "no Content-Length"),
        (b"Content-Length: %d\r\n\r\n" % (MESSAGE_LIMIT + 1), "are allowed"),
        (b"x" * (HEADER_LIMIT + 1), "no header ended"),
    ],
)
def test_what_is_no_frame(content: bytes, message: str) -> None:
    buffer = FrameBuffer()
    buffer.feed(content)
    with pytest.raises(BrokenFrame, match=message):
        buffer.next()
