"""Files that are written whole or not at all, and what writers that were killed leave."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from issuelens.domain.errors import Refused
from issuelens.files import LEFTOVER_SECONDS, remove_leftovers, write_atomically, written_atomically
from issuelens.workspace import initialise


def _left(path: Path, *, age: float = LEFTOVER_SECONDS + 60) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text("half of")
    os.utime(path, (time.time() - age, time.time() - age))
    return path


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"old")
    with pytest.raises(TypeError, match="bytes-like"), written_atomically(path) as file:
        file.writelines([b"new", "no bytes"])  # type: ignore[list-item]
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_permissions_are_there_with_the_content(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"secret", 0o600)
    assert path.stat().st_mode & 0o777 == 0o600
    write_atomically(path, b"shared", 0o664, durable=False)
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"shared", 0o664)


def test_writing_a_file_removes_what_killed_writers_of_it_left(tmp_path: Path) -> None:
    stale = _left(tmp_path / ".file.abcdefgh.part")
    at_work = _left(tmp_path / ".file.ijklmnop.part", age=60)
    another = _left(tmp_path / ".other.abcdefgh.part")
    not_ours = _left(tmp_path / ".file.swp")
    path = tmp_path / "file"
    write_atomically(path, b"new")
    assert not stale.exists()
    assert sorted(tmp_path.iterdir()) == sorted([at_work, another, not_ours, path])


def test_a_workspace_is_cleared_of_leftovers_and_of_nothing_else(tmp_path: Path) -> None:
    space = initialise(tmp_path, "app")
    names = [".config.toml.a.part", ".pipe.a", "aside/.b.part", "edit/.app-1.md.c.part", "templates/.bug.md.d.part"]
    stale = [_left(space.directory / name) for name in names]
    keep = [_left(space.directory / name) for name in ("edit/app-1.md", "templates/bug.md", "aside/x.jsonl", ".mine")]
    young = _left(space.directory / ".pipe.b", age=60)
    (space.directory / ".folder.part").mkdir()
    assert sorted(space.remove_leftovers()) == sorted(stale)
    assert not [path for path in stale if path.exists()]
    assert all(path.exists() for path in (*keep, young, space.config_file, space.directory / ".folder.part"))


def test_a_link_is_not_followed_and_a_missing_folder_is_no_error(tmp_path: Path) -> None:
    target = _left(tmp_path / "elsewhere" / "important")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / ".file.part").symlink_to(target)
    assert remove_leftovers(folder, ".") == []
    assert target.exists()
    assert remove_leftovers(tmp_path / "gone", ".") == []


def test_a_check_right_before_the_end_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "one.txt"
    path.write_text("old")

    def check(new: Path) -> None:
        assert new.read_bytes() == b"new"
        raise Refused("somebody else wrote it")

    with pytest.raises(Refused), written_atomically(path, check=check) as file:
        file.write(b"new")
    assert [one.read_text() for one in tmp_path.iterdir()] == ["old"]
