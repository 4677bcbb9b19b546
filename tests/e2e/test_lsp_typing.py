"""Typing into open documents: what is shown is that of the text as it is, however it came to be."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.wire import Side, Wire, wire

PUBLISH = "textDocument/publishDiagnostics"
UNTRACKED = 'prefix = "app"\n[diagnostics]\nuntracked-todo = "hint"\nduplicate-todo = "off"\n'
LARGE = 300 * 1024
"""Characters; more than what is read anew as a whole after each edit."""


def change(start: tuple[int, int], end: tuple[int, int], text: str) -> dict[str, Any]:
    """An edit between two positions (line, column)."""
    first, last = ({"line": line, "character": column} for line, column in (start, end))
    return {"range": {"start": first, "end": last}, "text": text}


async def todos(one: Wire, uri: str) -> list[tuple[int, int, int]]:
    """The places of the TODOs that have a lens: line, first and last column."""
    lenses = await one.result("textDocument/codeLens", {"textDocument": {"uri": uri}})
    places = [lens["range"] for lens in lenses]
    return [(each["start"]["line"], each["start"]["character"], each["end"]["character"]) for each in places]


def versions(one: Wire, uri: str) -> list[int]:
    """The versions of a document that diagnostics were sent for."""
    return [params["version"] for params in one.heard(PUBLISH) if params["uri"] == uri and "version" in params]


async def test_while_keys_come_diagnostics_wait_and_are_those_of_the_last_version(tmp_path: Path) -> None:
    (tmp_path / ".issues").mkdir()
    (tmp_path / ".issues" / "config.toml").write_text(UNTRACKED)
    uri, keys = (tmp_path / "x.py").as_uri(), "# TODO: typed quickly\n" * 4
    async with wire(Side.OURS, tmp_path) as one:
        await one.initialize(tmp_path)
        one.open(uri, "")
        await one.hear(PUBLISH, lambda params: params["version"] == 1)
        line = column = 0
        for version, key in enumerate(keys, start=2):
            one.change(uri, version, change((line, column), (line, column), key))
            line, column = (line + 1, 0) if key == "\n" else (line, column + 1)
        last = await one.hear(PUBLISH, lambda params: params["version"] == len(keys) + 1)
        assert [finding["range"]["start"]["line"] for finding in last["params"]["diagnostics"]] == [0, 1, 2, 3]
        assert versions(one, uri) == sorted(versions(one, uri))
        assert len(versions(one, uri)) < len(keys) // 4
        for params in one.heard(PUBLISH):
            text = keys[: params["version"] - 1]
            assert len(params["diagnostics"]) == sum("TODO:" in row or row == "# TODO" for row in text.split("\n"))


async def test_what_is_asked_between_two_keys_has_the_first(tmp_path: Path) -> None:
    uri = (tmp_path / "x.py").as_uri()
    async with wire(Side.OURS, tmp_path) as one:
        await one.initialize(tmp_path)
        one.open(uri, "# TODO: look\n")
        asked = []
        for version in range(2, 7):
            one.change(uri, version, change((0, 0), (0, 0), "\n"))
            asked.append(one.ask("textDocument/codeLens", {"textDocument": {"uri": uri}}))
            await one.answer(asked[-1])
            [lens] = (await one.answer(asked[-1]))["result"]
            assert lens["range"]["start"]["line"] == version - 1
            assert lens["command"]["arguments"][0]["version"] == version


def large_text() -> str:
    """A Python text with strings and comments that go over lines, longer than LARGE."""
    parts = [
        '"""Says hello.\n\nTODO: say more\n"""\n',
        "x = '''\n# TODO: no\n'''\n",
        "# TODO: one\n#   more\n",
        "y = 1\n" * 9,
    ]
    text = "".join(parts)
    return text * (LARGE // len(text) + 1)


def edits(lines: int) -> Iterator[dict[str, Any]]:
    """Keys and pieces typed or deleted at random places, some of which open or close what goes over lines."""
    chance = random.Random(4)
    pieces = ["x", "\n", "\r\n", "#", "# TODO: typed\n", '"""', "'''", '"', "🐍", "TODO", "  ", "\u2028"]
    for _ in range(60):
        line, column = chance.randrange(lines), chance.randrange(8)
        end = (line + chance.choice([0, 0, 0, 1, 40]), chance.choice([column, column, column + 1]))
        yield change(
            (line, column), max(end, (line, column)), "".join(chance.choices(pieces, k=chance.choice([1, 1, 3])))
        )


