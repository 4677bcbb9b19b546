"""Messages to plain values and back, strictly: a misspelt or mistyped param is refused by its name.

A converter of our own, since lsprotocol's turns every attrs class into camelCase and drops fields with default values.
"""

from __future__ import annotations

import importlib
import json
from enum import Enum
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any, TypeVar

import attrs
from cattrs import Converter
from cattrs.errors import ClassValidationError, ForbiddenExtraKeysError, IterableValidationError

from issuelens.domain.errors import InvalidField
from issuelens.ipc.limits import has_64_bits, read_request, shown, strict_loads

_Message = TypeVar("_Message")


def _plain_dumps(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


# orjson is compiled: used where it is there, never needed.
_JSON: Any = (
    importlib.import_module("orjson")
    if find_spec("orjson")
    else SimpleNamespace(dumps=_plain_dumps, loads=strict_loads)
)


def make_converter() -> Converter:
    """The converter for messages."""
    converter = Converter(forbid_extra_keys=True, detailed_validation=True)
    for plain in (str, int, bool, float):
        converter.register_structure_hook(plain, _exactly)
    converter.register_structure_hook_func(lambda cls: cls == tuple[str, ...], lambda value, _: _texts(value))
    converter.register_structure_hook_func(
        lambda cls: cls == dict[str, Any], lambda value, _: _of_type(value, dict, "an object")
    )
    return converter


def _exactly(value: Any, cls: type[Any]) -> Any:
    """No silent conversion: "3" is no number, and True is none either."""
    if cls is int and type(value) is int and not has_64_bits(value):
        raise TypeError("it must be a whole number of 64 bits")
    if type(value) is cls:
        return value
    if issubclass(cls, Enum):
        return _member(value, cls)
    if cls is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, cls) or (isinstance(value, bool) and cls is not bool):
        raise TypeError(f"it must be {_NAMES[cls]}, not {_kind(value)}")
    return value


def _member(value: Any, cls: type[Enum]) -> Enum:
    try:
        return cls(value)
    except ValueError as error:
        known = ", ".join(str(one.value) for one in cls)
        raise TypeError(f"{shown(repr(value))} is not one of {known}") from error


_NAMES = {str: "a text", int: "a whole number", bool: "true or false", float: "a number"}


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    return {bool: "true or false", dict: "an object", list: "a list", str: "a text"}.get(type(value), "a number")


def _texts(value: Any) -> tuple[str, ...]:
    """Events are read by every client, and cattrs takes its time over each text of a tuple."""
    if not isinstance(value, list | tuple):
        raise TypeError(f"it must be a list of texts, not {_kind(value)}")
    return tuple(_exactly(one, str) for one in value)


def _of_type(value: Any, cls: type[Any], name: str) -> Any:
    if not isinstance(value, cls):
        raise TypeError(f"it must be {name}, not {_kind(value)}")
    return value


class Messages:
    """Converts messages; one per process that talks."""

    def __init__(self) -> None:
        self._converter = make_converter()

    def read(self, shape: Any, cls: type[_Message]) -> _Message:
        """A message from plain values.

        Raises:
            InvalidField: named after the param that does not fit.
        """
        if not isinstance(shape, dict):
            raise InvalidField("params", f"it must be an object, not {_kind(shape)}")
        try:
            return self._converter.structure(shape, cls)
        except (ClassValidationError, ForbiddenExtraKeysError, IterableValidationError) as error:
            raise _invalid_field(error, "params") from error

    def read_known(self, shape: Any, cls: type[_Message]) -> _Message:
        """As `read`, without fields that a newer peer has added: one that can't be greeted could not be replaced."""
        known = attrs.fields_dict(cls)  # type: ignore[arg-type]
        return self.read({k: v for k, v in shape.items() if k in known} if isinstance(shape, dict) else shape, cls)

    def write(self, message: Any) -> Any:
        """Plain values from a message."""
        return self._converter.unstructure(message)


def _invalid_field(error: BaseException, name: str) -> InvalidField:
    """The innermost problem, named after the param it is in."""
    if isinstance(error, ClassValidationError | IterableValidationError):
        first = error.exceptions[0]
        notes = [note for note in getattr(first, "__notes__", ()) if hasattr(note, "name") or hasattr(note, "index")]
        inner = str(getattr(notes[0], "name", name)) if notes else name
        return _invalid_field(first, inner)
    if isinstance(error, ForbiddenExtraKeysError):
        return InvalidField(shown(min(error.extra_fields)), "it is not a param here")
    if isinstance(error, KeyError):
        return InvalidField(str(error.args[0]), "it is missing")
    return InvalidField(name, str(error) if isinstance(error, TypeError) else f"it does not fit ({error})")


def dumps(value: Any) -> bytes:
    """JSON of plain values, compact."""
    return bytes(_JSON.dumps(value))


def loads(content: bytes | str) -> Any:
    """The values of a JSON text.

    Raises:
        ValueError, RecursionError: when it is none, or nested too deeply.
    """
    return _JSON.loads(content)


def loads_request(content: bytes | str) -> Any:
    """The values of a JSON text that comes from outside.

    Raises:
        NestedTooDeeply: when it has too many levels.
        ValueError: when it is no JSON.
    """
    return read_request(content, loads)
