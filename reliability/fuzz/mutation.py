"""Mutations of bytes and of JSON values: a small engine, the same for the same random numbers."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Final

TOKENS: Final = (
    *(b"\0", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xc0\x80", b"\xf0\x9f\x98\x80", b"\xe2\x80\xa8"),
    *(
        b"\r",
        b"\n",
        b"\r\n",
        b"\r\n\r\n",
        b"\t",
        b" ",
        b"\x0c",
        b"\x1b[31m",
        b"\x85",
        b"\\",
        b'"',
        b"'",
        b"`",
        b"\\u0000",
    ),
    *(
        b"{",
        b"}",
        b"[",
        b"]",
        b"(",
        b")",
        b"<",
        b">",
        b":",
        b",",
        b";",
        b"=",
        b"-",
        b"--",
        b"---\n",
        b"...",
        b"*",
        b"&",
    ),
    *(b"null", b"true", b"NaN", b"-Infinity", b"1e999", b"1e-999", b"-0", b"0x10", b"\\ud800", b"\\udc00\\ud800"),
    *(b"0", b"-1", b"2147483648", b"9223372036854775808", b"-9223372036854775809", b"1" * 400),
    *(
        b"/*",
        b"*/",
        b"//",
        b"#",
        b'"""',
        b"'''",
        b"<!--",
        b"-->",
        b"```\n",
        b"TODO",
        b"FIXME(",
        b"app-1a2b",
        b"<<EOF\n",
    ),
    *(
        b"<<<<<<< ours\n",
        b"=======\n",
        b">>>>>>> theirs\n",
        b"!!python/object:",
        b"!!binary",
        b"&a [*a]",
        b"%TAG",
        b"? ",
    ),
)
"""What parsers stumble over."""

NUMBERS: Final = (
    0,
    1,
    -1,
    2,
    127,
    255,
    2**31 - 1,
    2**31,
    -(2**31) - 1,
    2**53,
    2**63 - 1,
    2**63,
    -(2**63),
    2**64,
    10**30,
)
TEXTS: Final = (
    *(
        "",
        " ",
        "\0",
        "a" * 300,
        "x" * 5_000,
        "\ud83d\ude00",
        "é\u0301",
        "\u2028",
        "\u202e",
        "\x1b[2J",
        "null",
        "-1",
        "1e5",
    ),
    *(
        "app-1a2b",
        "app-",
        "-",
        "*",
        "%",
        "../../etc",
        "[x](command:y)",
        "<img src=x>",
        "'; --",
        "a\nb",
        "TODO",
        "\ufeff",
    ),
)


def mutated(random: Random, content: bytes, others: Sequence[bytes] = (), tokens: Sequence[bytes] = TOKENS) -> bytes:
    """The content after one to six changes.

    Args:
        random: where chance comes from.
        content: what to change.
        others: contents that parts are taken from.
        tokens: what is put in.
    """
    found = bytearray(content)
    for _ in range(random.choice((1, 1, 2, 3, 6))):
        random.choice(_CHANGES)(random, found, others, tokens)
    return bytes(found)


_Change = Callable[[Random, bytearray, Sequence[bytes], Sequence[bytes]], None]


def _place(random: Random, content: bytearray) -> tuple[int, int]:
    start = random.randint(0, len(content))
    return start, min(len(content), start + random.choice((1, 1, 2, 4, 16, 64)))


def _flip(random: Random, content: bytearray, _others: Sequence[bytes], _tokens: Sequence[bytes]) -> None:
    if content:
        content[random.randrange(len(content))] ^= 1 << random.randrange(8)


def _replace(random: Random, content: bytearray, _others: Sequence[bytes], tokens: Sequence[bytes]) -> None:
    start, end = _place(random, content)
    content[start:end] = random.choice(tokens)


def _insert(random: Random, content: bytearray, _others: Sequence[bytes], tokens: Sequence[bytes]) -> None:
    start = random.randint(0, len(content))
    content[start:start] = random.choice(tokens)


def _delete(random: Random, content: bytearray, _others: Sequence[bytes], _tokens: Sequence[bytes]) -> None:
    start, end = _place(random, content)
    del content[start:end]


def _cut(random: Random, content: bytearray, _others: Sequence[bytes], _tokens: Sequence[bytes]) -> None:
    del content[random.randint(0, len(content)) :]


def _repeat(random: Random, content: bytearray, _others: Sequence[bytes], _tokens: Sequence[bytes]) -> None:
    start, end = _place(random, content)
    times = random.choice((2, 3, 10, 100)) if random.random() < 0.97 else random.choice((1_000, 5_000))
    content[start:start] = bytes(content[start:end]) * times


def _splice(random: Random, content: bytearray, others: Sequence[bytes], _tokens: Sequence[bytes]) -> None:
    if others:
        other = random.choice(others)
        start, end = _place(random, bytearray(other))
        at = random.randint(0, len(content))
        content[at:at] = other[start : max(end, random.randint(start, len(other)))]


_CHANGES: Final[tuple[_Change, ...]] = (_flip, _replace, _insert, _delete, _cut, _repeat, _splice, _replace, _insert)


# JSON values


def odd_value(random: Random, depth: int = 2) -> Any:
    """A value that nobody expects."""
    match random.randrange(9):
        case 0:
            return random.choice((None, True, False))
        case 1 | 2:
            return random.choice(NUMBERS)
        case 3:
            return random.choice((0.5, -0.0, 1e308, 5e-324))
        case 4 | 5:
            return random.choice(TEXTS)
        case 6:
            return [odd_value(random, depth - 1) for _ in range(random.randrange(4))] if depth else []
        case 7:
            return (
                {random.choice(TEXTS): odd_value(random, depth - 1) for _ in range(random.randrange(4))}
                if depth
                else {}
            )
        case _:
            return nested(random.choice((5, 60, 125, 130, 300)) if random.random() < 0.05 else 3)


def nested(levels: int) -> Any:
    """Lists and objects within each other."""
    value: Any = 1
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


def mutated_value(random: Random, value: Any) -> Any:
    """The value with one to three of its parts replaced, removed or added."""
    found = copy.deepcopy(value)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        found = _changed(random, found)
    return found


def _changed(random: Random, value: Any) -> Any:
    if isinstance(value, dict) and value and random.random() < 0.85:
        name = random.choice(list(value))
        match random.randrange(8):
            case 0:
                del value[name]
            case 1:
                value[random.choice(TEXTS)] = odd_value(random)
            case _:
                value[name] = _changed(random, value[name])
        return value
    if isinstance(value, list) and value and random.random() < 0.8:
        at = random.randrange(len(value))
        match random.randrange(6):
            case 0:
                del value[at]
            case 1:
                value.extend([copy.deepcopy(value[at])] * random.choice((1, 2, 50)))
            case _:
                value[at] = _changed(random, value[at])
        return value
    if isinstance(value, str) and random.random() < 0.6:
        return mutated(random, value.encode("utf-8", "surrogatepass")).decode("utf-8", "replace")
    if isinstance(value, int) and not isinstance(value, bool) and random.random() < 0.5:
        return value + random.choice((-2, -1, 1, 2, 1_000, 2**31))
    return odd_value(random)


def encoded(value: Any) -> bytes:
    """JSON, with escapes for what is no character."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=True).encode()
