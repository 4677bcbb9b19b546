"""docs/user/todos.md says what the grammar does: every example is read, and every tag and language is named."""

from __future__ import annotations

import re
from pathlib import Path

from issuelens.domain.config_reader import parse_config
from issuelens.domain.tags import DEFAULT_TAGS, KNOWN_TAGS
from issuelens.todos.editor_settings import EXTENSIONS
from issuelens.todos.grammar import TodoComment, find_todos
from issuelens.todos.languages import LANGUAGES

PAGE = (Path(__file__).parents[2] / "docs" / "user" / "todos.md").read_text(encoding="utf-8")
FIELDS = {
    "text": "text",
    "owner": "owner",
    "issue": "issue_id",
    "external": "external",
    "priority": "priority",
    "due": "due",
}
WITHIN = {"php-code"}
"""What only other languages hold."""


def todos(text: str, language: str = "python") -> list[TodoComment]:
    return find_todos(text, LANGUAGES[language], tags=DEFAULT_TAGS, prefixes={"app"})


def rows(heading: str) -> list[tuple[str, str]]:
    """The first two cells of the rows of the table under a line."""
    part = PAGE.partition(f"\n{heading}\n")[2].partition("\n#")[0]
    return re.findall(r"^\| `(.+?)` \| (.+?) \|", part, re.MULTILINE)


def told(todo: TodoComment) -> dict[str, str]:
    found = {name: getattr(todo, field) for name, field in FIELDS.items()}
    return {name: str(value) for name, value in found.items() if value not in (None, "")}


def test_every_form_is_read_as_the_page_says() -> None:
    forms = rows("## Forms")
    assert len(forms) > 25
    for comment, meaning in forms:
        [todo] = todos(f"# {comment}\n")
        assert told(todo) == dict(re.findall(r"(\w+) `([^`]+)`", meaning)), comment
    assert {name for _, meaning in forms for name in re.findall(r"(\w+) `", meaning)} == FIELDS.keys()


def test_what_is_none_is_not_found() -> None:
    others = rows("What is no TODO:")
    assert len(others) > 10
    assert [comment for comment, _ in others if todos(f"# {comment}\n")] == []


def test_every_block_is_read_as_the_page_says() -> None:
    blocks = re.findall(r"^```(\w+)\n(.*?)^```\n\nRead: ([^\n]+)$", PAGE, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 4
    for language, text, said in blocks:
        wanted = [re.findall(r"`([^`]+)`", one) for one in said.split(" / ")]
        assert [[*filter(None, [todo.text]), *todo.continuation] for todo in todos(text, language)] == wanted


def test_the_examples_at_the_top_belong_together() -> None:
    [first] = [line.strip() for line in PAGE.splitlines() if line.startswith("    // TODO")]
    [todo] = todos(first, "c")
    assert told(todo) == {"text": "round half up", "owner": "anna", "priority": "1", "due": "2027-01-31"}
    written = re.search(r"comment: `(.+?)`", PAGE.replace("\n", " "))
    assert written is not None
    assert first.replace("TODO(", "TODO(app-1a2b, ") == f"// {written[1]}"


def test_the_settings_shown_can_be_read() -> None:
    [text] = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert parse_config(text).todos.styles["FIXME"].icon == "bug"


def test_every_known_tag_stands_in_the_page_as_it_is_shown() -> None:
    found = re.findall(r"^\| `([A-Z]+)` \| `(\S+)` \| `(\S+)` \|$", PAGE, re.MULTILINE)
    assert found == [(tag, style.color, style.icon) for tag, style in KNOWN_TAGS.items()]


def test_every_language_is_named() -> None:
    part = PAGE.partition("\n### Languages\n")[2].partition("\nPlain text and files")[0]
    named = set(re.findall(r"`([a-z0-9-]+)`", part.partition("own languages.")[2]))
    assert named == {name for name, one in LANGUAGES.items() if not one.choices} - WITHIN


def test_every_extension_that_settings_can_come_from_is_named() -> None:
    assert [name for name in EXTENSIONS if name not in PAGE] == []
