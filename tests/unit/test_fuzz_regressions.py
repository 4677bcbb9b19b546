"""The smallest inputs of what fuzzing has found, and the limits that messages have."""

from __future__ import annotations

from typing import Any

import pytest
from reliability.fuzz.targets import TARGETS
from reliability.fuzz.worker import tried

from issuelens.domain.document import read_document
from issuelens.domain.errors import InvalidField, InvalidQuery
from issuelens.domain.imports import Unreadable
from issuelens.domain.query import parse_query
from issuelens.domain.vocabulary import STATUS_CATEGORIES
from issuelens.ipc.converter import loads_request
from issuelens.ipc.framing import BrokenFrame, FrameBuffer, frame
from issuelens.ipc.limits import (
    HEADER_LIMIT,
    HEADER_LINES,
    ID_LIMIT,
    NESTING_LIMIT,
    SHOWN_LIMIT,
    NestedTooDeeply,
    is_id,
    read_request,
    shown,
    strict_loads,
)
from issuelens.lsp.convert import path_of
from issuelens.sync import ancestor, todotxt
from issuelens.todos.grammar import CONTINUATION_LIMIT, find_todos
from issuelens.todos.languages import LANGUAGES

LOADERS = {"with what is there": loads_request, "with the standard library": read_request}

# Comments


@pytest.mark.parametrize("signs", ["#" * 3_000, "-" * 3_000, "- " * 3_000, "*/" * 3_000, "1. " * 3_000])
def test_a_line_of_signs_before_a_tag_takes_no_exponential_time(signs: str) -> None:
    assert find_todos(f"# {signs}x FIXME code", LANGUAGES["python"], tags=("FIXME",), prefixes=()) == []
    assert len(find_todos(f"# {signs}FIXME: code", LANGUAGES["python"], tags=("FIXME",), prefixes=())) == 1


LONG = {
    "lone returns in a block": ("c", "/* TODO: a\r" + "x\r" * 150_000 + "*/"),
    "lone returns in lines": ("python", "# TODO: a\r" + "# x\r" * 100_000),
    "comments in prose": ("markdown", "TODO: a\n\n" + "<!---->\n" * 40_000),
    "lines of one comment": ("c", "/* TODO: a\n" + "x\n" * 100_000 + "*/"),
}


@pytest.mark.parametrize("name", LONG)
def test_long_texts_take_no_quadratic_time(name: str) -> None:
    language, text = LONG[name]
    found = find_todos(text, LANGUAGES[language], tags=("TODO",), prefixes=())
    assert [one.text for one in found] == ["a"]
    assert len(found[0].continuation) <= CONTINUATION_LIMIT


# Files of other tools


@pytest.mark.parametrize("name", ["comments", "dependencies"])
@pytest.mark.parametrize("value", ["1", "2.5", "true", '"text"', '{"a": 1}'])
def test_what_is_no_list_in_a_line_of_the_ancestor_is_put_aside(name: str, value: str) -> None:
    line = f'{{"id": "a-1", "title": "T", "type": "bug", "epic_id": "a-0", "{name}": {value}}}'
    found = ancestor.read_line(1, line, STATUS_CATEGORIES)
    assert isinstance(found, Unreadable)
    assert found.reason == f"{name}: it must be a list"


def test_a_label_of_todotxt_that_could_not_be_read_again_is_put_aside() -> None:
    found = todotxt.Reader("app").read_line(1, f"Do it +{'x' * 201}")
    assert isinstance(found, Unreadable)
    assert found.reason == "labels: one has more than 200 characters"


@pytest.mark.parametrize("name", TARGETS)
def test_every_target_takes_its_own_seeds(name: str) -> None:
    for seed in TARGETS[name].seeds:
        assert tried(TARGETS[name], seed)[0] is None


@pytest.mark.parametrize(
    "moment", ["2026-01-01T00:000Z", "2026-01-01T00:000", "2026-01-01T00:00:00.Z", "2026-01-01T24:00Z"]
)
def test_a_moment_that_could_not_be_compared_is_no_moment(moment: str) -> None:
    with pytest.raises(InvalidQuery):
        parse_query(f"created:>{moment}")


@pytest.mark.parametrize("name", ["{a: b}", "[{a: b}]", "{a: [b]}"])
def test_fields_are_no_name_of_a_field(name: str) -> None:
    for place in (f"metadata: {{{name}: 1}}", f"? {name}\n: 1"):
        with pytest.raises(InvalidField):
            read_document(f"---\ntitle: x\n{place}\n---\n")


# Addresses


@pytest.mark.parametrize(
    "uri", ["file://[/x", "file:///a%00b", "", "file:", "http://x/y", "untitled:1", "::", "file://[::1"]
)
def test_what_names_no_file_has_no_path(uri: str) -> None:
    assert path_of(uri) is None


# Frames


def parts(content: bytes, size: int) -> str:
    buffer = FrameBuffer()
    try:
        for start in range(0, len(content), size):
            buffer.feed(content[start : start + size])
            while buffer.next() is not None:
                pass
    except BrokenFrame as error:
        return str(error)
    return "fine"


