"""Two users on one machine: the folder of the sockets is one that nobody else can enter or has made."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

import pytest
from tests.support.cli import run
from tests.support.daemons import workspace

from issuelens.domain.errors import StorageError
from issuelens.ipc import launch
from issuelens.ipc.endpoint import private_folder, read_endpoint

SOMEBODY_ELSE = 54321
by_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")


def mode_of(path: Path) -> int:
    """Permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


def test_without_a_runtime_folder(own_environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    monkeypatch.setenv("TMPDIR", str(own_environment))
    monkeypatch.setenv("ISSUELENS_IDLE_SECONDS", "60")
    space = workspace(tmp_path / "p")
    assert run(space.root, "create", "x").returncode == 0
    endpoint = read_endpoint(space)
    assert endpoint is not None
    assert endpoint.socket is not None
    folder = Path(endpoint.socket).parent
    assert (mode_of(folder), mode_of(Path(endpoint.socket))) == (0o700, 0o600)
    assert folder.stat().st_uid == os.getuid()
    assert launch.stop(space)


@by_root
def test_a_runtime_folder_of_somebody_else_is_not_used(own_environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = own_environment / "run" / "issuelens"
    theirs.mkdir(mode=0o777)
    os.chown(theirs, SOMEBODY_ELSE, SOMEBODY_ELSE)
    monkeypatch.setattr(tempfile, "tempdir", str(own_environment))
    folder = private_folder()
    assert folder != theirs
    assert (folder.stat().st_uid, mode_of(folder)) == (os.getuid(), 0o700)
    assert theirs.stat().st_uid == SOMEBODY_ELSE


@by_root
def test_folders_that_somebody_else_has_made_beforehand(
    own_environment: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TMPDIR", str(own_environment))
    for folder in (own_environment / "run" / "issuelens", own_environment / f"issuelens-{os.getuid()}"):
        folder.mkdir(mode=0o777)
        os.chown(folder, SOMEBODY_ELSE, SOMEBODY_ELSE)
    done = run(workspace(tmp_path / "p").root, "create", "x")
    assert done.returncode == 1
    assert "There is no folder for the daemon's socket: " in done.stderr
    assert "belongs to another user" in done.stderr


def test_a_link_to_a_folder_is_not_followed(
    own_environment: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(own_environment))
    (tmp_path / "elsewhere").mkdir(mode=0o755)
    for link in (own_environment / "run" / "issuelens", own_environment / f"issuelens-{os.getuid()}"):
        link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageError, match="is not a folder"):
        private_folder()
    assert mode_of(tmp_path / "elsewhere") == 0o755
