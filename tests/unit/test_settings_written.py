"""Settings written into config.toml: tables within tables, and what a person has written around them."""

from __future__ import annotations

import pytest

from issuelens.domain.config import flat_settings, render_config
from issuelens.domain.config_reader import parse_config
from issuelens.domain.config_writer import with_value, with_values, without
from issuelens.domain.errors import InvalidConfig, InvalidField

PLACES = {
    "as a new workspace has it": render_config("app"),
    "nothing": "",
    "no section": 'prefix = "app"',
    "a table of its own": '[todos.tag.FIXME] # ours\nicon = "bug"\n\n# the daemon\n[daemon]\n',
    "a table on a line": '[todos]\ntag.FIXME = { color = "#d73a49", icon = "flame" } # ours\n\n[daemon]\n',
    "tables on a line": '[todos]\ntag = {FIXME = {icon = "bug"}} # ours\n[daemon]\n',
}


@pytest.mark.parametrize("name", PLACES)
def test_settings_of_a_tag_can_be_written_wherever_there_are_some(name: str) -> None:
    text = before = PLACES[name]
    for key, word in {
        "todos.tag.FIXME.color": "charts.red",
        "todos.tag.FIXME.severity": "hint",
        "todos.tag.XXX.icon": "bug",
    }.items():
        text = with_value(text, key, (word,))
        assert flat_settings(parse_config(text))[key] == word
    assert all(line in text for line in before.splitlines() if "#" in line and "{" not in line)
    for key in ("todos.tag.XXX.icon", "todos.tag.FIXME.severity"):
        text = without(text, key)
        assert key not in flat_settings(parse_config(text))
    assert "XXX" not in text.replace('"XXX", "BUG"', "")


def test_a_new_table_stands_apart() -> None:
    text = with_value("[todos]\n[daemon]\n", "todos.tag.FIXME.icon", ("bug",))
    assert text == '[todos]\n\n[todos.tag.FIXME]\nicon = "bug"\n\n[daemon]\n'
    assert without(text, "todos.tag.FIXME.icon").split() == ["[todos]", "[daemon]"]


def test_several_settings_are_written_at_once_or_not_at_all() -> None:
    text = with_values("", {"todos.tags": ["TODO", "NOTE"], "todos.tag.NOTE.icon": "note", "todos.size-limit": 10})
    config = parse_config(text).todos
    assert (config.tags, config.styles["NOTE"].icon, config.size_limit) == (("TODO", "NOTE"), "note", 10)
    with pytest.raises(InvalidConfig, match="OURS: it is not one of the tags"):
        with_values("", {"todos.tags": ["TODO"], "todos.tag.OURS.icon": "note"})
    with pytest.raises(InvalidField, match=r"key: todos\.tags is no section of config\.toml"):
        with_values('[todos]\ntags = ["TODO"]\n', {"todos.tags.first": "x"})


def test_numbers_and_truths_are_read_as_such() -> None:
    text = with_value(with_value("", "todos.size-limit", ("1000",)), "todos.plain-text", ("true",))
    assert text.split("\n")[:3] == ["[todos]", "size-limit = 1000", "plain-text = true"]
    with pytest.raises(InvalidConfig, match="size-limit: it must be a whole number of bytes"):
        with_value("", "todos.size-limit", ("1.5",))
