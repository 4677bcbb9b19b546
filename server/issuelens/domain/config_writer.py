"""Changes of config.toml's text that leave its comments and its order alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from issuelens.domain.config import Config, flat_settings
from issuelens.domain.config_reader import parse_config
from issuelens.domain.errors import InvalidConfig, InvalidField, Refused


def with_value(text: str, key: str, words: tuple[str, ...]) -> str:
    """The text with a setting.

    Args:
        text: of config.toml.
        key: for instance `todos.tags`.
        words: the value as given on a command line.

    Raises:
        InvalidConfig: when the text can't be used, before or after.
        InvalidField: for a key that can't be one.
    """
    return with_values(text, {key: _value(key, words)})


def without(text: str, key: str) -> str:
    """The text without a setting.

    Raises:
        InvalidConfig: when the text can't be used, before or after.
        InvalidField: when it does not have the setting.
    """
    parse_config(text)
    document = tomlkit.parse(text)
    table, name = _place(document, key)
    if table is None or name not in table:
        raise InvalidField("key", f"{key} is not set in config.toml")
    del table[name]
    if key.count(".") > 1:
        _prune(document, key.split(".")[:-1])
    return _checked(document, text)


def with_values(text: str, values: Mapping[str, Any]) -> str:
    """The text with settings of any type, each by its whole name.

    Raises:
        InvalidConfig: when the text can't be used, before or after.
        InvalidField: for a key that can't be one.
    """
    parse_config(text)
    try:
        return _checked(_written(text, values, tomlkit.table), text)
    except (InvalidConfig, ValueError) as error:
        # Below a table on one line, and below a dotted key, a table with a header can't stand.
        try:
            return _checked(_written(text, values, tomlkit.inline_table), text)
        except (InvalidConfig, ValueError):
            raise _told(error) from error


def _told(error: InvalidConfig | ValueError) -> Refused:
    return error if isinstance(error, InvalidConfig) else InvalidField("value", f"it can't stand here: {error}")


def _written(text: str, values: Mapping[str, Any], make: Callable[[], Any]) -> Any:
    document = tomlkit.parse(text)
    for key, value in values.items():
        table, name = _place(document, key, make)
        table[name] = value
    return document


def _place(document: Any, key: str, make: Callable[[], Any] | None = None) -> tuple[Any, str]:
    """The table in which a setting stands, and its name there; `make` makes the tables that are missing."""
    *sections, name = key.split(".")
    table = document
    for number, section in enumerate(sections, 1):
        if section not in table and make is not None:
            table[section] = make()
        table = table.get(section)
        if table is None:
            return None, name
        if not hasattr(table, "items"):
            raise InvalidField("key", f"{'.'.join(sections[:number])} is no section of config.toml")
    return table, name


def _prune(document: Any, sections: list[str]) -> None:
    """Takes out tables that have nothing in them any more, but for those on top, which have comments."""
    while len(sections) > 1:
        *above, last = sections
        table, _ = _place(document, ".".join(sections))
        if table[last]:
            return
        del table[last]
        sections = above


def _value(key: str, words: tuple[str, ...]) -> Any:
    default = flat_settings(Config()).get(key)
    if isinstance(default, list):
        return [word for word in words if word]
    if len(words) > 1:
        raise InvalidField(key, "it takes one value")
    [word] = words
    if isinstance(default, bool):
        return {"true": True, "false": False}.get(word.lower(), word)
    if isinstance(default, int | float):
        return _number(word)
    return word


def _number(word: str) -> Any:
    try:
        return float(word) if "." in word else int(word)
    except ValueError:
        return word


def _checked(document: Any, before: str) -> str:
    try:
        text = tomlkit.dumps(document)
    except TOMLKitError as error:
        raise InvalidField("value", f"it can't stand in config.toml: {error}") from error
    parse_config(text)
    return _spaced(text, before)


def _spaced(text: str, before: str) -> str:
    """The text with an empty line before a table that has been written directly behind something."""
    known = set(pairwise(before.split("\n")))
    found: list[str] = []
    for line in text.split("\n"):
        if line.startswith("[") and found and found[-1].strip() and (found[-1], line) not in known:
            found.append("")
        found.append(line)
    return "\n".join(found)