async def test_a_large_text_shows_after_edits_what_it_shows_when_opened(tmp_path: Path) -> None:
    typed, opened = (tmp_path / "typed.py").as_uri(), (tmp_path / "opened.py").as_uri()
    text = large_text()
    async with wire(Side.OURS, tmp_path) as one:
        await one.initialize(tmp_path)
        one.open(typed, text)
        before = await todos(one, typed)
        assert len(before) > 1_000
        for version, edit in enumerate(edits(text.count("\n")), start=2):
            one.change(typed, version, edit)
            text = edited(text, edit)
            if version % 10 == 0:
                found = await todos(one, typed)
                assert found != before
                one.open(opened, text)
                assert found == await todos(one, opened)
                one.notify("textDocument/didClose", {"textDocument": {"uri": opened}})


def edited(text: str, edit: dict[str, Any]) -> str:
    """The text after an edit; slow and plain."""
    start, end = (offset(text, edit["range"][name]) for name in ("start", "end"))
    return text[:start] + edit["text"] + text[max(start, end) :]


def offset(text: str, place: dict[str, int]) -> int:
    """The offset of a position; beyond the line's or the text's end it is that end. Columns are in UTF-16."""
    rows = text.replace("\r\n", "\n\n").replace("\r", "\n")  # of the same length
    start = 0
    for _ in range(place["line"]):
        end = rows.find("\n", start)
        if end < 0:
            return len(text)
        start = end + (2 if text.startswith("\r\n", end) else 1)
    end = rows.find("\n", start)
    row = text[start : end if end >= 0 else len(text)]
    units = row.encode("utf-16-le")[: 2 * place["character"]]
    return start + len(units.decode("utf-16-le", "ignore"))


async def test_a_document_closed_amid_the_typing_shows_nothing_any_more(tmp_path: Path) -> None:
    uri, other = (tmp_path / "x.py").as_uri(), (tmp_path / "y.py").as_uri()
    async with wire(Side.OURS, tmp_path) as one:
        await one.initialize(tmp_path)
        one.open(uri, "x")
        await one.hear(PUBLISH, lambda params: params["uri"] == uri)
        one.open(other, "y")
        for version in range(2, 9):
            one.change(uri, version, {"text": "# TODO: look\n"})
            one.change(other, version, {"text": "# TODO: look\n"})
        one.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        # Typed into later, so what waited for the pause of the first one is over, too.
        await one.hear(PUBLISH, lambda params: params["uri"] == other and params.get("version") == 8)
        told = [params for params in one.heard(PUBLISH) if params["uri"] == uri]
        assert [params.get("version") for params in told] == [1, None]
        one.change(other, 9, {"text": "z"})
        assert await one.leave() == 0


@pytest.mark.parametrize(("language", "comment"), [("python", "# TODO: look"), ("rust", "// TODO: look")])
async def test_a_cell_of_a_notebook_opened_as_a_document(tmp_path: Path, language: str, comment: str) -> None:
    uri = (tmp_path / "a book.ipynb").as_uri().replace("file://", "vscode-notebook-cell:") + "#W0sZmlsZQ%3D%3D"
    async with wire(Side.OURS, tmp_path) as one:
        await one.initialize(tmp_path)
        item = {"uri": uri, "languageId": language, "version": 1, "text": f"x\n{comment}\n"}
        one.notify("textDocument/didOpen", {"textDocument": item})
        assert await todos(one, uri) == [(1, comment.index("TODO"), len(comment))]
        one.change(uri, 2, change((0, 0), (1, 0), ""))
        assert await todos(one, uri) == [(0, comment.index("TODO"), len(comment))]
