"""What a message from outside may be (docs/protocol.md, "Limits"), and the strict reading of its JSON.

Standard library only, since the first frame is read before anything heavy is imported.
"""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing takes a tenth of the time to the first answer
    from collections.abc import Callable
    from typing import Any, Final


MESSAGE_LIMIT: Final = 64 * 1024 * 1024
"""Bytes of the content of one message of the language server protocol."""
HEADER_LIMIT: Final = 8 * 1024
"""Bytes of the header before it."""
HEADER_LINES: Final = 32
"""Lines of that header."""
REQUEST_LIMIT: Final = 16 * 1024 * 1024
"""Bytes of one request to the daemon."""
ANSWER_LIMIT: Final = 64 * 1024 * 1024
"""Bytes of one answer on a WebSocket; a one-shot client takes any."""
RUNNING_LIMIT: Final = 1_000
"""Requests of an editor that are worked on at once."""
NESTING_LIMIT: Final = 128
"""Levels of objects and lists in a request: metadata may have 100, and what is around it some more."""
ID_LIMIT: Final = 200
"""Characters of a request's id, when that is a text; a number has 64 bits."""
_WHOLE_DIGITS: Final = 20
SHOWN_LIMIT: Final = 100
"""Characters of a foreign text that an error repeats."""


class NestedTooDeeply(ValueError):
    """A message has more levels than NESTING_LIMIT. `request_id` is its id, None when that can't be told."""

    def __init__(self, request_id: Any = None) -> None:
        super().__init__(f"The message has more than {NESTING_LIMIT} levels of objects and lists.")
        self.request_id = request_id


def is_id(value: Any) -> bool:
    """Whether a value can be a request's id: a text or a whole number, neither of them huge."""
    if isinstance(value, str):
        return len(value) <= ID_LIMIT
    return isinstance(value, int) and not isinstance(value, bool) and has_64_bits(value)


def has_64_bits(number: int) -> bool:
    """Whether a whole number is one that databases and other languages can hold."""
    return -(2**63) <= number < 2**63


def shown(text: Any) -> str:
    """A foreign text as an error repeats it: not more than its beginning."""
    text = str(text)
    return text if len(text) <= SHOWN_LIMIT else f"{text[:SHOWN_LIMIT]}…"


def read_request(content: bytes | str, loads: Callable[[bytes | str], Any] | None = None) -> Any:
    """The values of a message from outside.

    Args:
        content: its JSON.
        loads: what reads it; None for `strict_loads`.

    Raises:
        NestedTooDeeply: when it has too many levels.
        ValueError: when it is no JSON.
    """
    try:
        value = (loads or strict_loads)(content)
    except RecursionError as error:
        raise NestedTooDeeply from error
    opening: tuple[Any, Any] = ("[", "{") if isinstance(content, str) else (b"[", b"{")
    if sum(map(content.count, opening)) > NESTING_LIMIT:
        # Imported here: hardly any message comes so far.
        from issuelens.domain.fields import is_nested_deeper

        if is_nested_deeper(value, NESTING_LIMIT):
            found = value.get("id") if isinstance(value, dict) and "method" in value else None
            raise NestedTooDeeply(found if is_id(found) else None)
    return value


def strict_loads(content: bytes | str) -> Any:
    """The value of a JSON text as RFC 8259 has it: no NaN, no half of a character, no number without end.

    Raises:
        ValueError, RecursionError: when it is none, or nested too deeply for Python.
    """
    # Decoded here: `json` would take UTF-16 and a byte order mark, too.
    text = content if isinstance(content, str) else bytes(content).decode()
    value = json.loads(text, parse_constant=_no_constant, parse_float=_finite, parse_int=_whole)
    if "\\ud" in text.lower():
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _whole(digits: str) -> float:
    """As orjson reads it: a whole number beyond 64 bits is one with a fraction."""
    number = int(digits) if len(digits) <= _WHOLE_DIGITS else None
    return number if number is not None and -(2**63) <= number < 2**64 else _finite(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"{shown(digits)} is too large")
    return number


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")
