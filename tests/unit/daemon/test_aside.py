"""What is put aside is there with the import that it is of, and nothing takes it away again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from issuelens.daemon.aside import Aside
from issuelens.domain.errors import Refused
from issuelens.domain.imports import Unreadable


def kept(folder: Path, name: str, *texts: str) -> Path:
    aside = Aside(folder, name)
    for number, text in enumerate(texts, 1):
        aside.put(Unreadable(number, "it is no JSON", text))
    path = aside.keep()
    aside.discard()
    assert path is not None
    return Path(path)


def texts_of(path: Path) -> list[str]:
    return [json.loads(line)["text"] for line in path.read_bytes().splitlines()]


def test_other_lines_have_another_file_and_the_same_lines_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "aside"
    first, second = kept(folder, "standard input", "a", "b"), kept(folder, "standard input", "c")
    assert (texts_of(first), texts_of(second)) == (["a", "b"], ["c"])
    assert kept(folder, "standard input", "a", "b") == first
    assert sorted(folder.iterdir()) == sorted([first, second])


def test_lines_that_stand_elsewhere_now_are_the_same(tmp_path: Path) -> None:
    def at(number: int) -> str | None:
        aside = Aside(tmp_path, "issues.jsonl")
        aside.put(Unreadable(number, "it is no JSON", "text"))
        return aside.keep()

    assert at(1) == at(2)
    [path] = tmp_path.iterdir()
    assert json.loads(path.read_bytes())["line"] == 2


def test_without_lines_nothing_is_made(tmp_path: Path) -> None:
    aside = Aside(tmp_path / "aside", "x.jsonl")
    assert aside.keep() is None
    aside.discard()
    assert list(tmp_path.iterdir()) == []


def test_what_was_not_kept_is_gone(tmp_path: Path) -> None:
    aside = Aside(tmp_path, "x.jsonl")
    aside.put(Unreadable(1, "why", "text"))
    aside.discard()
    aside.discard()
    assert list(tmp_path.iterdir()) == []


def test_only_what_this_import_made_is_withdrawn(tmp_path: Path) -> None:
    earlier = kept(tmp_path, "x.jsonl", "same")
    aside = Aside(tmp_path, "x.jsonl")
    aside.put(Unreadable(1, "it is no JSON", "same"))
    assert aside.keep() == str(earlier)
    aside.withdraw()
    assert texts_of(earlier) == ["same"]
    other = Aside(tmp_path, "x.jsonl")
    other.put(Unreadable(1, "it is no JSON", "other"))
    other.keep()
    other.withdraw()
    assert list(tmp_path.iterdir()) == [earlier]


@pytest.mark.parametrize("name", ["🎉" * 60, "a" * 300, "/in/a/folder/x.jsonl", "\x1b[2J\n", "\udcff.jsonl", "", "/"])
def test_every_name_gives_a_file(tmp_path: Path, name: str) -> None:
    path = kept(tmp_path, name, "\udcff text")
    assert (path.parent, texts_of(path)) == (tmp_path, ["\udcff text"])
    assert len(path.name.encode()) < 200
    assert path.name.isprintable()


def test_a_folder_that_can_not_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "aside").write_text("a file in its place")
    aside = Aside(tmp_path / "aside", "x.jsonl")
    with pytest.raises(
        Refused, match=r"put aside: .*/aside can't be written \(it is no folder\)\. Nothing was changed"
    ):
        aside.put(Unreadable(1, "why", "text"))
    aside.discard()


def test_a_folder_in_the_place_of_the_file_is_told(tmp_path: Path) -> None:
    path = kept(tmp_path, "x.jsonl", "a")
    path.unlink()
    path.mkdir()
    aside = Aside(tmp_path, "x.jsonl")
    aside.put(Unreadable(1, "it is no JSON", "a"))
    with pytest.raises(Refused, match=r"could not be put aside: .* Nothing was changed"):
        aside.keep()
    aside.discard()
    assert list(tmp_path.iterdir()) == [path]
