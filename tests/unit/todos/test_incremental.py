"""Findings of a text under edits: after each of them, those that the whole text has when it is read anew."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issuelens.todos.grammar import analyse
from issuelens.todos.incremental import CHUNK, IncrementalFindings
from issuelens.todos.languages import LANGUAGES, Language
from issuelens.todos.lexer import LOOK_BEHIND
from issuelens.todos.lines import LineIndex

TAGS = ("TODO", "FIXME")
PREFIXES = frozenset({"app"})
NAMES = sorted(name for name, language in LANGUAGES.items() if language.is_stateless)
# What begins, ends or looks like a comment or string somewhere, and what a TODO goes on with.
PIECES = [
    "/*", "*/", '"""', "'''", '"', "'", "`", "\\", "{-", "-}", "(*", "*)", "<!--", "-->", "<<EOF\n", "EOF\n", 'r#"',
    '"#', 'R"a(', ')a"', "--[[", "]]", "\n=begin\n", "\n=end\n", "${", "}", "/", "@", "$", ";", "\u2028", "🐍", "\x0c",
    "\n", "\r\n", "\r", "x = 1\n", "    ", ":", "TODO", "// TODO: a\n", "// b\n", "//\n", "/* TODO: c\n d */",
    "# TODO(app-1a2b): x\n", "# see app-2b2b\n", " app-3c3c ",
]  # fmt: skip
Edit = tuple[int, int, str]


class Typed:
    """A text and its findings, under edits."""

    def __init__(self, text: str, language: Language, chunk: int = CHUNK) -> None:
        self.language, self.lines = language, LineIndex(text)
        self.findings = IncrementalFindings(language, TAGS, PREFIXES, chunk)

    def edit(self, start: int, end: int, text: str) -> None:
        self.lines.replace(start, end, text)
        self.findings.edited(start, end, len(text))

    def check(self) -> int:
        """Compares with the whole analysis; how many TODOs there are."""
        todos, references = self.findings.of(self.lines.text)
        whole = analyse(self.lines.text, self.language, tags=TAGS, prefixes=PREFIXES)
        assert (list(todos), list(references)) == (list(whole[0]), list(whole[1]))
        return len(todos)


def pieces(language: Language, size: int) -> st.SearchStrategy[str]:
    """Texts of those pieces and of the language's own tokens."""
    tokens = [*language.tokens * 2, *(f"{token} TODO: q\n" for token in language.line)]
    return st.lists(st.sampled_from([*PIECES, *tokens, "code code\n"]), max_size=size).map("".join)


@st.composite
def typing(draw: st.DrawFn) -> tuple[Language, str, list[Edit]]:
    """A language, a text long enough for several chunks, and edits."""
    language = LANGUAGES[draw(st.sampled_from(NAMES))]
    token = next(iter(language.line), "")
    calm = st.sampled_from([f"code code\n{token} calm\n" * 12, "x" * LOOK_BEHIND + "\n", f"x\n{token} TODO: y\n" * 9])
    wild = st.tuples(pieces(language, 12), st.integers(1, 12)).map(lambda one: one[0] * one[1])
    parts = draw(st.lists(st.one_of(calm, calm, wild, wild, pieces(language, 8)), min_size=4, max_size=16))
    text, edits = "".join(parts), []
    length = len(text)
    for _ in range(draw(st.integers(1, 5))):
        start = draw(st.integers(0, length))
        end = min(length, start + draw(st.sampled_from([0, 0, 1, 3, 40, 300])))
        edits.append((start, end, draw(pieces(language, 4))))
        length += len(edits[-1][2]) - (end - start)
    return language, text, edits


@settings(max_examples=150)
@given(typing(), st.booleans())
def test_it_equals_the_whole_analysis(drawn: tuple[Language, str, list[Edit]], after_each: bool) -> None:
    language, text, edits = drawn
    typed = Typed(text, language, chunk=40)
    typed.check()
    for edit in edits:
        typed.edit(*edit)
        if after_each:
            typed.check()
    typed.check()


def program(token: str, count: int = 400) -> str:
    """Code of several chunks, a TODO in every fourth line."""
    return "".join(f"{token} TODO: look at {n}\ncall({n})\n\n{token} see app-{n:04}\n" for n in range(count))


@pytest.mark.parametrize(
    ("name", "token", "opener", "closer"),
    [("c", "//", "/*", "*/"), ("rust", "//", "/*", "*/"), ("python", "#", '"""', '"""'), ("haskell", "--", "{-", "-}")],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_what_swallows_the_rest_is_opened_and_closed(name: str, token: str, opener: str, closer: str, end: str) -> None:
    text = program(token).replace("\n", end)
    typed = Typed(text, LANGUAGES[name])
    all_of_them = typed.check()
    place = text.index(f"call(200){end}")
    for number, sign in enumerate(opener):
        typed.edit(place + number, place + number, sign)
        typed.check()
    typed.edit(place + len(opener), place + len(opener), closer)
    assert typed.check() == all_of_them
    typed.edit(place, place + len(opener + closer), "")
    assert typed.check() == all_of_them


def test_an_end_that_was_missing_is_typed_far_behind() -> None:
    text = "cat <<EOF\n" + program("#")
    typed = Typed(text, LANGUAGES["shellscript"])
    assert typed.check() == 400
    typed.edit(len(text), len(text), "EOF\n")
    assert typed.check() == 0
    typed.edit(len(text), len(text) + 1, "")
    assert typed.check() == 400


NUMBERED = "".join(f"# line {n} of a comment\n" for n in range(300))


@pytest.mark.parametrize(
    ("name", "text", "typed_text"),
    [
        # The lines of a comment over several chunks become one TODO's, or cease to be.
        ("python", program("#", 20) + NUMBERED + program("#", 20), "TODO: "),
        ("python", program("#", 20) + "# TODO: a\n" + NUMBERED + program("#", 20), "\n"),
        # Strings over several chunks hold what would be comments.
        ("python", ("# a\nx = '''\n" + "# TODO: no\n" * 40 + "'''\n") * 12, "x"),
        ("python", ("# a\nx = '''\n" + "# TODO: no\n" * 40 + "'''\n") * 12, "'''"),
        # A comment that is opened ends somewhere in the code before the next one.
        ("c", ("x = y\n" * 80 + "// a\nx\nTODO: b */ y\n") * 12, "/*"),
    ],
)
def test_a_key_at_many_places(name: str, text: str, typed_text: str) -> None:
    typed = Typed(text, LANGUAGES[name], chunk=600)
    before = typed.check()
    for number in range(typed.lines.count // 7):
        start = typed.lines.line_start(1 + number * 89 % (typed.lines.count - 2)) + 2
        typed.edit(start, start, typed_text)
        typed.check()
        typed.edit(start, start + len(typed_text), "")
        assert typed.check() == before


def test_everything_is_deleted_and_typed_again() -> None:
    typed = Typed(program("#"), LANGUAGES["python"])
    typed.check()
    typed.edit(0, typed.lines.length, "")
    assert typed.check() == 0
    for sign in "# TODO: x":
        typed.edit(typed.lines.length, typed.lines.length, sign)
        typed.check()


class Reader(str):
    """A text that tells how much of it is cut out to be read."""

    read = 0

    def __getitem__(self, key: object) -> str:
        part = super().__getitem__(key)  # type: ignore[index]
        Reader.read += len(part)
        return part


def read_after(typed: Typed, edits: Iterable[Edit]) -> int:
    """Characters that are read for findings after these edits."""
    for edit in edits:
        typed.edit(*edit)
    Reader.read = 0
    typed.findings.of(Reader(typed.lines.text))
    return Reader.read


@pytest.mark.parametrize("name", ["c", "python"])
def test_little_is_read_after_a_key(name: str) -> None:
    token = "//" if name == "c" else "#"
    text = program(token, 4_000)
    typed = Typed(text, LANGUAGES[name])
    typed.check()
    assert read_after(typed, []) == 0
    for place in (0, text.index("call(2000)"), len(text)):
        assert 0 < read_after(typed, [(place, place, "x")]) < 5 * CHUNK + 4 * LOOK_BEHIND
        assert read_after(typed, [(place, place + 1, "")]) < 5 * CHUNK + 4 * LOOK_BEHIND
    typed.check()
