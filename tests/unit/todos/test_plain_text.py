"""Plain text and files of unknown types: read only when config.toml says so, and then at the beginning of lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from issuelens.domain.config_reader import parse_config
from issuelens.todos.engine import read_files
from issuelens.todos.grammar import analyse
from issuelens.todos.languages import LANGUAGES, PLAIN_TEXT, language_for
from issuelens.todos.settings import ScanSettings, scan_settings

TEXT = """\
TODO: one
  - FIXME(anna): two
more. TODO: no
a TODO: no
TODO no
// TODO: no
- [x] TODO: done

see app-1a2b
"""


def test_a_tag_counts_at_the_beginning_of_a_line_with_a_mark() -> None:
    todos, references = analyse(TEXT, PLAIN_TEXT, tags=("TODO", "FIXME"), prefixes={"app"})
    assert [(todo.line, todo.text, todo.continuation) for todo in todos] == [(0, "one", ()), (1, "two", ())]
    assert [(one.line, one.id) for one in references] == [(8, "app-1a2b")]
    assert analyse("", PLAIN_TEXT, tags=("TODO",), prefixes=()) == ([], [])


def test_no_editor_asks_for_it_by_name() -> None:
    assert language_for("notes.txt", "plaintext") is None
    assert PLAIN_TEXT.name not in LANGUAGES


@pytest.mark.parametrize("is_wanted", [False, True])
def test_files_of_unknown_types_are_read_where_config_toml_says_so(tmp_path: Path, is_wanted: bool) -> None:
    names = ["NOTES", "notes.txt", "notes.strange", "code.py", "picture.png"]
    for name in names:
        (tmp_path / name).write_text("# TODO: hash\nTODO: bare\n" if name != "picture.png" else "\0TODO: x\n")
    todos = parse_config(f"[todos]\nplain-text = {str(is_wanted).lower()}\n").todos
    found = {
        one.path: [marker.text for marker in one.markers]
        for one in read_files(tmp_path, names, scan_settings(todos, ()))
    }
    plain = ["hash", "bare"] if is_wanted else []
    assert found == {"NOTES": plain, "notes.txt": plain, "notes.strange": plain, "code.py": ["hash"], "picture.png": []}


def test_what_is_wanted_is_part_of_the_fingerprint() -> None:
    one, other = (ScanSettings(tags=("TODO",), plain_text=wanted) for wanted in (False, True))
    assert one.fingerprint != other.fingerprint
    smaller = ScanSettings(tags=("TODO",), size_limit=10)
    assert smaller.fingerprint != one.fingerprint


def test_the_size_limit_is_that_of_config_toml(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("# TODO: a\n")
    for size, texts in ((9, []), (10, ["a"])):
        settings = scan_settings(parse_config(f"[todos]\nsize-limit = {size}\n").todos, ())
        [found] = read_files(tmp_path, ["a.py"], settings)
        assert [marker.text for marker in found.markers] == texts
