"""Which files a scan reads without git, how their bytes are searched, and that looking only around hits is enough."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issuelens.todos.found import findings_of
from issuelens.todos.ignoring import Ignore
from issuelens.todos.languages import LANGUAGES, PLAIN_TEXT
from issuelens.todos.paths import shown_path
from issuelens.todos.reading import Words
from issuelens.todos.scan import Skipped, read_source
from issuelens.todos.settings import ScanSettings
from issuelens.todos.sparse import PlaceReader
from issuelens.todos.walk import walked

TAGS = ("TODO", "FIXME", "FIX", "XXX")
SETTINGS = ScanSettings(tags=TAGS, prefixes=frozenset({"app"}))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"src/a b.py", "src/a b.py"),
        ("süß\\x.py".encode(), "süß\\x.py"),
        (b"caf\xe9.py", r'"caf\351.py"'),
        (b'caf\xe9\\"\n.py', r'"caf\351\\\"\012.py"'),
        (rb'"caf\351.py"', r'"\"caf\\351.py\""'),
    ],
)
def test_paths_are_shown_as_text(name: bytes, shown: str) -> None:
    assert shown_path(os.fsdecode(name)) == shown


def test_files_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    for content, text in {
        b"# caf\xe9": "# caf\xe9",
        "# café 🐍".encode(): "# café 🐍",
        "# café".encode("utf-16"): "# café",
        b"\xef\xbb\xbf# bom": "# bom",
        b"": "",
    }.items():
        path.write_bytes(content)
        assert read_source(path) == text
    path.write_bytes(b"# TODO\x00")
    assert read_source(path) == Skipped(str(path), "it is binary")
    path.write_bytes(b"#" * 2_000_001)
    assert read_source(path) == Skipped(str(path), "it is larger than 2,000,000 bytes")
    assert read_source(tmp_path) == Skipped(str(tmp_path), "it is not an ordinary file")
    os.mkfifo(tmp_path / "pipe")
    assert isinstance(read_source(tmp_path / "pipe"), Skipped)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_text("# TODO\n")
    path.chmod(0)
    assert read_source(path) == Skipped(str(path), "it can't be read: Permission denied")


# Searching bytes


def test_words_are_found_as_words() -> None:
    words = Words(TAGS, {"app"})
    assert words.places(b"xTODO TODOs TODO_ 1TODO TODO2 DEFIX") == []
    assert words.places(b"TODO;FIXME(x) \xe9XXX\xe9 app-1a xapp-1a app-A") == [0, 5, 15, 20]
    assert words.places(b"\\nTODO app-x1\\nTODO", anywhere=True) == [2, 7, 15]
    assert Words((), ()).places(b"TODO") == []


@given(st.lists(st.sampled_from(["TODO", "FIX", "ME", "TO", "XX", "X", "app-", "1", "s", "_", " ", "\n", "é", "\0"])))
def test_with_and_without_the_compiled_matcher_the_same_is_found(parts: list[str]) -> None:
    content = "".join(parts).encode()
    compiled, plain = Words(TAGS, {"app", "app-x"}), Words(TAGS, {"app", "app-x"}, compiled=False)
    for anywhere in (False, True):
        assert compiled.places(content, anywhere=anywhere) == plain.places(memoryview(content), anywhere=anywhere)


# What git ignores


PATTERN = st.lists(
    st.sampled_from(
        [
            "a",
            "b",
            "c",
            "*",
            "**",
            "?",
            "/",
            "[ab]",
            "[!a]",
            "[a-c]",
            "!",
            "#",
            "\\",
            " ",
            ".",
            "[[:alpha:]]",
            "[]a]",
            "[b-a]",
            "[",
            "]",
            "[^-b]",
            "[[:no:]]",
            "a/b",
            "**/",
            "/**",
            "\r",
            "ab",
        ]
    ),
    min_size=1,
    max_size=6,
).map("".join)
NAME = st.text("ab.[c!# ]-", min_size=1, max_size=3).filter(lambda name: name not in (".", ".."))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(NAME, NAME, NAME), min_size=3, max_size=12), st.lists(PATTERN, min_size=1, max_size=6), PATTERN
)
def test_the_walk_finds_what_git_lists(places: list[tuple[str, str, str]], patterns: list[str], excluded: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        subprocess.run(["git", "init", "-q", folder], check=True)
        for one, two, three in places:
            for path in (root / one / two / three, root / one / three, root / three):
                write_where_it_can_be(path, "")
        half = len(patterns) // 2
        write_where_it_can_be(root / ".gitignore", "\n".join(patterns[:half]))
        write_where_it_can_be(root / places[0][0] / ".gitignore", "\n".join(patterns[half:]) + "\n")
        (root / ".git/info/exclude").write_text(excluded)
        for place in (root, *(path for path in root.iterdir() if path.is_dir() and path.name != ".git")):
            listed = ["git", "-C", str(place), "ls-files", "-z", "--others", "--exclude-standard"]
            names = subprocess.run(listed, check=True, capture_output=True).stdout.split(b"\0")
            assert sorted(walked(str(place))) == sorted(names[:-1])


def write_where_it_can_be(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    except OSError:
        return  # a file is where a folder should be, or the other way round


@pytest.mark.parametrize("pattern", ["*a" * 50 + "*b", "**/a" * 50 + "/b", "**/" * 100 + "b", "[ab]*" * 60 + "c"])
def test_patterns_take_no_time_to_speak_of(pattern: str) -> None:
    ignore = Ignore([pattern.encode()])
    assert ignore.says(b"a" * 250) is None
    assert ignore.says(b"a/" * 1_000 + b"c") is None


def test_case_is_folded_where_the_file_system_does() -> None:
    assert Ignore([b"Build"], folds_case=True).says(b"bUILD\0") is True
    assert Ignore([b"Build"]).says(b"bUILD\0") is None


# Only around hits


TOKENS = st.lists(
    st.sampled_from(
        [
            "TODO",
            "FIXME: x",
            "(app-1a2b)",
            "app-9z",
            "//",
            "/*",
            "*/",
            "#",
            '"',
            "'",
            "`",
            '"""',
            "\\",
            "\n",
            "\n",
            "\r\n",
            "\r",
            " ",
            "    ",
            "x",
            'R"a(',
            ')a"',
            "é",
            "--",
            "{",
            "}",
            'f"',
            "- [ ] ",
            "- ",
            "\n.. ",
            "\n////\n",
            "\f",
            "word ",
            ". ",
            "'\"'",
            "\u2028",
        ]
    ),
    max_size=60,
).map("".join)


NAMES = (
    *("c", "cpp", "go", "python", "rust", "java", "sql", "dts", "yaml", "javascript", "makefile", "css", "toml"),
    *("kotlin", "restructuredtext", "asciidoc", "markdown", "plaintext", "s-file", "m-file", "octave"),
)


@settings(deadline=None, max_examples=400)
@given(TOKENS, st.sampled_from(NAMES))
def test_what_is_found_near_hits_is_all(text: str, name: str) -> None:
    words = Words(TAGS, {"app"})
    places = [len(text.encode()[:one].decode()) for one in words.places(text.encode())]
    language = LANGUAGES.get(name, PLAIN_TEXT)
    assert PlaceReader(SETTINGS).findings("x", text, language, places) == findings_of("x", text, language, SETTINGS)