HEADERS = {
    "as long as may be": (b"A: " + b"x" * (HEADER_LIMIT - 26) + b"\r\nContent-Length: 2\r\n\r\n{}", "fine"),
    "longer": (
        b"A: " + b"x" * (HEADER_LIMIT - 25) + b"\r\nContent-Length: 2\r\n\r\n{}",
        "no header ended within 8,192 bytes",
    ),
    "many lines": (b"A: b\r\n" * (HEADER_LINES - 1) + b"Content-Length: 2\r\n\r\n{}", "fine"),
    "more lines": (
        b"A: b\r\n" * HEADER_LINES + b"Content-Length: 2\r\n\r\n{}",
        "a header has 33 lines; 32 are allowed",
    ),
    "two lengths": (
        b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        "a header has several values of Content-Length",
    ),
    "a length twice": (b"Content-Length: 2\r\ncontent-length: 2\r\n\r\n{}", "fine"),
}


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_header_is_judged_alike_however_it_comes(name: str, size: int) -> None:
    content, expected = HEADERS[name]
    assert parts(content, size) == expected


def test_an_announced_message_takes_no_room_before_it_comes() -> None:
    buffer = FrameBuffer()
    buffer.feed(b"Content-Length: 67108864\r\n\r\n{")
    assert buffer.next() is None
    assert buffer._buffer.__sizeof__() < 10_000


@pytest.mark.parametrize("size", [997, 65_536])
def test_a_large_message_comes_whole(size: int) -> None:
    content = bytes(range(256)) * 40_000
    stream, buffer, found = frame(content) + frame(b"{}"), FrameBuffer(), []
    for start in range(0, len(stream), size):
        buffer.feed(stream[start : start + size])
        while (one := buffer.next()) is not None:
            found.append(one)
    assert found == [content, b"{}"]


# Messages


NO_JSON = (
    *(b"NaN", b"[-Infinity]", b"1e999", b'"\\ud800"', b'["\\udc00\\ud800"]', b"\xef\xbb\xbf{}", b'"\xff"', b"{}\0"),
    *(b"1" * 5_000, b"", "{}".encode("utf-16")),
)


@pytest.mark.parametrize("name", LOADERS)
@pytest.mark.parametrize("content", NO_JSON)
def test_json_is_as_in_its_rfc_whatever_reads_it(name: str, content: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - its text is the library's
        LOADERS[name](content)


@pytest.mark.parametrize("name", LOADERS)
def test_pairs_of_surrogates_are_characters(name: str) -> None:
    assert LOADERS[name](b'"\\ud83d\\ude00"') == "😀"


def nested(levels: int, around: str = "%s") -> bytes:
    return (around % ("[" * levels + "]" * levels)).encode()


@pytest.mark.parametrize("name", LOADERS)
def test_nesting_has_a_limit(name: str) -> None:
    load = LOADERS[name]
    load(nested(NESTING_LIMIT))
    load(nested(NESTING_LIMIT - 1, '{"id": 1, "params": %s}'))
    load(f'"{"[" * 1_000}"'.encode())
    for levels in (NESTING_LIMIT + 1, 900):
        with pytest.raises(NestedTooDeeply, match="more than 128 levels"):
            load(nested(levels))
    with pytest.raises(ValueError):  # noqa: PT011 - beyond what a library reads at all, it may be no JSON to it
        load(nested(100_000))


WITH_IDS = {
    '{"id": 7, "method": "m", "params": %s}': 7,
    '{"id": [], "method": "m", "params": %s}': None,
    '{"id": 7, "result": %s}': None,
}


@pytest.mark.parametrize("name", LOADERS)
@pytest.mark.parametrize("around", WITH_IDS)
def test_what_is_nested_too_deeply_keeps_its_id(name: str, around: str) -> None:
    with pytest.raises(NestedTooDeeply) as caught:
        LOADERS[name](nested(200, around))
    assert caught.value.request_id == WITH_IDS[around]


@pytest.mark.parametrize("value", [0, -1, 2**63 - 1, -(2**63), "", "x" * ID_LIMIT])
def test_what_can_be_an_id(value: Any) -> None:
    assert is_id(value)


@pytest.mark.parametrize("value", [None, True, 1.0, 2**63, 10**30, [], {}, "x" * (ID_LIMIT + 1)])
def test_what_can_be_no_id(value: Any) -> None:
    assert not is_id(value)


def test_a_foreign_text_is_repeated_in_part() -> None:
    assert shown("x" * SHOWN_LIMIT) == "x" * SHOWN_LIMIT
    assert shown("x" * 1_000_000) == "x" * SHOWN_LIMIT + "…"
    assert strict_loads("1") == 1


@pytest.mark.parametrize("digits", ["1" + "0" * 19, "2" + "0" * 19, "-1" + "0" * 18, "-1" + "0" * 19, "1" * 300])
def test_whole_numbers_are_read_alike_with_and_without_compiled_libraries(digits: str) -> None:
    value = strict_loads(digits)
    assert value == float(digits)
    assert isinstance(value, int) == (-(2**63) <= value < 2**64)
    assert loads_request(digits) == value


def test_a_number_without_end_is_no_json() -> None:
    with pytest.raises(ValueError, match="is too large"):
        strict_loads("1" * 400)
    with pytest.raises(ValueError, match=r"infinit|range|too large"):
        loads_request("1" * 400)
