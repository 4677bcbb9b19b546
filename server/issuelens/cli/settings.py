"""Changes of config.toml's text that leave its comments and its order alone."""

from __future__ import annotations

from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from issuelens.domain.config import Config, flat_settings, parse_config
from issuelens.domain.errors import InvalidField


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
    parse_config(text)
    document = tomlkit.parse(text)
    table, name = _place(document, key, make=True)
    table[name] = _value(key, words)
    return _checked(document)


def without(text: str, key: str) -> str:
    """The text without a setting.

    Raises:
        InvalidConfig: when the text can't be used, before or after.
        InvalidField: when it does not have the setting.
    """
    parse_config(text)
    document = tomlkit.parse(text)
    table, name = _place(document, key, make=False)
    if table is None or name not in table:
        raise InvalidField("key", f"{key} is not set in config.toml")
    del table[name]
    return _checked(document)


def _place(document: Any, key: str, *, make: bool) -> tuple[Any, str]:
    section, dot, name = key.partition(".")
    if not dot:
        return document, section
    if section not in document and make:
        document[section] = tomlkit.table()
    table = document.get(section)
    if table is not None and not hasattr(table, "items"):
        raise InvalidField("key", f"{section} is no section of config.toml")
    return table, name


def _value(key: str, words: tuple[str, ...]) -> Any:
    default = flat_settings(Config()).get(key)
    if isinstance(default, list):
        return [word for word in words if word]
    if len(words) > 1:
        raise InvalidField(key, "it takes one value")
    [word] = words
    if isinstance(default, bool):
        return {"true": True, "false": False}.get(word.lower(), word)
    if isinstance(default, float):
        return _number(word)
    return word


def _number(word: str) -> Any:
    try:
        return float(word) if "." in word else int(word)
    except ValueError:
        return word


def _checked(document: Any) -> str:
    try:
        text = tomlkit.dumps(document)
    except TOMLKitError as error:
        raise InvalidField("value", f"it can't stand in config.toml: {error}") from error
    parse_config(text)
    return text
