"""Comments of any text: in order, apart, inside of it, and found in linear time however broken it is."""

from __future__ import annotations

import io
import time
import tokenize
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.lexing import texts_of
from tests.support.reference_lexer import reference_spans

from issuelens.todos.embedded import spans_of
from issuelens.todos.languages import LANGUAGES
from issuelens.todos.lexer import CommentKind, comment_spans, spans_from
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


@settings(max_examples=600, deadline=None)
@given(st.data())
def test_it_agrees_with_a_slow_lexer(data: st.DataObject) -> None:
    language = LANGUAGES[data.draw(st.sampled_from(sorted(LANGUAGES)))]
    text = data.draw(texts_of(language))
    assert comment_spans(text, language) == reference_spans(text, language)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_it_can_begin_behind_any_comment(data: st.DataObject) -> None:
    language = LANGUAGES[data.draw(st.sampled_from([name for name, one in LANGUAGES.items() if one.is_stateless]))]
    text = data.draw(texts_of(language))
    missing: set[str] = set()
    spans = list(spans_from(text, language, 0, missing))
    for number, span in enumerate(spans):
        if not span.is_inner and not missing and span.kind is not CommentKind.PROSE:
            assert list(spans_from(text, language, span.end)) == spans[number + 1 :]


@pytest.mark.parametrize("name", ["shellscript", "javascript", "ruby"])
def test_comments_within_other_tokens_are_no_safe_points(name: str) -> None:
    text = {
        "shellscript": "cat <<A # x\n# y\nA\n# z",
        "javascript": "`${ a // x\n}// y` // z",
        "ruby": "<<A # x\n# y\nA\n# z",
    }
    spans = comment_spans(text[name], LANGUAGES[name])
    assert [(text[name][span.end - 1], span.is_inner) for span in spans] == [("x", True), ("z", False)]


ADVERSARIES: dict[str, tuple[str, Callable[[int], str]]] = {
    "comments within comments": ("rust", lambda n: "/*" * (n // 2)),
    "holes within holes": ("javascript", lambda n: "`${" * (n // 3)),
    "holes of Python": ("python", lambda n: 'f"{' * (n // 3)),
    "holes within a line": ("kotlin", lambda n: '"${' * (n // 3)),
    "commands within strings": ("shellscript", lambda n: '"$(' * (n // 3)),
    "one long line": ("c", lambda n: "x = 1; " * (n // 7)),
    "one long string": ("c", lambda n: '"' + "\\x" * (n // 2)),
    "one long expression": ("javascript", lambda n: "=/[" * (n // 3)),
    "divisions behind parentheses": ("javascript", lambda n: ")/" * (n // 2)),
    "divisions behind comments": ("javascript", lambda n: "/**//x " * (n // 7)),
    "heredocs on one line": ("shellscript", lambda n: "<<A " * (n // 4) + "\nA\n"),
    "heredocs of many names": ("shellscript", lambda n: "".join(f"<<A{number} " for number in range(n // 9))),
    "heredocs without end": ("ruby", lambda n: "<<~A\n" * (n // 5)),
    "quotes without end": ("perl", lambda n: "q{ " * (n // 3)),
    "quotes of one sign": ("perl", lambda n: "q! " * (n // 3)),
    "substitutions": ("perl", lambda n: "s{}" * (n // 3)),
    "quotes of Ruby": ("ruby", lambda n: "%w[" * (n // 3)),
    "raw strings without end": ("rust", lambda n: 'r#"' * (n // 3)),
    "raw strings of many marks": ("cpp", lambda n: "".join(f'R"d{number}(' for number in range(n // 9))),
    "long brackets": ("lua", lambda n: "".join(f"[{'=' * (number % 40)}[" for number in range(n // 22))),
    "strings in comments": ("ocaml", lambda n: '(*"' * (n // 3)),
    "scalars": ("yaml", lambda n: "a: |\n" * (n // 5)),
    "scalars with blank lines": ("yaml", lambda n: "a: |\n\n\n" * (n // 7)),
    "one scalar": ("yaml", lambda n: "a: |\n" + "  # b\n" * (n // 6)),
    "indented comments": ("pug", lambda n: "//\n " * (n // 4)),
    "blanks before what must be first": ("ini", lambda n: " " * (n // 1) + ";"),
    "semicolons": ("ini", lambda n: ";a;" * (n // 3)),
    "sections without end": ("perl", lambda n: "=a\n" * (n // 3)),
    "characters": ("c", lambda n: "'\\" * (n // 2)),
    "quotes": ("python", lambda n: "'" * (n // 1)),
    "fences": ("markdown", lambda n: "```\n" * (n // 4)),
    "fences of many lengths": (
        "markdown",
        lambda n: "".join("`" * (3 + number % 400) + "\n" for number in range(n // 203)),
    ),
    "task items": ("markdown", lambda n: "- [ ] " * (n // 6)),
    "dashes before fences": ("markdown", lambda n: "- " * (n // 2)),
    "front matter": ("markdown", lambda n: "---\n" + "a\n" * (n // 2)),
    "front matter of a component": ("astro", lambda n: "---\n" + "a\n" * (n // 2)),
    "scripts": ("html", lambda n: "<script>" * (n // 8)),
    "elements without end": ("html", lambda n: "<script " * (n // 8)),
    "short scripts": ("html", lambda n: "<script>//</script>" * (n // 19)),
    "php": ("php", lambda n: "<?php #?>" * (n // 9)),
    "php without end": ("php", lambda n: "<?php " * (n // 6)),
    "templates": ("erb", lambda n: "<%# " * (n // 4)),
    "org": ("org", lambda n: "#+begin_src c\n" * (n // 14)),
    "literate": ("literate-haskell", lambda n: "> a\n" * (n // 4)),
    "literate code without end": ("literate-haskell", lambda n: "\\begin{code}\n" * (n // 13)),
    "arrays in a notebook": ("notebook", lambda n: "[" * (n // 1)),
    "strings in a notebook": ("notebook", lambda n: '"' * (n // 1)),
    "cells": ("notebook", lambda n: '{"cells": [' + '{"cell_type": "code", "source": "# a\\n# b"},' * (n // 44)),
    "a long cell": (
        "notebook",
        lambda n: '{"cells": [{"cell_type": "code", "source": "' + "# a\\n" * (n // 5) + '"}]}',
    ),
    "a long comment in a cell": (
        "notebook",
        lambda n: '{"cells": [{"cell_type": "markdown", "source": "<!--' + "a\\n" * (n // 3),
    ),
    "nothing": ("c", lambda n: "\0" * (n // 1)),
}


def seconds(name: str, size: int) -> float:
    language_name, make = ADVERSARIES[name]
    language, text = LANGUAGES[language_name], make(size)
    best = 1e9
    for _ in range(2):
        begun = time.process_time()
        spans_of(text, language)
        best = min(best, time.process_time() - begun)
    return best


@pytest.mark.parametrize("first", range(0, len(ADVERSARIES), 10))
def test_broken_texts_take_linear_time(first: int) -> None:
    for name in list(ADVERSARIES)[first : first + 10]:
        small, large = seconds(name, 16_000), seconds(name, 128_000)
        # Eight times the text: linear is 8, quadratic 64. A floor keeps the clock's grain out of the ratio.
        assert large / max(small, 0.0005) < 32, name
