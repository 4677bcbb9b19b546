"""Reads one file of a workspace as an editor would show it, and says whether a scan would read it."""

from __future__ import annotations

from pathlib import Path

from attrs import frozen

from issuelens.ordinary import open_ordinary
from issuelens.todos.languages import language_for
from issuelens.todos.reading import BINARY_PROBE, UTF_16, decoded
from issuelens.todos.settings import SIZE_LIMIT, ScanSettings


@frozen
class Skipped:
    """A file that was passed over, and why."""

    path: str
    reason: str


def read_source(path: Path) -> str | Skipped:
    """The text of a file, or why there is none.

    UTF-8, UTF-16 with its mark, else Latin-1. Links are not followed, special files not opened.
    """
    try:
        if path.is_symlink() or not path.is_file():
            return Skipped(str(path), "it is not an ordinary file")
        with open(path, "rb", opener=open_ordinary) as file:
            content = file.read(SIZE_LIMIT + 1)
    except OSError as error:
        return Skipped(str(path), f"it can't be read: {error.strerror}")
    if len(content) > SIZE_LIMIT:
        return Skipped(str(path), f"it is larger than {SIZE_LIMIT:,} bytes")
    if not content.startswith(UTF_16) and b"\0" in content[:BINARY_PROBE]:
        return Skipped(str(path), "it is binary")
    return decoded(content)


def is_searched(path: Path, settings: ScanSettings) -> bool:
    """Whether a file has a type and a size that the settings have a scan read.

    Raises:
        OSError: when it is not there.
    """
    if path.lstat().st_size > settings.size_limit:
        return False
    if settings.plain_text or language_for(path.name) is not None:
        return True
    text = "" if "." in path.name.lstrip(".") else read_source(path)
    return isinstance(text, str) and language_for(path.name, first_line=text.partition("\n")[0]) is not None
