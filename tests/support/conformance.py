"""Whether an answer is one of LSP: it has the form of lsprotocol's types, and its places lie within the texts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from lsprotocol import converters, types

_CONVERTER: Final = converters.get_converter()
_URIS: Final = ("uri", "targetUri", "oldUri", "newUri")
Texts = Callable[[str], str | None]
"""The text behind a URI; None when nobody knows it."""


def form_problem(method: str, result: Any) -> str | None:
    """What is wrong with the form of a result, None when nothing is.

    It is read into the method's response type and written again: what comes back must be the same, so a field that the
    type does not have, or one of a wrong type, is found.
    """
    if method == types.TEXT_DOCUMENT_CODE_ACTION:
        # lsprotocol reads an action that has a command as a command.
        return next(filter(None, (_misread(one, _action_or_command(one)) for one in result or ())), None)
    response = types.METHOD_TO_TYPES[method][1]
    assert response is not None, method
    return _misread({"jsonrpc": "2.0", "id": 1, "result": result}, response)


def _action_or_command(shape: Mapping[str, Any]) -> type[Any]:
    return types.Command if isinstance(shape.get("command"), str) else types.CodeAction


def _misread(shape: Mapping[str, Any], form: type[Any]) -> str | None:
    try:
        # Through JSON, in which members of enumerations are plain values.
        again = json.loads(json.dumps(_CONVERTER.unstructure(_CONVERTER.structure(shape, form))))
    except Exception as error:  # noqa: BLE001 - cattrs raises groups of whatever the hooks raise
        return f"{type(error).__name__}: {error}"
    return _difference(_without_nulls(shape), _without_nulls(again), form.__name__)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_nulls(one) for name, one in value.items() if one is not None}
    return [_without_nulls(one) for one in value] if isinstance(value, list | tuple) else value


def _difference(one: Any, other: Any, where: str) -> str | None:
    if isinstance(one, dict) and isinstance(other, dict):
        for name in {*one, *other}:
            if found := _difference(one.get(name), other.get(name), f"{where}.{name}"):
                return found
        return None
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return next((found for at, pair in pairs if (found := _difference(*pair, f"{where}[{at}]"))), None)
    return None if one == other and type(one) is type(other) else f"{where}: {one!r} is read as {other!r}"


def misplaced(result: Any, uri: str, texts: Texts, encoding: str) -> list[str]:
    """The ranges and positions in a result that do not lie within their text.

    Args:
        result: what was answered.
        uri: the document that was asked about, whose places are meant where nothing else is said.
        texts: the texts by URI.
        encoding: that of positions.
    """
    found = []
    for where, of, position in _positions(result, uri, "result"):
        text = texts(of)
        if text is not None and (problem := _outside(text, position, encoding)):
            found.append(f"{where}: {position} {problem} of {of}")
    return found + [f"{where}: it ends before it begins" for where in _turned_around(result, "result")]


def _positions(value: Any, uri: str, where: str) -> Iterator[tuple[str, str, Mapping[str, int]]]:
    if isinstance(value, list):
        for at, one in enumerate(value):
            yield from _positions(one, uri, f"{where}[{at}]")
    if not isinstance(value, dict):
        return
    if value.keys() == {"line", "character"}:
        yield where, uri, value
        return
    named = value.get("textDocument")
    own = next((value[name] for name in _URIS if isinstance(value.get(name), str)), None)
    own = named["uri"] if isinstance(named, dict) and "uri" in named else own
    for name, one in value.items():
        if name == "data":
            continue
        if name == "changes":
            for of, edits in one.items():
                yield from _positions(edits, of, f"{where}.changes")
        else:
            # Where a link begins is in the document that was asked about.
            of = uri if own is None or name == "originSelectionRange" else own
            yield from _positions(one, of, f"{where}.{name}")


def _turned_around(value: Any, where: str) -> Iterator[str]:
    if isinstance(value, list):
        for at, one in enumerate(value):
            yield from _turned_around(one, f"{where}[{at}]")
    elif isinstance(value, dict):
        if value.keys() == {"start", "end"}:
            start, end = ((one["line"], one["character"]) for one in (value["start"], value["end"]))
            if start > end:
                yield where
        for name, one in value.items():
            yield from _turned_around(one, f"{where}.{name}")


def _outside(text: str, position: Mapping[str, int], encoding: str) -> str | None:
    lines = split(text)
    if position["line"] >= len(lines):
        return f"is beyond the {len(lines)} lines"
    units = encoded(lines[position["line"]], encoding)
    if position["character"] > len(units):
        return f"is beyond the {len(units)} units"
    return None if is_between(units, position["character"], encoding) else "is within a character"


def split(text: str) -> list[str]:
    """The lines of a text, without their ends, as LSP has them."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def encoded(line: str, encoding: str) -> Sequence[int]:
    """The code units of a line."""
    size = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]
    content = line.encode(encoding if size == 1 else f"{encoding}-le", "surrogatepass")
    return [int.from_bytes(content[at : at + size], "little") for at in range(0, len(content), size)]


def is_between(units: Sequence[int], at: int, encoding: str) -> bool:
    """Whether a place in a line is between two characters."""
    if at >= len(units):
        return True
    if encoding == "utf-8":
        return not 0x80 <= units[at] < 0xC0
    return not (encoding == "utf-16" and 0xDC00 <= units[at] < 0xE000)


def misplaced_tokens(numbers: Sequence[int], text: str, encoding: str, kinds: int, modifiers: int) -> list[str]:
    """What is wrong with the numbers of semantic tokens, of which the legend has so many types and modifiers."""
    if len(numbers) % 5:
        return [f"{len(numbers)} numbers"]
    found, line, start = [], 0, 0
    for at in range(0, len(numbers), 5):
        down, right, length, kind, flags = numbers[at : at + 5]
        line, start = line + down, right + (0 if down else start)
        ends = ({"line": line, "character": one} for one in (start, start + length))
        problems = [problem for one in ends if (problem := _outside(text, one, encoding))]
        if problems or not length or kind >= kinds or flags >> modifiers:
            found.append(f"token {at // 5} in line {line}: {problems or numbers[at : at + 5]}")
    return found
