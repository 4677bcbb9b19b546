"""What holds of every TODO comment: an id can be written into it and nothing is lost; it takes linear time to read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.todos import kept, with_id

from issuelens.todos.comment_lines import CommentLines, hits_of
from issuelens.todos.grammar import TodoComment, find_todos
from issuelens.todos.languages import LANGUAGES
from issuelens.todos.lexer import CommentKind, CommentSpan
from issuelens.todos.lines import LineIndex

TAGS = ("TODO", "FIXME", "XXX")
SIGNS = " \t\r\nTODFIXMEx:()@#123,.-_/*'\"`abcJIRA\\[]{}p=|!?;🐍"


def todos(text: str, language: str) -> list[TodoComment]:
    return find_todos(text, LANGUAGES[language], tags=TAGS, prefixes={"app"})


PIECES = st.sampled_from(
    [
        "anna",
        "@anna",
        "Anna Smith",
        "p1",
        "P4",
        "due 2027-01-31",
        "2027-02-30",
        "#12",
        "JIRA-7",
        "gh-12",
        "app-1a2b",
        "see there",
        "",
        " ",
        "p9",
        "x!",
        "app-",
        "a, b",
    ]
)
PARTS = st.one_of(
    st.builds("({})".format, st.lists(PIECES, max_size=4).map(", ".join)),
    st.builds(" ({})".format, PIECES),
    st.builds(" [{}]".format, PIECES),
    st.builds("[{}]".format, PIECES),
    st.sampled_from([":", " :", " @bob", "@bob", "**", "]", ")", "/FIXME", "!", " -", ",", "::", " ="]),
)
BEFORE = st.sampled_from(
    [
        "",
        "- [ ] ",
        "* ",
        "1. ",
        "> ",
        "[",
        "(",
        "@",
        "**",
        "Works. ",
        "Works (",
        "x # ",
        "x // ",
        "- [x] ",
        "=== ",
        "the ",
        "slow ",
        "<",
        "Response: ",
        "not done. ",
    ]
)
AFTER = st.sampled_from(
    [
        *("", " do it", " do it (due 2027-01-31)", " [p2]", " [p2] (due 2027-01-31)", " ===", " it)", " it]", " list"),
        *(" is", " do it\n# and more", " do it\n * and more", " one\n# TODO: two"),
    ]
)
COMMENTS = st.builds(
    lambda before, tag, parts, after: f"{before}{tag}{''.join(parts)}{after}",
    *(BEFORE, st.sampled_from(TAGS), st.lists(PARTS, max_size=4), AFTER),
)
OPENERS = {"python": "# {}\n", "c": "/* {} */\n", "markdown": "{}\n", "html": "<!-- {} -->", "rust": "x(); // {}\n"}


@given(COMMENTS, st.sampled_from(sorted(OPENERS)))
def test_an_id_can_be_written_into_every_form_and_the_rest_is_kept(comment: str, language: str) -> None:
    text = OPENERS[language].format(comment)
    found = todos(text, language)
    for number, todo in enumerate(found):
        after = todos(with_id(text, todo, "app-9z9z"), language)
        assert [kept(one) for one in after] == [kept(one) for one in found]
        assert after[number].issue_id == "app-9z9z"
        # Once more, into what has an id: it is replaced.
        twice = with_id(with_id(text, todo, "app-9z9z"), after[number], "app-8y8y")
        assert [one.issue_id for one in todos(twice, language)][number] == "app-8y8y"
        assert "app-9z9z" not in twice


@given(st.text(alphabet=SIGNS, max_size=60), st.sampled_from(sorted(LANGUAGES)))
def test_an_id_can_be_written_into_whatever_is_found(text: str, language: str) -> None:
    for todo in todos(text, language):
        after = with_id(text, todo, "app-9z9z")
        [again] = [one for one in todos(after, language) if (one.line, one.column) == (todo.line, todo.column)]
        assert again.issue_id == "app-9z9z"
        old = todo.issue_id or ""
        kept_signs = after.replace("app-9z9z", "", 1)
        lost = [sign for sign in set(text) - set(old) if kept_signs.count(sign) < text.count(sign)]
        assert lost == []


@given(st.text(alphabet="ab\r\n#T /*", max_size=40))
def test_lines_of_comments_are_those_of_the_text(text: str) -> None:
    lines = LineIndex(text)
    spans = [CommentSpan(at, at + 1, CommentKind.LINE, 0) for at in range(0, len(text), 2)]
    held = list(CommentLines(text, lines, spans).holding(hits_of(text, ["T"])))
    expected = [at for at in range(0, len(text), 2) if text[at] == "T"]
    assert [line.start for line in held] == expected
    whole = [CommentSpan(0, len(text), CommentKind.BLOCK, 0)]
    found = list(CommentLines(text, lines, whole).holding(hits_of(text, ["T"])))
    assert [lines.position(line.start)[0] for line in found] == [
        number for number in range(lines.count) if "T" in lines.line_text(number)
    ]
    assert [text[line.start : line.end] for line in found] == [
        lines.line_text(number) for number in range(lines.count) if "T" in lines.line_text(number)
    ]


MEGABYTE = 1_000_000
LONG = {
    "decoration": "# " + "-*=#/;" * (MEGABYTE // 6) + "x TODO: a",
    "blanks": "# " + " \t" * (MEGABYTE // 2) + "x TODO: a",
    "numbers": "# " + "1. " * (MEGABYTE // 3) + "x TODO: a",
    "boxes": "# " + "[x] " * (MEGABYTE // 4) + "TODO: a",
    "brackets": "# TODO" + "(" * MEGABYTE,
    "pairs": "# TODO" + "()" * (MEGABYTE // 2),
    "square brackets": "# TODO " + "[p1] " * (MEGABYTE // 5),
    "bracket in bracket": "# TODO " + "([" * (MEGABYTE // 2),
    "tags": "# x " + "TODO " * (MEGABYTE // 5),
    "tags with a mark": "# x " + "TODO: " * (MEGABYTE // 6),
    "tags at sentence ends": "# x" + ". TODO() " * (MEGABYTE // 9),
    "tags and slashes": "# TODO" + "/TODO" * (MEGABYTE // 5) + "x",
    "tags behind openers": "# x " + "// TODO is " * (MEGABYTE // 11),
    "at signs": "# TODO " + "@a" * (MEGABYTE // 2),
    "colons": "# TODO" + ":" * MEGABYTE,
    "stars": "# TODO" + "*" * MEGABYTE,
    "separators": "# TODO: " + "- " * (MEGABYTE // 2),
    "end": "# TODO: a" + " [" * (MEGABYTE // 2),
    "commas": "# TODO(" + "a," * (MEGABYTE // 2) + ")",
    "lines with tags": "/*\n" + "TODO: a\n" * (MEGABYTE // 8) + "*/",
    "lines without": "/* TODO: a\n" + "x\n" * (MEGABYTE // 2) + "*/",
    "empty comments": "// TODO: a\n" + "//\n" * (MEGABYTE // 3),
    "comments on a line": "/*TODO*/" * (MEGABYTE // 8),
}


@pytest.mark.parametrize("name", LONG)
def test_a_megabyte_of_anything_takes_linear_time(name: str) -> None:
    language = "c" if LONG[name].startswith("/") else "python"
    # Quadratic time would meet the time limit of the suite.
    assert len(todos(LONG[name], language)) <= LONG[name].count("TODO")


@pytest.mark.parametrize("name", ["decoration", "boxes", "tags with a mark", "square brackets", "end"])
def test_a_megabyte_of_prose_takes_linear_time(name: str) -> None:
    text = LONG[name].removeprefix("# ")
    assert len(todos(text, "markdown")) <= text.count("TODO")
