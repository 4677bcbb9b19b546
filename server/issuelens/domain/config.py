"""What .issues/config.toml may say. Every key has a default; an unknown or wrong one is an error with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

from attrs import Factory, asdict, evolve, field, fields, frozen

from issuelens.domain.limits import SIZE_DEFAULT
from issuelens.domain.tags import DEFAULT_TAGS, KNOWN_TAGS, OTHER_TAG, Severity, TagStyle
from issuelens.domain.vocabulary import STATUS_CATEGORIES, Category

STARS_LIMIT: Final = 2
"""Wildcards of a pattern between two slashes, but for one at the end; and how often ** may stand for folders."""
PATTERN_LIMIT: Final = 1_000
"""Characters of a pattern."""
SIZE_MAXIMUM: Final = 20_000_000
"""Bytes that config.toml may say in its place."""
BRANCH_LIMIT: Final = 100
"""Characters of a branch's name."""
_BRANCH_PART: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")


@frozen(kw_only=True)
class TodoConfig:
    """[todos]: which tags count and how they are shown, and which files are read.

    `exclude` has patterns as in .gitignore, relative to the root. With `plain_text`, files of no known language are
    read, too. `size_limit` is in bytes. `styles` has what config.toml says of single tags; see `style`.
    """

    tags: tuple[str, ...] = DEFAULT_TAGS
    exclude: tuple[str, ...] = ()
    plain_text: bool = False
    size_limit: int = SIZE_DEFAULT
    styles: Mapping[str, TagStyle] = field(factory=dict)

    def style(self, tag: str) -> TagStyle:
        """How a tag is shown: as config.toml says, else as it is usual."""
        own = asdict(self.styles.get(tag, TagStyle()))
        return evolve(
            KNOWN_TAGS.get(tag, OTHER_TAG), **{name: value for name, value in own.items() if value is not None}
        )


@frozen(kw_only=True)
class DiagnosticConfig:
    """[diagnostics]: the severity of each rule; `lsp.rules` says what each finds.

    `workspace`: whether files that are not open are told of, too.
    """

    closed_reference: Severity = Severity.INFORMATION
    closed_todo: Severity = Severity.INFORMATION
    unknown_reference: Severity = Severity.WARNING
    merged_reference: Severity = Severity.INFORMATION
    untracked_todo: Severity = Severity.OFF
    duplicate_todo: Severity = Severity.HINT
    overdue: Severity = Severity.INFORMATION
    cycle: Severity = Severity.WARNING
    conflict: Severity = Severity.INFORMATION
    workspace: bool = True


RULES: Final = tuple(one.name.replace("_", "-") for one in fields(DiagnosticConfig) if one.name != "workspace")
"""The rules, as they are written in config.toml."""


@frozen(kw_only=True)
class CodeLensConfig:
    """[code-lens]: which lenses are shown: on TODOs with an issue, on those without, on ids elsewhere in comments."""

    enabled: bool = True
    tracked: bool = True
    untracked: bool = True
    references: bool = False


@frozen(kw_only=True)
class InlayHintConfig:
    """[inlay-hints]: whether the state of an issue is shown behind its id."""

    enabled: bool = False


@frozen(kw_only=True)
class SemanticTokenConfig:
    """[semantic-tokens]: whether tags and ids are coloured."""

    enabled: bool = True


@frozen(kw_only=True)
class DocumentSymbolConfig:
    """[document-symbols]: whether an outline of code has its TODOs."""

    todos: bool = False


@frozen(kw_only=True)
class DaemonConfig:
    """[daemon]: `idle_seconds` is how long the daemon stays after its last client left."""

    idle_seconds: float = 60.0


class Layout(StrEnum):
    """How issues are shared: in issues.jsonl, or in 256 files in `issues/`, for many."""

    FILE = "file"
    SHARDS = "shards"


@frozen(kw_only=True)
class SyncConfig:
    """[sync]: whether issues.jsonl is written and taken in without being asked, after a pause of `delay_seconds`.

    `branch`: where git carries issues; empty for the branch that is checked out.
    """

    automatic: bool = True
    delay_seconds: float = 0.5
    layout: Layout = Layout.FILE
    branch: str = ""


@frozen(kw_only=True)
class GitConfig:
    """[git]: whether a commit on the default branch that says `Closes app-1a2b` closes that issue."""

    closes: bool = False


