"""Reads .issues/config.toml. Every key has a default; an unknown or wrong one is an error with its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from attrs import evolve, fields

from issuelens.domain.config import (
    PATTERN_LIMIT,
    RULES,
    SIZE_MAXIMUM,
    CodeLensConfig,
    Config,
    DaemonConfig,
    DiagnosticConfig,
    DocumentSymbolConfig,
    GitConfig,
    InlayHintConfig,
    Layout,
    SemanticTokenConfig,
    SyncConfig,
    TodoConfig,
    is_bounded_pattern,
    is_branch,
)
from issuelens.domain.config_place import place_of
from issuelens.domain.errors import InvalidConfig, InvalidField
from issuelens.domain.ids import checked_prefix
from issuelens.domain.limits import SIZE_DEFAULT
from issuelens.domain.tags import DEFAULT_TAGS, KNOWN_TAGS, Severity, TagStyle, is_color, is_icon, is_tag
from issuelens.domain.vocabulary import FIXED_STATUSES, STATUS_CATEGORIES, TOMBSTONE, Category

_STATUS_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}\Z")
_TOML_POSITION = re.compile(r" \(at line (\d+), column (\d+)\)$")
_Table = Mapping[str, Any]
_Section = TypeVar("_Section")


def parse_config(text: str) -> Config:
    """Reads config.toml.

    Raises:
        InvalidConfig: with `line` and `column` (1-based) of the first problem.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(str(error), text) from error
    except RecursionError as error:
        raise InvalidConfig("config.toml: it is nested too deeply", line=1, column=1) from error
    return _Reader(text).config(table)


def _syntax_error(problem: str, text: str) -> InvalidConfig:
    position = _TOML_POSITION.search(problem)
    what = _TOML_POSITION.sub("", problem).removesuffix(" (at end of document)")
    last = text.rpartition("\n")[2]
    line, column = (int(position[1]), int(position[2])) if position else (text.count("\n") + 1, len(last) + 1)
    return InvalidConfig(f"config.toml, line {line}: {what[:1].lower()}{what[1:]}", line=line, column=column)


def _names(cls: type[Any]) -> list[str]:
    """The settings of a section, as they are written in config.toml."""
    return [one.name.replace("_", "-") for one in fields(cls)]


