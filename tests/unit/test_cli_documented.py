"""docs/user/cli.md says what the command line can, all of it and nothing else; every example parses."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import click

from issuelens.cli.main import COMMANDS, root

PROJECT = Path(__file__).parents[2]
PAGE = (PROJECT / "docs" / "user" / "cli.md").read_text(encoding="utf-8")
OTHERS = {path.name: path.read_text(encoding="utf-8") for path in (PROJECT / "docs" / "user").glob("*.md")}
OTHERS["README.md"] = (PROJECT / "README.md").read_text(encoding="utf-8")
SHARED = {"--json", "--dry-run", "--query", "-q"}
"""Explained once for all commands; the synopsis of each names those that it takes."""
WITHOUT_JSON = {("demo",), ("lsp",), ("merge-driver",), ("daemon", "run")}
OLD_VERBS = frozenset(
    {
        *("create", "list", "search", "show", "update", "close", "reopen", "delete", "restore", "edit", "init", "sync"),
        *("export", "import", "ready", "blocked", "info", "stats", "stale", "bulk-*", "cleanup", "duplicates", "merge"),
        *("rename-prefix", "compact", "template-*", "daemons", "comments", "dependencies", "epics", "labels"),
        "instructions",
    }
)
"""Of the ancestor and of beads."""

_OPTION = re.compile(r"(?<![\w-])(--?[A-Za-z][a-z-]*)")
_SPAN = re.compile(r"`([^`\n]+)`")
_EXAMPLE = re.compile(r"^    \$ (.*)$", re.MULTILINE)


class Found(NamedTuple):
    """A command with its place in the tree."""

    path: tuple[str, ...]
    command: click.Command
    context: click.Context

    @property
    def name(self) -> str:
        return " ".join(self.path)

    @property
    def options(self) -> set[str]:
        options = (one for one in self.command.params if isinstance(one, click.Option))
        return {word for one in options for word in (*one.opts, *one.secondary_opts)}

    @property
    def arguments(self) -> list[str]:
        return [one.make_metavar(self.context) for one in self.command.params if isinstance(one, click.Argument)]


def walk(command: click.Command, path: tuple[str, ...] = (), parent: click.Context | None = None) -> Iterator[Found]:
    context = click.Context(command, parent=parent, info_name=path[-1] if path else "issuelens")
    if path:
        yield Found(path, command, context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from walk(inner, (*path, name), context)


ALL = list(walk(root))
LEAVES = [one for one in ALL if not isinstance(one.command, click.Group)]


def parse(words: list[str]) -> tuple[str, ...]:
    """The command that the words (without `issuelens`) call; click's error when they can't be read."""
    command: click.Command = root
    path: tuple[str, ...] = ()
    context: click.Context | None = None
    rest, name = list(words), "issuelens"
    try:
        while True:
            context = command.make_context(name, rest, parent=context)
            if not isinstance(command, click.Group):
                return path
            rest = [*context._protected_args, *context.args]
            if not rest and command.invoke_without_command:
                return path
            found, inner, rest = command.resolve_command(context, rest)
            assert found is not None
            assert inner is not None
            command, name, path = inner, found, (*path, found)
    except click.exceptions.Exit:
        return path


def calls_in(line: str) -> Iterator[list[str]]:
    """The calls of `issuelens` in a line for a shell."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    words: list[str] = []
    for word in [*lexer, "|"]:
        if set(word) <= set("|<>&;"):
            if words[:1] == ["issuelens"]:
                yield words[1:]
            words = []
        else:
            words.append(word)


