"""Comments of any text: in order, apart, inside of it, and found in linear time however broken it is."""

from __future__ import annotations

import io
import time
import tokenize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issuelens.todos.embedded import spans_of
from issuelens.todos.languages import LANGUAGES
from issuelens.todos.lexer import CommentKind, comment_spans
from issuelens.todos.lines import LineIndex

PIECES = st.lists(
    st.sampled_from(
        ["//", "/*", "*/", "#", '"', "'", "`", '"""', "'''", "\\", "\n", "\r\n", "\r", "x", " ", "<<EOF", "EOF", 'r#"',
         '"#', 'R"a(', ')a"', "--", "{-", "-}", "<!--", "-->", "(*", "*)", "```", "%", ";", "@", "$", "\0", "\u2028"]
    ),
    max_size=40,
).map("".join)  # fmt: skip


@settings(max_examples=300)
@given(PIECES, st.sampled_from(sorted(LANGUAGES)))
def test_spans_are_ordered_apart_and_inside(text: str, name: str) -> None:
    language = LANGUAGES[name]
    spans = spans_of(text, language)
    end = 0
    for span in spans:
        assert end <= span.start < span.end <= len(text)
        assert span.start + span.opener <= span.end
        end = span.end


PROGRAM = st.lists(
    st.sampled_from(
        [
            "x = 1",
            "# note",
            "x = '#'  # a",
            'y = "\\"#"  # b',
            "z = '''#\n#'''",
            'w = f"{x}#"',
            "",
            "v = r'\\\\'  # c",
            "(1,  # d\n 2)",
        ]
    ),
    max_size=12,
).map("\n".join)


@given(PROGRAM)
def test_python_agrees_with_the_standard_tokenizer(program: str) -> None:
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(program).readline))
    except (tokenize.TokenError, IndentationError):
        return
    if any(token.type == tokenize.ERRORTOKEN for token in tokens):
        return
    expected = [(token.start, token.string) for token in tokens if token.type == tokenize.COMMENT]
    lines = LineIndex(program)
    found = []
    for span in comment_spans(program, LANGUAGES["python"]):
        if span.kind is CommentKind.LINE:
            line, column = lines.position(span.start)
            found.append(((line + 1, column), program[span.start : span.end]))
    assert found == expected


def numbered_heredocs(count: int) -> str:
    return "".join(f"cat <<A{number}\n" for number in range(count // 8))


ADVERSARIES = {
    "unterminated string": ("c", lambda n: '"' + "a\\" * (n // 2)),
    "unterminated quotes": ("python", lambda n: "'" * n),
    "unterminated comment": ("c", lambda n: "/*" * (n // 2)),
    "nested comments": ("rust", lambda n: "/*" * (n // 2)),
    "raw strings without end": ("rust", lambda n: 'r#"' * (n // 3)),
    "raw strings of many marks": ("cpp", lambda n: "".join(f'R"d{number}(' for number in range(n // 8))),
    "heredocs without end": ("shellscript", lambda n: "cat <<EOF\n" * (n // 10)),
    "heredocs of many marks": ("shellscript", numbered_heredocs),
    "regexes": ("javascript", lambda n: "=/[" * (n // 3)),
    "fences": ("markdown", lambda n: "```\n" * (n // 4)),
    "markdown comments": ("markdown", lambda n: "<!--\n" * (n // 5)),
    "one long line": ("python", lambda n: "# " + "TODO " * (n // 5)),
}


def seconds(name: str, size: int) -> float:
    language_name, make = ADVERSARIES[name]
    language, text = LANGUAGES[language_name], make(size)
    best = 1e9
    for _ in range(3):
        begun = time.perf_counter()
        spans_of(text, language)
        best = min(best, time.perf_counter() - begun)
    return best


@pytest.mark.parametrize("name", ADVERSARIES)
def test_broken_texts_take_linear_time(name: str) -> None:
    small, large = seconds(name, 32_000), seconds(name, 256_000)
    # Eight times the text: linear is 8, quadratic 64. A floor keeps the clock's grain out of the ratio.
    assert large / max(small, 0.0005) < 32
