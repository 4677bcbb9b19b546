"""config.toml: its defaults, and where a mistake in it is."""

from __future__ import annotations

import pytest

from issuelens.domain.config import Config, TodoConfig, config_to_json, flat_settings, render_config
from issuelens.domain.config_reader import parse_config
from issuelens.domain.errors import InvalidConfig
from issuelens.domain.tags import DEFAULT_TAGS, KNOWN_TAGS, OTHER_TAG, Severity, TagStyle, is_color, is_icon, is_tag
from issuelens.domain.vocabulary import STATUS_CATEGORIES, Category


def test_an_empty_file_means_the_defaults() -> None:
    assert parse_config("") == Config()


def test_a_new_workspaces_file_means_the_defaults_but_for_the_prefix() -> None:
    assert parse_config(render_config("app")) == Config(prefix="app")


def test_everything_can_be_set() -> None:
    config = parse_config(
        'prefix = "app"\nrecognised_prefixes = ["old"]\n[todos]\ntags = ["TODO", "NOTE"]\nexclude = ["vendor/"]\n'
        'plain-text = true\nsize-limit = 5000\n[todos.tag.NOTE]\nicon = "note"\n'
        '[todos.tag.TODO]\nseverity = "hint"\ncolor = "#d73a49"\nicon = "bug"\n'
        '[diagnostics]\nclosed-reference = "off"\nunknown-reference = "error"\nuntracked-todo = "hint"\n'
        "[code-lens]\nenabled = false\n[daemon]\nidle-seconds = 0.5\n"
    )
    assert config.prefixes == {"app", "old"}
    assert config.todos.tags == ("TODO", "NOTE")
    assert config.todos.exclude == ("vendor/",)
    assert (config.todos.plain_text, config.todos.size_limit) == (True, 5000)
    assert config.todos.styles == {
        "NOTE": TagStyle(icon="note"),
        "TODO": TagStyle(severity=Severity.HINT, color="#d73a49", icon="bug"),
    }
    assert config.diagnostics.closed_reference is Severity.OFF
    assert config.diagnostics.untracked_todo is Severity.HINT
    assert not config.code_lens.enabled
    assert config.daemon.idle_seconds == 0.5


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("prefix = ", 1, 10, "invalid value"),
        ('prefix = "1"', 1, 1, "prefix: '1' can't begin an id"),
        ("prefix = 3", 1, 1, "prefix: it must be a text in quotes"),
        ('\ncolour = "red"', 2, 1, "colour: it is not a setting here; known are prefix, recognised_prefixes"),
        (f'[todos]\nexclude = ["{"x" * 1001}"]', 2, 1, f"exclude: '{'x' * 40}' … has more than 1000 characters"),
        ("[todos]\n  tags = 3", 2, 3, "tags: it must be a list of texts"),
        ('[todos]\ntags = ["todo"]', 2, 1, "tags: 'todo' can't be a tag"),
        ("[todos]\nplain-text = 1", 2, 1, "plain-text: it must be true or false"),
        ("[todos]\nsize-limit = 0", 2, 1, "size-limit: it must be a whole number of bytes from 1 to 20000000"),
        ("[todos]\nsize-limit = 20000001", 2, 1, "size-limit: it must be a whole number of bytes"),
        ("[todos]\nsize-limit = true", 2, 1, "size-limit: it must be a whole number of bytes"),
        ("[todos]\ntag = 3", 2, 1, "tag: it must be a table, written [todos.tag]"),
        ("[todos.tag]\nTODO = 3", 2, 1, "TODO: it must be a table, written [todos.tag.TODO]"),
        ("[todos]\n\n [todos.tag.FIXIT]", 3, 2, "FIXIT: it is not one of the tags"),
        ("[todos.tag.TODO]\nicon = 3", 2, 1, "icon: it must be the name of an icon"),
        ('[todos.tag.TODO]\nicon = "$(bug)"', 2, 1, "icon: it must be the name of an icon"),
        ('[todos.tag.TODO]\ncolor = "red"', 2, 1, 'color: it must be written as "#d73a49", or name a theme'),
        ('[todos.tag.TODO]\ncolor = "#12345"', 2, 1, "color: it must be written"),
        ('[todos.tag.TODO]\nseverity = "loud"', 2, 1, "severity: it must be one of off, hint"),
        ('[todos.tag.TODO]\ncolour = "#123"', 2, 1, "colour: it is not a setting here; known are severity"),
        ('[todos]\ntag.TODO = { icon = "B" }', 2, 1, "icon: it must be the name of an icon"),
        ('[todos]\n tag . "TODO".icon = "B"', 2, 2, "icon: it must be the name of an icon"),
        ('x = """\n[todos]\n"""\n[todos.tag.TODO]\nicon = "B"', 1, 1, "x: it is not a setting here"),
        ('[diagnostics]\nuntracked-todo = "loud"', 2, 1, "untracked-todo: it must be one of off, hint"),
        ("[code-lens]\nenabled = 1", 2, 1, "enabled: it must be true or false"),
        ("[daemon]\nidle-seconds = -1", 2, 1, "idle-seconds: it must be a number from 0 to 86400"),
        ("[daemon]\nidle-seconds = true", 2, 1, "idle-seconds: it must be a number"),
        ("todos = 3", 1, 1, "todos: it must be a table, written [todos]"),
        ('recognised_prefixes = ["a b"]', 1, 1, "recognised_prefixes: 'a b' can't begin an id"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, line: int, column: int, message: str) -> None:
    with pytest.raises(InvalidConfig) as told:
        parse_config(text)
    assert message in told.value.message
    assert told.value.message.startswith(f"config.toml, line {line}: ")
    assert (told.value.line, told.value.column) == (line, column)


