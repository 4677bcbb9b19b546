"""Files of every kind are read by a scan as one by one: the quick loop over them finds what the slow way does."""

from __future__ import annotations

import os
import random
from array import array
from pathlib import Path
from typing import Any

import pytest

from issuelens.todos.found import findings_of, findings_row
from issuelens.todos.languages import PLAIN_TEXT, language_for
from issuelens.todos.reading import WINDOW, Reader
from issuelens.todos.scan import Skipped, read_source
from issuelens.todos.settings import ScanSettings
from issuelens.todos.snapshot import CHANGED, NOTHING, UNREAD, stamp_of

NAMES = (
    "a.c",
    "B.PY",
    "x.rs",
    "c",
    "Makefile",
    "Dockerfile.dev",
    "d.unknown",
    "e.rst",
    ".bashrc",
    "n.ipynb",
    "y.tar.yml",
)
CONTENTS = (
    b"",
    b"\n",
    b"int TODOs, BUG_ON(x), XTODO;\n",
    b"// TODO: a\n# TODO: b\n",
    b"#!/bin/sh\n# TODO: a (app-1a2)\n",
    "x = 1 /* é\n * TODO: ü\n */\n# FIXME é app-9z\n".encode(),
    "# é\n# TODO: caf\xe9\n".encode("latin-1") + b"// TODO: \xff\n",
    b"\xef\xbb\xbf# TODO: a\n// TODO: b\n",
    "# é\n".encode("utf-8-sig") + b"# TODO: a\n// TODO: b app-1a2\n",
    "// TODO: a\r\n# TODO: b\r\n".encode("utf-16"),
    b"\xfe\xff",
    b"\xff# TODO: a\n",
    b"// TODO: a\0\n# TODO\n",
    b"x\n" * 5_000 + b"\0// TODO: a\n# TODO: b\n",
    b"# TODO: a\r// TODO: b\r",
    b"#" * 30_000 + b"\n# TODO: a\n",
)
SETTINGS = ScanSettings(tags=("TODO", "FIXME", "BUG"), prefixes=frozenset({"app"}), size_limit=20_000)


def slowly(path: Path, name: str, settings: ScanSettings) -> list[Any] | None:
    """The row of a file, by the ways that open documents go."""
    text = read_source(path)
    if isinstance(text, Skipped) or path.stat().st_size > settings.size_limit:
        return None
    first_line = "" if "." in path.name.lstrip(".") else text.partition("\n")[0]
    language = language_for(name, first_line=first_line)
    if language is None and not settings.plain_text:
        return None
    found = findings_of(name, text, language or PLAIN_TEXT, settings)
    return findings_row(found) if found.markers or found.mentions else None


def folder_of_files(root: Path, seed: int) -> list[str]:
    """Files of all contents in own folders, in one with a repository, and in one that is a link."""
    chosen = random.Random(seed)
    names = []
    for folder in ("", "one/", "one/two/", "own/", "linked/"):
        for number in range(WINDOW // 2):
            stem, dot, rest = chosen.choice(NAMES).partition(".")
            name = f"{folder}{stem}{dot}{rest}" if number < 2 else f"{folder}{number}/{stem}{dot}{rest}"
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(chosen.choice(CONTENTS))
            names.append(name)
    (root / "own/.git").mkdir()
    (root / "linked").rename(root.parent / "elsewhere")
    (root / "linked").symlink_to(root.parent / "elsewhere")
    return sorted(set(names))


@pytest.mark.parametrize("has_plain_text", [False, True])
@pytest.mark.parametrize("has_base", [False, True])
def test_files_of_every_kind_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_plain_text: bool, has_base: bool
) -> None:
    root = tmp_path / "root"
    root.mkdir()
    names = folder_of_files(root, seed=2 * has_plain_text + has_base)
    settings = SETTINGS._replace(plain_text=has_plain_text)
    monkeypatch.chdir(root)
    base = os.fsencode(root) + b"/" if has_base else b""
    stamps, rows = Reader(settings, base).read([os.fsencode(name) for name in names], array("q", bytes(8 * len(names))))
    inside = [name for name in names if not name.startswith(("own/", "linked/"))]
    assert rows == [row for name in inside if (row := slowly(root / name, name, settings)) is not None]
    assert len(rows) > WINDOW // 4
    assert len(stamps) == len(names)


def test_what_is_no_file_of_the_workspace_holds_nothing_any_more(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text("// TODO: a\n")
    (tmp_path / "b.c").symlink_to("a.c")
    (tmp_path / "c.c").mkdir()
    os.mkfifo(tmp_path / "d.c")
    names = [b"b.c", b"c.c", b"d.c", b"gone.c", b"x.unknown"]
    reader = Reader(SETTINGS, os.fsencode(tmp_path) + b"/")
    for before, rows in (
        ([NOTHING] * 5, []),
        ([UNREAD] * 5, []),
        ([CHANGED] * 5, [[name.decode(), [], []] for name in names[:4]]),
    ):
        stamps, found = reader.read(names, before)
        assert (list(stamps), found) == ([NOTHING] * 4 + [UNREAD], rows)
    assert reader.skipped == 0


def test_files_that_are_passed_over_are_counted_and_have_a_stamp(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_bytes(b"// TODO: a\0\n")
    (tmp_path / "b.c").write_bytes(b"// TODO: a\n" * 2_000)
    os.utime(tmp_path / "a.c", (1, 1))
    reader = Reader(SETTINGS, os.fsencode(tmp_path) + b"/", begun_ns=1 << 62)
    stamps, rows = reader.read([b"a.c", b"b.c"], [NOTHING, NOTHING])
    assert (rows, reader.skipped) == ([], 2)
    assert list(stamps) == [stamp_of((tmp_path / name).stat()) for name in ("a.c", "b.c")]


def test_each_file_has_a_stamp_from_before(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="2 files have 1 stamps"):
        Reader(SETTINGS, os.fsencode(tmp_path) + b"/").read([b"a.c", b"b.c"], [NOTHING])