def section(name: str) -> str:
    """What stands under a command's heading."""
    found = re.search(rf"^### `{re.escape(name)}`\n(.*?)(?=^#{{1,3}} |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None, f"docs/user/cli.md has no heading ### `{name}`"
    return found[1]


def synopsis(name: str) -> str:
    """How the command is called, its lines joined."""
    found = re.match(r"\n((?:    .*\n)+)", section(name))
    assert found is not None, f"the section {name} does not begin with how it is called"
    return " ".join(found[1].split())


def test_every_command_has_one_heading_and_no_other_has_one() -> None:
    headings = re.findall(r"^### `(.+)`$", PAGE, re.MULTILINE)
    assert sorted(headings) == sorted(one.name for one in ALL)


def test_every_synopsis_has_each_option_and_argument_and_no_other() -> None:
    problems = []
    for found in LEAVES:
        called, rest = synopsis(found.name).split(f"issuelens {found.name}", 1)
        assert not called
        named = set(_OPTION.findall(rest))
        problems += [f"{found.name}: {one}" for one in named ^ found.options]
        problems += [f"{found.name}: {one}" for one in found.arguments if f" {one} " not in f"{rest} "]
    assert problems == []


def test_every_option_of_its_own_is_explained() -> None:
    problems = []
    for found in LEAVES:
        cells = re.findall(r"^\| (`-.*?) \|", section(found.name), re.MULTILINE)
        explained = {word for cell in cells for word in _OPTION.findall(cell)}
        problems += [f"{found.name}: {one}" for one in explained ^ (found.options - SHARED)]
    assert problems == []


def test_the_options_before_the_command_are_explained() -> None:
    text = PAGE.partition("### Before the command")[2].partition("\n### ")[0]
    cells = re.findall(r"^\| (`-.*?) \|", text, re.MULTILINE)
    options = {word for one in root.params for word in one.opts}
    assert {word for cell in cells for word in _OPTION.findall(cell)} == options | {"-h", "--help"}


def test_no_option_is_named_that_no_command_has() -> None:
    lines = [line for line in PAGE.splitlines() if "git " not in line]
    named = {word for line in lines for word in re.findall(r"(?<![\w-])--[a-z][a-z-]*", line)}
    assert named <= {word for one in ALL for word in one.options} | {"--version", "--help", "--directory", "--actor"}


def test_every_example_parses() -> None:
    calls = [list(calls_in(line)) for line in _EXAMPLE.findall(PAGE)]
    assert all(calls)
    for words in chain.from_iterable(calls):
        parse(words)


def test_every_section_has_an_example() -> None:
    missing = []
    for found in LEAVES:
        calls = chain.from_iterable(map(calls_in, _EXAMPLE.findall(section(found.name))))
        missing += [] if found.path in map(parse, calls) else [found.path]
    # Git alone calls it; how that is set up stands there.
    assert missing == [("merge-driver",)]


def test_every_command_named_within_a_sentence_is_one() -> None:
    problems, checked = [], 0
    for span in _SPAN.findall(PAGE):
        if span.split()[0] not in ("issuelens", *COMMANDS):
            continue
        words = shlex.split(span)
        words = words[1:] if words[0] == "issuelens" else words
        words = words[: words.index(">")] if ">" in words else words
        if words and words[0] in COMMANDS:
            checked += 1
            problems += said_wrong(words)
    assert problems == []
    assert checked > 100


def test_what_other_pages_call_can_be_called() -> None:
    problems = []
    for name, text in OTHERS.items():
        lines = re.findall(r"^    (?:\$ )?(issuelens [^#\n]*)", text, re.MULTILINE) if name != "cli.md" else []
        spans = [span for span in _SPAN.findall(text) if span.startswith("issuelens ")]
        calls = chain.from_iterable(map(calls_in, [*lines, *spans]))
        problems += [f"{name}: {one}" for words in calls for one in said_wrong(words) if _is_call(words)]
    assert problems == []


def _is_call(words: list[str]) -> bool:
    """Whether nothing stands for something else."""
    return words[:1] != ["COMMAND"] and "…" not in words


def said_wrong(words: list[str]) -> list[str]:
    """What is wrong with the name of a command; a group may stand alone, and values may be missing."""
    try:
        parse(words)
    except (click.MissingParameter, click.BadOptionUsage):
        return []
    except click.UsageError as error:
        return [f"{words}: {error.format_message()}"] if len(words) > 1 else []
    return []


def test_every_help_has_an_example_that_parses() -> None:
    for found in LEAVES:
        lines = re.findall(r"^\s*Example: (issuelens .*)$", found.command.help or "", re.MULTILINE)
        assert len(lines) == 1, found.name
        assert [parse(words) for words in calls_in(lines[0])] == [found.path]


def test_every_option_has_a_help() -> None:
    options = [(one.name, param) for one in ALL for param in one.command.params if isinstance(param, click.Option)]
    assert [(name, param.name) for name, param in options if not param.help] == []


def test_every_command_answers_as_json() -> None:
    assert {one.path for one in LEAVES if "--json" not in one.options} <= WITHOUT_JSON


def test_every_old_verb_has_its_place() -> None:
    text = PAGE.partition("## Where the old verbs went")[2]
    rows = re.findall(r"^\| (`.+?) \| (.+?) \|$", text, re.MULTILINE)
    places = {_SPAN.findall(verb)[0]: place for verb, place in rows}
    assert places.keys() == OLD_VERBS
    assert all(_SPAN.search(place) for place in places.values())
