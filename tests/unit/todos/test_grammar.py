"""TODO comments: their forms, what they are not, and how an id is written into them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuelens.todos.grammar import TodoComment, analyse, find_todos
from issuelens.todos.languages import LANGUAGES
from issuelens.todos.lines import LineIndex

PYTHON = LANGUAGES["python"]
TAGS = ("TODO", "FIXME", "XXX")


def todos(text: str, language: str = "python") -> list[TodoComment]:
    return find_todos(text, LANGUAGES[language], tags=TAGS, prefixes={"app"})


def with_id(text: str, todo: TodoComment, issue_id: str) -> str:
    insert, lines = todo.insert, LineIndex(text)
    start = lines.line_start(insert.line)
    head, tail = text[: start + insert.start_column], text[start + insert.end_column :]
    return f"{head}{insert.before}{issue_id}{insert.after}{tail}"


@pytest.mark.parametrize(
    ("comment", "text", "owner", "issue_id", "external", "written"),
    [
        ("TODO: round up", "round up", None, None, None, "TODO(app-9z9z): round up"),
        ("TODO round up", "round up", None, None, None, "TODO(app-9z9z) round up"),
        ("TODO(anna): taxes", "taxes", "anna", None, None, "TODO(app-9z9z): taxes"),
        ("TODO(@anna) taxes", "taxes", "anna", None, None, "TODO(app-9z9z) taxes"),
        ("TODO(app-1a2b): taxes", "taxes", None, "app-1a2b", None, "TODO(app-9z9z): taxes"),
        ("TODO(#123): taxes", "taxes", None, None, "#123", "TODO(app-9z9z): #123 taxes"),
        ("TODO(JIRA-12) taxes", "taxes", None, None, "JIRA-12", "TODO(app-9z9z) JIRA-12 taxes"),
        ("TODO(see the wiki, page 3!): x", "x", None, None, None, "TODO(app-9z9z): see the wiki, page 3! x"),
        ("TODO @bob: look", "look", "bob", None, None, "TODO(app-9z9z) @bob: look"),
        ("TODO", "", None, None, None, "TODO(app-9z9z)"),
        ("TODO():", "", None, None, None, "TODO(app-9z9z):"),
        ("FIXME!", "!", None, None, None, "FIXME(app-9z9z)!"),
        ("XXX - odd", "- odd", None, None, None, "XXX(app-9z9z) - odd"),
    ],
)
def test_forms(
    comment: str, text: str, owner: str | None, issue_id: str | None, external: str | None, written: str
) -> None:
    [todo] = todos(f"# {comment}\n")
    assert (todo.text, todo.owner, todo.issue_id, todo.external) == (text, owner, issue_id, external)
    after = with_id(f"# {comment}\n", todo, "app-9z9z")
    assert after == f"# {written}\n"
    [again] = todos(after)
    assert again.issue_id == "app-9z9z"


@pytest.mark.parametrize(
    "comment",
    [
        "context.TODO() is prose",
        "a todo",
        "a TODO in a sentence",
        "TODO-list",
        "TODOS",
        "MYTODO: x",
        "TODO = 1",
        "TODO.md",
        "the app-store",
    ],
)
def test_what_is_none(comment: str) -> None:
    assert todos(f"# {comment}\n") == []


def test_a_sentence_may_begin_with_one_that_has_a_mark() -> None:
    assert [todo.text for todo in todos("# Works. TODO: faster\n# Works. TODO later\n")] == ["faster"]
    assert [todo.text for todo in todos("x() // TODO: nested\n# x // TODO: nested\n")] == ["nested"]


def test_documentation_needs_a_mark() -> None:
    text = '"""Says hello.\n\nTODO: say more\nTODO is a word here\n"""\nx = """\nTODO: a string\n"""\n'
    assert [todo.text for todo in todos(text)] == ["say more"]


def test_lines_that_belong_to_it() -> None:
    text = (
        "# TODO: one\n#   more of one\n#\n# not of it\n"
        "x = 1  # TODO: two\n# not of it: another column\n"
        "# TODO: three\n# TODO: four\n"
    )
    assert [(todo.text, todo.continuation) for todo in todos(text)] == [
        ("one", ("more of one",)),
        ("two", ()),
        ("three", ()),
        ("four", ()),
    ]
    block = "/*\n * TODO: one\n *   more of one\n *\n * not of it\n */\n"
    assert [(todo.text, todo.continuation) for todo in todos(block, "c")] == [("one", ("more of one",))]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_in_the_protocol(end: str) -> None:
    text = end.join(["x = 1", "# TODO: a\u2028b\x0cc", "", "# FIXME: d"])
    assert [(todo.line, todo.column, todo.text) for todo in todos(text)] == [(1, 2, "a\u2028b\x0cc"), (3, 2, "d")]


def test_columns_are_code_points() -> None:
    [todo] = todos("x = '🐍'  # TODO: 🐍\n")
    assert (todo.column, todo.first_line_end) == (11, 18)


def test_references_stand_in_comments_only() -> None:
    text = "# see app-1a2b and app-store\nx = 'app-2b2b'\n# TODO(app-3c3c): y\n"
    _, found = analyse(text, PYTHON, tags=TAGS, prefixes={"app"})
    assert [(one.line, one.column, one.id, one.is_certain, one.in_todo) for one in found] == [
        (0, 6, "app-1a2b", True, False),
        (0, 19, "app-store", False, False),
        (2, 7, "app-3c3c", True, True),
    ]
    _, prose = analyse("Fixed in app-1a2b.\n", LANGUAGES["markdown"], tags=TAGS, prefixes={"app"})
    assert [one.id for one in prose] == ["app-1a2b"]


def test_markdown_fences_are_read_in_their_language() -> None:
    shell = "~~~sh\necho '# TODO: no' # TODO: yes\n~~~\n"
    text = shell + "````\n```\n# TODO: no\n```\n````\n* TODO: item\n```js\n// TODO: open end"
    assert [todo.text for todo in todos(text, "markdown")] == ["yes", "item", "open end"]


@given(st.text(alphabet=" \tTODFIXMEx:()@#123,.-_/*'\"`abcJIRA\\\n🐍", max_size=60), st.sampled_from(sorted(LANGUAGES)))
def test_an_id_can_be_written_into_whatever_is_found(text: str, language: str) -> None:
    for todo in todos(text, language):
        after = with_id(text, todo, "app-9z9z")
        assert "app-9z9z" in [one.issue_id for one in todos(after, language)]
        kept = sorted(character for character in text if not character.isspace())
        if todo.owner is None and todo.issue_id is None:
            rest = after.replace("app-9z9z", "", 1)
            lost = [character for character in set(kept) - set("()") if rest.count(character) < text.count(character)]
            assert lost == []