class _Reader:
    """Turns the parsed table into a Config; knows the text, to say where a key stands."""

    def __init__(self, text: str) -> None:
        self._text = text

    def config(self, table: _Table) -> Config:
        sections: dict[str, Callable[[_Table], Any]] = {
            "statuses": self._statuses,
            "todos": self._todos,
            "diagnostics": self._diagnostics,
            "code-lens": partial(self._switches, "code-lens", CodeLensConfig),
            "inlay-hints": partial(self._switches, "inlay-hints", InlayHintConfig),
            "semantic-tokens": partial(self._switches, "semantic-tokens", SemanticTokenConfig),
            "document-symbols": partial(self._switches, "document-symbols", DocumentSymbolConfig),
            "sync": self._sync,
            "git": partial(self._switches, "git", GitConfig),
            "daemon": self._daemon,
        }
        self._only(table, "", ["prefix", "recognised_prefixes", *sections])
        config = Config(
            prefix=self._prefix(table.get("prefix", "issue"), "prefix"),
            recognised_prefixes=tuple(
                self._prefix(name, "recognised_prefixes")
                for name in self._strings(table, "", "recognised_prefixes", ())
            ),
        )
        for name, read in sections.items():
            config = evolve(config, **{name.replace("-", "_"): read(self._table(table, "", name))})
        return config

    def _statuses(self, table: _Table) -> Mapping[str, Category]:
        found = dict(STATUS_CATEGORIES)
        for name, value in table.items():
            if not _STATUS_NAME.match(name) or name == TOMBSTONE:
                raise self._error(name, "statuses", "it can't be a status; use small letters, digits, - and _")
            if value not in list(Category):
                raise self._error(name, "statuses", f"its category must be one of {', '.join(Category)}")
            if name in FIXED_STATUSES and value != STATUS_CATEGORIES[name]:
                raise self._error(name, "statuses", f"its category is always {STATUS_CATEGORIES[name]}")
            found[name] = Category(value)
        return found

    def _todos(self, table: _Table) -> TodoConfig:
        self._only(table, "todos", ["tags", "exclude", "plain-text", "size-limit", "tag"])
        tags = self._strings(table, "todos", "tags", DEFAULT_TAGS)
        for tag in tags:
            if not is_tag(tag):
                raise self._error("tags", "todos", f"{tag!r} can't be a tag; use capitals, digits, - and _")
        return TodoConfig(
            tags=tags,
            exclude=self._patterns(table),
            plain_text=self._truth(table, "todos", "plain-text", False),
            size_limit=self._size(table),
            styles=self._styles(table, tags),
        )

    def _patterns(self, table: _Table) -> tuple[str, ...]:
        exclude = self._strings(table, "todos", "exclude", ())
        for pattern in exclude:
            if len(pattern) > PATTERN_LIMIT:
                raise self._error("exclude", "todos", f"{pattern[:40]!r} … has more than {PATTERN_LIMIT} characters")
            if not is_bounded_pattern(pattern):
                raise self._error("exclude", "todos", f"{pattern[:40]!r} has too many *; use two between slashes")
        return exclude

    def _size(self, table: _Table) -> int:
        size = table.get("size-limit", SIZE_DEFAULT)
        if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= SIZE_MAXIMUM:
            raise self._error("size-limit", "todos", f"it must be a whole number of bytes from 1 to {SIZE_MAXIMUM}")
        return size

    def _styles(self, table: _Table, tags: tuple[str, ...]) -> Mapping[str, TagStyle]:
        section = self._table(table, "todos", "tag")
        for tag in section:
            if tag not in tags and tag not in KNOWN_TAGS:
                raise self._error(tag, "todos.tag", "it is not one of the tags")
        return {tag: self._style(self._table(section, "todos.tag", tag), f"todos.tag.{tag}") for tag in section}

    def _style(self, table: _Table, section: str) -> TagStyle:
        self._only(table, section, ["severity", "color", "icon"])
        color, icon = table.get("color"), table.get("icon")
        if "color" in table and not (isinstance(color, str) and is_color(color)):
            raise self._error("color", section, 'it must be written as "#d73a49", or name a theme colour: "charts.red"')
        if "icon" in table and not (isinstance(icon, str) and is_icon(icon)):
            raise self._error("icon", section, 'it must be the name of an icon, for instance "bug"')
        severity = self._severity(table["severity"], section, "severity") if "severity" in table else None
        return TagStyle(severity=severity, color=color, icon=icon)

    def _diagnostics(self, table: _Table) -> DiagnosticConfig:
        self._only(table, "diagnostics", _names(DiagnosticConfig))
        chosen: dict[str, Any] = {"workspace": self._truth(table, "diagnostics", "workspace", True)}
        for rule in RULES:
            if rule in table:
                chosen[rule.replace("-", "_")] = self._severity(table[rule], "diagnostics", rule)
        return DiagnosticConfig(**chosen)

    def _switches(self, section: str, cls: type[_Section], table: _Table) -> _Section:
        """A section in which each setting is true or false."""
        self._only(table, section, _names(cls))
        chosen = {name: self._truth(table, section, name, False) for name in _names(cls) if name in table}
        return cls(**{name.replace("-", "_"): value for name, value in chosen.items()})

    def _sync(self, table: _Table) -> SyncConfig:
        self._only(table, "sync", _names(SyncConfig))
        return SyncConfig(
            automatic=self._truth(table, "sync", "automatic", True),
            delay_seconds=self._number(table, "sync", "delay-seconds", 0.5, 3_600),
            layout=self._layout(table),
            branch=self._branch(table),
        )

    def _layout(self, table: _Table) -> Layout:
        try:
            return Layout(table.get("layout", Layout.FILE))
        except ValueError as error:
            raise self._error("layout", "sync", f"it must be one of {', '.join(Layout)}") from error

    def _branch(self, table: _Table) -> str:
        name = table.get("branch", "")
        if not isinstance(name, str) or (name and not is_branch(name)):
            raise self._error("branch", "sync", "it must be the name of a branch, of letters, digits, - _ . and /")
        return name

    def _daemon(self, table: _Table) -> DaemonConfig:
        self._only(table, "daemon", ["idle-seconds"])
        return DaemonConfig(idle_seconds=self._number(table, "daemon", "idle-seconds", 60, 86_400))

    def _number(self, table: _Table, section: str, key: str, default: float, limit: int) -> float:
        value = table.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= limit:
            raise self._error(key, section, f"it must be a number from 0 to {limit}")
        return float(value)

    def _severity(self, value: object, section: str, key: str) -> Severity:
        try:
            return Severity(value)  # type: ignore[arg-type]
        except ValueError as error:
            raise self._error(key, section, f"it must be one of {', '.join(Severity)}") from error

    def _prefix(self, value: object, key: str) -> str:
        if not isinstance(value, str):
            raise self._error(key, "", "it must be a text in quotes")
        try:
            return checked_prefix(value)
        except InvalidField as error:
            raise self._error(key, "", str(error).partition(": ")[2]) from error

    def _truth(self, table: _Table, section: str, key: str, default: bool) -> bool:
        value = table.get(key, default)
        if not isinstance(value, bool):
            raise self._error(key, section, "it must be true or false")
        return value

    def _strings(self, table: _Table, section: str, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        values = table.get(key, default)
        if not isinstance(values, list | tuple) or not all(isinstance(value, str) for value in values):
            raise self._error(key, section, "it must be a list of texts")
        return tuple(values)

    def _table(self, table: _Table, above: str, name: str) -> _Table:
        section = table.get(name, {})
        if not isinstance(section, dict):
            whole = f"{above}.{name}" if above else name
            raise self._error(name, above, f"it must be a table, written [{whole}]")
        return section

    def _only(self, table: _Table, section: str, known: list[str]) -> None:
        for key in table:
            if key not in known:
                raise self._error(key, section, f"it is not a setting here; known are {', '.join(known)}")

    def _error(self, key: str, section: str, problem: str) -> InvalidConfig:
        line, column = place_of(self._text, (*section.split("."), key) if section else (key,))
        return InvalidConfig(f"config.toml, line {line}: {key}: {problem}", line=line, column=column)