@frozen(kw_only=True)
class Config:
    """The whole of config.toml."""

    prefix: str = "issue"
    recognised_prefixes: tuple[str, ...] = ()
    statuses: Mapping[str, Category] = field(default=STATUS_CATEGORIES)
    todos: TodoConfig = field(default=Factory(TodoConfig))
    diagnostics: DiagnosticConfig = field(default=Factory(DiagnosticConfig))
    code_lens: CodeLensConfig = field(default=Factory(CodeLensConfig))
    inlay_hints: InlayHintConfig = field(default=Factory(InlayHintConfig))
    semantic_tokens: SemanticTokenConfig = field(default=Factory(SemanticTokenConfig))
    document_symbols: DocumentSymbolConfig = field(default=Factory(DocumentSymbolConfig))
    sync: SyncConfig = field(default=Factory(SyncConfig))
    git: GitConfig = field(default=Factory(GitConfig))
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
# plain-text = false              # read plain text and unknown types, too
# size-limit = 2000000            # bytes; larger files are passed over
# tag.FIXME = {{ severity = "warning", color = "#d73a49", icon = "flame" }}   # how one tag is shown

[diagnostics]                     # off, hint, information, warning or error
# closed-reference = "information"
# closed-todo = "information"
# unknown-reference = "warning"
# merged-reference = "information"
# untracked-todo = "off"
# duplicate-todo = "hint"
# overdue = "information"
# cycle = "warning"
# conflict = "information"        # fields that both sides of a merge had changed
# workspace = true                # files that are not open are told of, too

[code-lens]
# enabled = true
# tracked = true                  # on TODOs with an issue
# untracked = true                # on TODOs without one
# references = false              # on ids elsewhere in comments

[inlay-hints]
# enabled = false                 # the state behind an id

[semantic-tokens]
# enabled = true                  # colours of tags and ids

[document-symbols]
# todos = false                   # TODOs in the outline of code

[sync]
# automatic = true                # issues.jsonl is written after changes, and read when it was changed
# delay-seconds = 0.5             # how long changes must have paused before it is written
# layout = "file"                 # "shards" writes many small files; for more than 50,000 issues
# branch = ""                     # a branch of their own for issues; empty for the one you are on

[git]
# closes = false                  # a commit on the default branch that says Closes and an id closes the issue

[daemon]
# idle-seconds = 60               # how long it stays after its last client left
"""


def config_to_json(config: Config) -> dict[str, Any]:
    """The settings by their names in config.toml, sections as objects."""
    return {
        "prefix": config.prefix,
        "recognised_prefixes": list(config.recognised_prefixes),
        "statuses": {name: str(category) for name, category in config.statuses.items()},
        "todos": _todos_to_json(config.todos),
        "diagnostics": dict(_named(config.diagnostics)),
        "code-lens": dict(_named(config.code_lens)),
        "inlay-hints": dict(_named(config.inlay_hints)),
        "semantic-tokens": dict(_named(config.semantic_tokens)),
        "document-symbols": dict(_named(config.document_symbols)),
        "sync": dict(_named(config.sync)),
        "git": dict(_named(config.git)),
        "daemon": {"idle-seconds": config.daemon.idle_seconds},
    }


def _named(section: Any) -> Iterator[tuple[str, Any]]:
    """The values of a section by their names in config.toml."""
    for name, value in asdict(section).items():
        yield name.replace("_", "-"), str(value) if isinstance(value, StrEnum) else value


def _todos_to_json(todos: TodoConfig) -> dict[str, Any]:
    found: dict[str, Any] = {
        "tags": list(todos.tags),
        "exclude": list(todos.exclude),
        "plain-text": todos.plain_text,
        "size-limit": todos.size_limit,
    }
    if todos.styles:
        found["tag"] = {tag: _style_to_json(style) for tag, style in todos.styles.items()}
    return found


def _style_to_json(style: TagStyle) -> dict[str, str]:
    return {name: str(value) for name, value in asdict(style).items() if value is not None}


def flat_settings(config: Config) -> dict[str, Any]:
    """The settings by their whole names, such as `todos.tags` and `todos.tag.FIXME.color`."""
    return dict(_flat("", config_to_json(config)))


def _flat(above: str, section: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in section.items():
        if isinstance(value, dict):
            yield from _flat(f"{above}{name}.", value)
        else:
            yield f"{above}{name}", value


def is_bounded_pattern(pattern: str) -> bool:
    """Whether a pattern as in .gitignore is looked for in a time that does not explode with the length of a name."""
    segments = pattern.split("/")
    stars = max(len(re.findall(r"\*+", segment.rstrip("*"))) for segment in segments)
    return stars <= STARS_LIMIT and segments.count("**") <= STARS_LIMIT and len(pattern) <= PATTERN_LIMIT


def is_branch(name: str) -> bool:
    """Whether a name is one that git takes for a branch (git-check-ref-format(1)), and plain besides."""
    parts = name.split("/")
    return (
        len(name) <= BRANCH_LIMIT
        and name != "HEAD"
        and ".." not in name
        and all(_BRANCH_PART.fullmatch(one) and not one.endswith((".", ".lock")) for one in parts)
    )
