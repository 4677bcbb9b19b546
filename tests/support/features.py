"""Marker files: a text with places in it and what is answered there, together in one file.

    What it shows.

    == main.py ==
    # TODO(app-1a2b): look «here»at this
    == hover here ==
    The answer, to the letter.

`«name»` names the position where it stands, `«name:…»` the range of what it holds; neither is part of the text. A
section whose head has a request first and a place (or `-`) behind it holds what the answer looks like; more words in
the head are the request's own.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from attrs import define, field, frozen
from lsprotocol import types
from tests.support.lsp import Editor

UPDATE: Final = "UPDATE_FEATURES"
"""Environment variable: writes what is answered into the files."""
_HEAD: Final = re.compile(r"^== (.+) ==$", re.MULTILINE)
_MARK: Final = re.compile(r"«(?P<name>\w+)(?::(?P<held>[^«»]*))?»")
_LANGUAGES: Final = {".py": "python", ".md": "markdown", ".c": "c", ".rs": "rust", ".ts": "typescript", ".toml": "toml",
                     ".jsonl": "jsonl", ".ipynb": "jupyter", "": "gitcommit"}  # fmt: skip


@frozen
class At:
    """A named place in an opened file."""

    uri: str
    range: types.Range

    @property
    def position(self) -> types.Position:
        """Where it begins."""
        return self.range.start

    @property
    def document(self) -> types.TextDocumentIdentifier:
        """Its file."""
        return types.TextDocumentIdentifier(self.uri)


@define
class Place:
    """One marker file, opened in an editor."""

    editor: Editor
    folder: Path
    uris: dict[str, str] = field(factory=dict)
    marks: dict[str, At] = field(factory=dict)

    def uri(self, name: str) -> str:
        """The URI of one of its files."""
        return self.uris[name]

    def shown(self, uri: str) -> str:
        """A URI as it is shown in an answer: the file's name, without what differs from run to run."""
        return uri.replace(self.folder.as_uri() + "/", "").replace(self.folder.parent.as_uri() + "/", "/")


Answer = Callable[[Place, At, str], Awaitable[str]]


@frozen
class Section:
    """A section of a marker file; `words` are None for a file's text."""

    name: str
    place: str | None
    words: str
    body: str


def sections(text: str) -> Iterator[Section]:
    """The sections of a marker file, after its first sentence."""
    parts = _HEAD.split(text)
    for head, body in zip(parts[1::2], parts[2::2], strict=True):
        name, _, rest = head.partition(" ")
        place, _, words = rest.partition(" ")
        yield Section(name, place or None, words, body.removeprefix("\n"))


def unmarked(marked: str) -> tuple[str, dict[str, tuple[int, int]]]:
    """A text without its marks, and where they were: offsets of their beginnings and ends."""
    found: dict[str, tuple[int, int]] = {}
    text, position = "", 0
    for match in _MARK.finditer(marked):
        text += marked[position : match.start()]
        start = len(text)
        text += match["held"] or ""
        found[match["name"]] = (start, len(text))
        position = match.end()
    return text + marked[position:], found


def _position(text: str, offset: int) -> types.Position:
    before = text[:offset]
    line = before[before.rfind("\n") + 1 :]
    return types.Position(before.count("\n"), len(line.encode("utf-16-le")) // 2)


def opened(editor: Editor, folder: Path, text: str) -> Place:
    """A marker file with its texts opened in an editor, as new documents in a folder: others never see them closed."""
    place = Place(editor, folder)
    for section in sections(text):
        if section.place is None:
            content, marks = unmarked(section.body)
            path = folder / section.name
            uri = editor.open(path, content, language_id=_LANGUAGES.get(path.suffix, "plaintext"))
            place.uris[section.name] = uri
            for name, (start, end) in marks.items():
                place.marks[name] = At(uri, types.Range(_position(content, start), _position(content, end)))
    for uri in place.uris.values():
        place.marks.setdefault("-", At(uri, types.Range(types.Position(0, 0), types.Position(0, 0))))
    return place


async def answered(place: Place, text: str, answers: Mapping[str, Answer]) -> str:
    """The marker file with what is answered now."""
    told = _HEAD.split(text)[0]
    for section in sections(text):
        head = " ".join(filter(None, (section.name, section.place, section.words)))
        body = section.body
        if section.place is not None:
            answer = await answers[section.name](place, place.marks[section.place], section.words)
            body = answer.rstrip("\n") + "\n\n"
        told += f"== {head} ==\n{body}"
    return told.rstrip("\n") + "\n"


def answers_of(feature: str) -> Mapping[str, Any]:
    """What tests/features/answers has for a feature: request -> the function that asks it."""
    return vars(importlib.import_module(f"tests.features.answers.{feature}"))
