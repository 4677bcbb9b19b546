"""Names of files tell their language to a scan as to everybody else."""

from __future__ import annotations

import os

from issuelens.todos.languages import language_for
from issuelens.todos.reading import Reader
from issuelens.todos.settings import ScanSettings
from issuelens.todos.tables.names import EXTENSIONS, FILE_NAMES

STEMS = ("a", "x.y", "", "Dockerfile", "containerfile", "README", "cmakelists", "caf\udce9")
ENDS = (".txt", ".dev", ".x.py", ".blade.php", ".html.erb", ".d.ts", ".", "..c")


def test_a_scan_knows_the_languages_that_are_known() -> None:
    reader = Reader(ScanSettings(tags=("TODO",)))
    stems = [*STEMS, *FILE_NAMES]
    ends = ["", *ENDS, *(f".{extension}" for extension in EXTENSIONS), *(f".{name}" for name in FILE_NAMES)]
    names = {stem + end for stem in stems for end in ends} - {""}
    wrong = [
        name
        for name in (*names, *map(str.upper, names))
        if reader.language_of(b"folder/" + os.fsencode(name)) != (language_for(name), "." not in name.lstrip("."))
    ]
    assert wrong == []
