"""The one argument of a command, or the params of a request: an object in camelCase, whose fields are read by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from issuelens.domain.errors import InvalidField

Argument = Mapping[str, Any]


def object_of(params: Any) -> Mapping[str, Any]:
    """The params of a request of our own.

    Raises:
        InvalidField: when they are neither an object nor left out.
    """
    if params is None:
        return {}
    if not isinstance(params, Mapping):
        raise InvalidField("params", "it must be an object")
    return params


def text_of(params: Mapping[str, Any], name: str) -> str | None:
    """A text among the params; None when it is left out.

    Raises:
        InvalidField: when it is no text.
    """
    value = params.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidField(name, f"it must be a text, not {type(value).__name__}")
    return value


def required(argument: Argument, name: str) -> str:
    """A text that must be there.

    Raises:
        InvalidField: when it is missing, or no text.
    """
    value = text_of(argument, name)
    if value is None:
        raise InvalidField(name, "it is missing")
    return value


def number(argument: Argument, name: str, default: int | None) -> int:
    """A whole number, or the default for null and nothing.

    Raises:
        InvalidField: when it is none, or is missing without a default.
    """
    value = optional_number(argument, name)
    value = default if value is None else value
    if value is None:
        raise InvalidField(name, "it must be a whole number" if name in argument else "it is missing")
    return value


def optional_number(argument: Argument, name: str) -> int | None:
    """A whole number; None for null and nothing.

    Raises:
        InvalidField: when it is something else.
    """
    value = argument.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise InvalidField(name, "it must be a whole number")
    return value


def texts(argument: Argument, name: str) -> tuple[str, ...]:
    """A list of texts, empty for nothing.

    Raises:
        InvalidField: when it is something else.
    """
    value = argument.get(name) or []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise InvalidField(name, "it must be a list of texts")
    return tuple(value)


def mapping(argument: Argument, name: str) -> dict[str, Any]:
    """An object, empty for nothing.

    Raises:
        InvalidField: when it is something else.
    """
    value = argument.get(name) or {}
    if not isinstance(value, Mapping):
        raise InvalidField(name, "it must be an object")
    return dict(value)
