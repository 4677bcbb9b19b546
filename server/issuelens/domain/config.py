"""What .issues/config.toml may say. Every key has a default; an unknown or wrong one is an error with its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

from attrs import Factory, evolve, field, frozen

from issuelens.domain.errors import InvalidConfig, InvalidField
from issuelens.domain.ids import checked_prefix
from issuelens.domain.vocabulary import FIXED_STATUSES, STATUS_CATEGORIES, TOMBSTONE, Category

DEFAULT_TAGS: Final = ("TODO", "FIXME", "HACK", "XXX", "BUG")
STARS_LIMIT: Final = 2
"""Wildcards of a pattern between two slashes, but for one at the end; and how often ** may stand for folders."""
PATTERN_LIMIT: Final = 1_000
"""Characters of a pattern."""
_STATUS_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}\Z")
_TAG = re.compile(r"[A-Z][A-Z0-9_-]{1,30}\Z")
_TOML_POSITION = re.compile(r" \(at line (\d+), column (\d+)\)$")


class Severity(StrEnum):
    """How loudly a finding is shown; OFF hides it."""

    OFF = "off"
    HINT = "hint"
    INFORMATION = "information"
    WARNING = "warning"
    ERROR = "error"


@frozen(kw_only=True)
class TodoConfig:
    """[todos]: which tags count, and which paths are left out (root-relative gitignore patterns)."""

    tags: tuple[str, ...] = DEFAULT_TAGS
    exclude: tuple[str, ...] = ()


@frozen(kw_only=True)
class DiagnosticConfig:
    """[diagnostics]: the severity of each rule."""

    closed_reference: Severity = Severity.INFORMATION
    unknown_reference: Severity = Severity.WARNING
    untracked_todo: Severity = Severity.OFF


@frozen(kw_only=True)
class CodeLensConfig:
    """[code-lens]: which lenses are shown."""

    enabled: bool = True


@frozen(kw_only=True)
class DaemonConfig:
    """[daemon]: `idle_seconds` is how long the daemon stays after its last client left."""

    idle_seconds: float = 60.0


@frozen(kw_only=True)
class Config:
    """The whole of config.toml."""

    prefix: str = "issue"
    recognised_prefixes: tuple[str, ...] = ()
    statuses: Mapping[str, Category] = field(default=STATUS_CATEGORIES)
    todos: TodoConfig = field(default=Factory(TodoConfig))
    diagnostics: DiagnosticConfig = field(default=Factory(DiagnosticConfig))
    code_lens: CodeLensConfig = field(default=Factory(CodeLensConfig))
    daemon: DaemonConfig = field(default=Factory(DaemonConfig))

    @property
    def prefixes(self) -> frozenset[str]:
        """Every prefix that begins an id here."""
        return frozenset((self.prefix, *self.recognised_prefixes))


def render_config(prefix: str) -> str:
    """The config.toml of a new workspace."""
    return f"""\
# Issuelens. Every setting but the prefix may be left out; what stands behind # is the default.

prefix = "{prefix}"
# recognised_prefixes = []        # further prefixes whose ids count as references

[statuses]                        # further statuses: todo, doing or done
# review = "doing"

[todos]
# tags = ["TODO", "FIXME", "HACK", "XXX", "BUG"]
# exclude = []                    # paths left out, as in .gitignore, for instance "vendor/"

[diagnostics]                     # off, hint, information, warning or error
# closed-reference = "information"
# unknown-reference = "warning"
# untracked-todo = "off"

[code-lens]
# enabled = true

