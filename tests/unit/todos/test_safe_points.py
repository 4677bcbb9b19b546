"""Safe points that are found by looking back are those of the lexer, in any text of any language that has them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issuelens.todos.languages import LANGUAGES
from issuelens.todos.lexer import comment_spans, spans_from
from issuelens.todos.safe_points import LineRules, line_rules, safe_point

TOKENS = st.lists(
    st.sampled_from(
        [
            "/*",
            "*/",
            "/*/",
            "//",
            "#",
            "/",
            "*",
            '"',
            "'",
            "`",
            '"""',
            "\\",
            "\n",
            "\r\n",
            "\r",
            " ",
            "x = 1;",
            "\n",
            'R"a(',
            ')a"',
            ";",
            "--",
            "é",
            "'\"'",
            "'\\''",
            "url(",
            ")",
            "{",
            "}",
            "TODO x",
            "\u2028",
        ]
    ),
    max_size=50,
).map("".join)
RULES = {name: rules for name, language in LANGUAGES.items() if (rules := line_rules(language)) is not None}


def _rules(name: str) -> LineRules:
    rules = line_rules(LANGUAGES[name])
    assert rules is not None
    return rules


def test_the_commonest_languages_have_rules() -> None:
    assert {"c", "cpp", "java", "go", "css", "verilog", "assembly", "dts", "toml", "makefile"} <= RULES.keys()


@pytest.mark.parametrize("name", ["rust", "yaml", "shellscript", "kotlin", "php", "markdown", "pascal", "d"])
def test_languages_of_which_a_line_says_too_little(name: str) -> None:
    assert line_rules(LANGUAGES[name]) is None


@settings(deadline=None, max_examples=500)
@given(TOKENS, st.sampled_from(sorted(RULES)), st.integers(0, 200))
def test_lexing_may_begin_at_a_safe_point(text: str, name: str, place: int) -> None:
    language, rules = LANGUAGES[name], RULES[name]
    place = min(place, len(text))
    point = safe_point(text, rules, 0, 0, place)
    if point >= 0 and not any(one in text for one in rules.absent):
        whole = comment_spans(text, language)
        assert list(spans_from(text, language, point)) == [span for span in whole if span.start >= point]
        assert not any(span.start < point < span.end for span in whole)
        assert point == 0 or text[point - 1] == "\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\nb\nc\nTODO", 2),
        ("/* a */\nb\nc\nTODO", 2),
        ("/*\n * a\n *\n * TODO", 0),
        ("b\n/* a\n\n*/ c\n\n TODO", 4),
        ("b\n/*/ a\n\n\n TODO", 1),
        ('b\n"/*" a\n\n\n TODO', 1),
        ("b\n// a \\\nb\n TODO", 1),
        ("b\n// a \\\r\nb\n TODO", 1),
        ("b\n\nTODO", 1),
        ("b\nTODO", 0),
        ("TODO", 0),
    ],
)
def test_where_the_safe_point_above_a_place_is(text: str, line: int) -> None:
    point = safe_point(text, _rules("c"), 0, 0, text.index("TODO"))
    assert text.count("\n", 0, point) == line
    assert point == 0 or text[point - 1] == "\n"


def test_strings_over_several_lines_leave_it_to_the_lexer() -> None:
    text = "a\n`\nb\nc\nTODO"
    assert safe_point(text, _rules("go"), 0, 0, text.index("TODO")) == -1
    assert safe_point(text.replace("`", "'"), _rules("go"), 0, 0, text.index("TODO")) == text.index("c")


def test_many_lines_that_each_go_on_below_leave_it_to_the_lexer() -> None:
    text = "b \\\n" * 100 + "TODO"
    assert safe_point(text, _rules("c"), 0, 0, text.index("TODO")) == -1
