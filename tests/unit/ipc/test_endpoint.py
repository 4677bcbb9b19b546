"""daemon.json and the folder of the sockets."""

from __future__ import annotations

from pathlib import Path

import pytest

from issuelens.domain.errors import StorageError
from issuelens.ipc import endpoint
from issuelens.ipc.endpoint import Endpoint
from issuelens.workspace import Workspace


def space(folder: Path) -> Workspace:
    (folder / ".issues").mkdir(parents=True)
    return Workspace(folder, folder / ".issues")


def test_an_endpoint_is_read_as_it_was_written_and_by_its_owner_only(tmp_path: Path) -> None:
    one = space(tmp_path)
    assert endpoint.read_endpoint(one) is None
    told = Endpoint(pid=1, version="1", token="t", socket=str(endpoint.socket_path(one)), directory=str(one.directory))
    endpoint.write_endpoint(one, told)
    assert endpoint.read_endpoint(one) == told
    assert one.endpoint_file.stat().st_mode & 0o777 == 0o600
    one.endpoint_file.write_text('{"pid": 1')
    assert endpoint.read_endpoint(one) is None


def test_the_sockets_folder_is_ours_alone(own_environment: Path) -> None:
    folder = endpoint.private_folder()
    assert folder.is_relative_to(own_environment)
    folder.chmod(0o755)
    assert endpoint.private_folder().stat().st_mode & 0o777 == 0o700


def test_long_names_meet_no_limit(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a-rather-long-folder-name"] * 8)
    assert len(str(endpoint.socket_path(space(deep)))) < endpoint.SOCKET_PATH_LIMIT


def test_no_folder_at_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "file"))
    with pytest.raises(StorageError, match="There is no folder for the daemon's socket"):
        endpoint.private_folder()