[daemon]
# idle-seconds = 60               # how long it stays after its last client left
"""


def config_to_json(config: Config) -> dict[str, Any]:
    """The settings by their names in config.toml, sections as objects."""
    return {
        "prefix": config.prefix,
        "recognised_prefixes": list(config.recognised_prefixes),
        "statuses": {name: str(category) for name, category in config.statuses.items()},
        "todos": {"tags": list(config.todos.tags), "exclude": list(config.todos.exclude)},
        "diagnostics": {
            "closed-reference": str(config.diagnostics.closed_reference),
            "unknown-reference": str(config.diagnostics.unknown_reference),
            "untracked-todo": str(config.diagnostics.untracked_todo),
        },
        "code-lens": {"enabled": config.code_lens.enabled},
        "daemon": {"idle-seconds": config.daemon.idle_seconds},
    }


def flat_settings(config: Config) -> dict[str, Any]:
    """The settings by their whole names, such as `todos.tags`."""
    found: dict[str, Any] = {}
    for name, value in config_to_json(config).items():
        found |= {f"{name}.{inner}": one for inner, one in value.items()} if isinstance(value, dict) else {name: value}
    return found


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


def is_bounded_pattern(pattern: str) -> bool:
    """Whether a pattern as in .gitignore is looked for in a time that does not explode with the length of a name."""
    segments = pattern.split("/")
    stars = max(len(re.findall(r"\*+", segment.rstrip("*"))) for segment in segments)
    return stars <= STARS_LIMIT and segments.count("**") <= STARS_LIMIT and len(pattern) <= PATTERN_LIMIT


class _Reader:
    """Turns the parsed table into a Config; knows the text, to say where a key stands."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()

    def config(self, table: Mapping[str, Any]) -> Config:
        sections: dict[str, Callable[[Mapping[str, Any]], Any]] = {
            "statuses": self._statuses,
            "todos": self._todos,
            "diagnostics": self._diagnostics,
            "code-lens": self._code_lens,
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
            section = table.get(name, {})
            if not isinstance(section, dict):
                raise self._error(name, "", "it must be a table, written [" + name + "]")
            config = evolve(config, **{name.replace("-", "_"): read(section)})
        return config

    def _statuses(self, table: Mapping[str, Any]) -> Mapping[str, Category]:
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

    def _todos(self, table: Mapping[str, Any]) -> TodoConfig:
        self._only(table, "todos", ["tags", "exclude"])
        tags = self._strings(table, "todos", "tags", DEFAULT_TAGS)
        for tag in tags:
            if not _TAG.match(tag):
                raise self._error("tags", "todos", f"{tag!r} can't be a tag; use capitals, digits, - and _")
        exclude = self._strings(table, "todos", "exclude", ())
        for pattern in exclude:
            if len(pattern) > PATTERN_LIMIT:
                raise self._error("exclude", "todos", f"{pattern[:40]!r} … has more than {PATTERN_LIMIT} characters")
            if not is_bounded_pattern(pattern):
                raise self._error("exclude", "todos", f"{pattern[:40]!r} has too many *; use two between slashes")
        return TodoConfig(tags=tags, exclude=exclude)

    def _diagnostics(self, table: Mapping[str, Any]) -> DiagnosticConfig:
        rules = ["closed-reference", "unknown-reference", "untracked-todo"]
        self._only(table, "diagnostics", rules)
        chosen = {}
        for rule in rules:
            if rule in table:
                chosen[rule.replace("-", "_")] = self._severity(table[rule], rule)
        return DiagnosticConfig(**chosen)

    def _code_lens(self, table: Mapping[str, Any]) -> CodeLensConfig:
        self._only(table, "code-lens", ["enabled"])
        enabled = table.get("enabled", True)
        if not isinstance(enabled, bool):
            raise self._error("enabled", "code-lens", "it must be true or false")
        return CodeLensConfig(enabled=enabled)

    def _daemon(self, table: Mapping[str, Any]) -> DaemonConfig:
        self._only(table, "daemon", ["idle-seconds"])
        seconds = table.get("idle-seconds", 60)
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= 86_400:
            raise self._error("idle-seconds", "daemon", "it must be a number from 0 to 86400")
        return DaemonConfig(idle_seconds=float(seconds))

    def _severity(self, value: object, rule: str) -> Severity:
        try:
            return Severity(value)  # type: ignore[arg-type]
        except ValueError as error:
            raise self._error(rule, "diagnostics", f"it must be one of {', '.join(Severity)}") from error

    def _prefix(self, value: object, key: str) -> str:
        if not isinstance(value, str):
            raise self._error(key, "", "it must be a text in quotes")
        try:
            return checked_prefix(value)
        except InvalidField as error:
            raise self._error(key, "", str(error).partition(": ")[2]) from error

    def _strings(self, table: Mapping[str, Any], section: str, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        values = table.get(key, default)
        if not isinstance(values, list | tuple) or not all(isinstance(value, str) for value in values):
            raise self._error(key, section, "it must be a list of texts")
        return tuple(values)

    def _only(self, table: Mapping[str, Any], section: str, known: list[str]) -> None:
        for key in table:
            if key not in known:
                raise self._error(key, section, f"it is not a setting here; known are {', '.join(known)}")

    def _error(self, key: str, section: str, problem: str) -> InvalidConfig:
        line, column = self._position(key, section)
        return InvalidConfig(f"config.toml, line {line}: {key}: {problem}", line=line, column=column)

    def _position(self, key: str, section: str) -> tuple[int, int]:
        current = ""
        for number, line in enumerate(self._lines, 1):
            header = re.match(r"\s*\[+\s*([^\]]+?)\s*\]", line)
            if header:
                current = header[1].strip("\"'")
            if header and not section and current == key:
                return number, line.index("[") + 1
            found = re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[.=]", line)
            if found and current == section:
                return number, len(line) - len(line.lstrip()) + 1
        return 1, 1