def test_deep_nesting_is_a_mistake_and_no_crash() -> None:
    with pytest.raises(InvalidConfig):
        parse_config("x = " + "[" * 100_000)


def test_a_workspace_has_statuses_of_its_own() -> None:
    statuses = parse_config('[statuses]\nreview = "doing"\nblocked = "doing"\nopen = "todo"\n').statuses
    assert statuses["review"] is Category.DOING
    assert statuses["blocked"] is Category.DOING
    assert statuses.keys() == {*STATUS_CATEGORIES, "review"}
    assert {name: one for name, one in statuses.items() if name not in ("review", "blocked")} == {
        name: one for name, one in STATUS_CATEGORIES.items() if name != "blocked"
    }


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('review = "busy"', "review: its category must be one of todo, doing, done"),
        ("review = 3", "review: its category must be one of todo, doing, done"),
        ('review = ["doing"]', "review: its category must be one of todo, doing, done"),
        ('open = "done"', "open: its category is always todo"),
        ('in_progress = "todo"', "in_progress: its category is always doing"),
        ('closed = "todo"', "closed: its category is always done"),
        ('tombstone = "done"', "tombstone: it can't be a status"),
        ('"in review" = "doing"', "in review: it can't be a status; use small letters, digits, - and _"),
        ('Review = "doing"', "Review: it can't be a status"),
        (f'{"x" * 41} = "doing"', "it can't be a status"),
    ],
)
def test_what_is_no_status(line: str, message: str) -> None:
    with pytest.raises(InvalidConfig) as told:
        parse_config(f'prefix = "app"\n[statuses]\n{line}\n')
    assert message in told.value.message
    assert told.value.line == 3


def test_what_is_not_said_of_a_tag_is_as_usual() -> None:
    todos = parse_config('[todos]\ntags = ["TODO", "OURS"]\n[todos.tag.TODO]\ncolor = "#d73a49"\n').todos
    assert todos.style("TODO") == TagStyle(color="#d73a49", icon=KNOWN_TAGS["TODO"].icon)
    assert todos.style("FIXME") == KNOWN_TAGS["FIXME"]
    assert todos.style("OURS") == OTHER_TAG
    assert TodoConfig().style("TODO") == KNOWN_TAGS["TODO"]


def test_the_table_of_tags_has_nothing_that_config_toml_could_not_say() -> None:
    assert set(DEFAULT_TAGS) < KNOWN_TAGS.keys()
    for tag, style in {**KNOWN_TAGS, "OTHER": OTHER_TAG}.items():
        assert is_tag(tag)
        assert is_color(style.color or "")
        assert is_icon(style.icon or "")
        # How loudly it is told is the rule's to say.
        assert style.severity is None


def test_settings_of_tags_are_shown_where_they_are_set() -> None:
    assert "tag" not in config_to_json(Config())["todos"]
    config = parse_config('[todos.tag.TODO]\nicon = "bug"\nseverity = "off"\n[todos.tag.NOTE]\n')
    assert config_to_json(config)["todos"]["tag"] == {"TODO": {"severity": "off", "icon": "bug"}, "NOTE": {}}
    found = flat_settings(config)
    assert {name: found[name] for name in found if name.startswith("todos.")} == {
        "todos.tags": list(DEFAULT_TAGS),
        "todos.exclude": [],
        "todos.plain-text": False,
        "todos.size-limit": 2_000_000,
        "todos.tag.TODO.severity": "off",
        "todos.tag.TODO.icon": "bug",
    }
