"""Other users of the same machine: what they can enter, read and ask."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.cli import Place
from tests.support.raw import asked, request

from issuelens.domain.errors import StorageError
from issuelens.ipc import endpoint, launch
from issuelens.ipc.endpoint import read_endpoint

NOBODY = 65534
needs_root = pytest.mark.skipif(
    not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can act as another user"
)
PRIVATE = ("issues.db", "issues.db-wal", "issues.db-shm", "daemon.json", "daemon.log", "daemon.lock")
SHARED = ("config.toml", ".gitignore", "issues.jsonl")

AS_NOBODY = f"""
import json, os, socket, sys
names, path, text = json.load(sys.stdin)
os.setgroups([]); os.setresgid({NOBODY}, {NOBODY}, {NOBODY}); os.setresuid({NOBODY}, {NOBODY}, {NOBODY})
found = {{}}
for name in names:
    try:
        found[name] = bool(os.listdir(name) or True) if os.path.isdir(name) else bool(open(name, "rb").read() or True)
    except OSError as error:
        found[name] = type(error).__name__
try:
    with socket.socket(socket.AF_UNIX) as one:
        one.connect(path)
        one.sendall(text.encode())
        found["socket"] = one.recv(65536).decode("latin-1").split("\\r\\n")[0]
except OSError as error:
    found["socket"] = type(error).__name__
print(json.dumps(found))
"""


@pytest.fixture(params=[0o022, 0o000], ids=["umask 022", "umask 000"])
def place(request: pytest.FixtureRequest, own_environment: Path, patient_daemon: None) -> Iterator[Place]:
    """A workspace in a folder that everybody can enter, used for a while."""
    own_environment.chmod(0o755)
    before = os.umask(request.param)
    try:
        one = Place(own_environment / "p")
        one.create("a title")
        one.space.jsonl.write_text("garbled\n")
        one.space.jsonl.chmod(0o644)
        one.ok("sync")
        one.process("edit", one.create("another"), env={**os.environ, "EDITOR": "false"})
    finally:
        os.umask(before)
    yield one
    one.close()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_this_machines_files_are_their_owners_alone_whatever_the_umask(place: Place) -> None:
    folder = place.space.directory
    assert {name: oct(mode(folder / name)) for name in PRIVATE} == dict.fromkeys(PRIVATE, oct(0o600))
    for private in (place.space.aside, place.space.drafts):
        assert mode(private) == 0o700
        [file] = private.iterdir()
        assert mode(file) == 0o600
    assert {mode(folder / name) for name in SHARED} == {0o644}
    assert mode(folder) & 0o002 == 0
    # One that others could read is closed to them.
    place.close()
    place.space.database.chmod(0o666)
    place.create("once more")
    assert mode(place.space.database) == 0o600


@needs_root
@pytest.mark.parametrize("place", [0o000], indirect=True)
def test_another_user_can_neither_read_nor_connect_nor_use_the_token(place: Place) -> None:
    space, there = place.space, read_endpoint(place.space)
    assert there is not None
    assert there.socket is not None
    names = [str(space.directory / name) for name in PRIVATE] + [str(space.aside), str(space.drafts)]
    text = request("/rpc", token=there.token)
    assert as_nobody(names, there.socket, text) == dict.fromkeys([*names, "socket"], "PermissionError")
    # Where the folder lets others in, the daemon asks the kernel who is there.
    Path(there.socket).chmod(0o777)
    for folder in Path(there.socket).parents[:2]:
        folder.chmod(0o711)
    assert as_nobody([], there.socket, text)["socket"].split()[1] == "403"
    assert asked(there, text).status == 200


def as_nobody(names: list[str], path: str, text: str) -> dict[str, str]:
    """What another user gets who reads these files and sends this request to a socket."""
    given = json.dumps([names, path, text])
    done = subprocess.run([sys.executable, "-c", AS_NOBODY], input=given, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


# The folder of the sockets


@pytest.fixture
def runtime(own_environment: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The runtime folder and the temporary one at once; its name is short enough for sockets."""
    (folder := own_environment / "r").mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    assert endpoint.private_folder() == folder / "issuelens"
    (folder / "issuelens").rmdir()
    return folder


def refused(reason: str) -> None:
    with pytest.raises(StorageError, match=f"There is no folder for the daemon's socket: .*{reason}"):
        endpoint.private_folder()


def test_a_link_in_the_place_of_the_sockets_folder_is_refused(runtime: Path) -> None:
    (runtime / "mine").mkdir()
    for name in ("issuelens", f"issuelens-{os.getuid()}"):
        (runtime / name).symlink_to(runtime / "mine")
    refused("/issuelens is not a folder; .*/issuelens-[0-9]+ is not a folder")


def test_a_sockets_folder_that_others_could_replace_is_refused(runtime: Path) -> None:
    runtime.chmod(0o777)
    refused("others can write to .*/r")
    runtime.chmod(0o1777)
    assert endpoint.private_folder().is_relative_to(runtime)
    runtime.chmod(0o700)
    runtime.parent.chmod(0o777)
    refused("others can write to")


@needs_root
def test_a_sockets_folder_of_another_user_is_refused(runtime: Path) -> None:
    for name in ("issuelens", f"issuelens-{os.getuid()}", f"runtime-{os.getuid()}"):
        (runtime / name).mkdir(mode=0o700)
        os.chown(runtime / name, NOBODY, NOBODY)
    refused("/issuelens belongs to another user; .*/issuelens-[0-9]+ belongs to another user")
    for name in ("issuelens", f"issuelens-{os.getuid()}"):
        os.chown(runtime / name, 0, 0)
    os.chown(runtime, NOBODY, NOBODY)
    refused("/r belongs to another user")


def test_a_port_is_believed_only_when_the_private_note_says_it_too(
    monkeypatch: pytest.MonkeyPatch, own_environment: Path, patient_daemon: None
) -> None:
    monkeypatch.setenv("ISSUELENS_TRANSPORT", "tcp")
    place = Place(own_environment / "p")
    there = launch.ensure_running(place.space)
    try:
        assert there.port is not None
        assert asked(there, request("/rpc", token=there.token)).status == 200
        assert asked(there, request("/rpc", token="guessed")).status == 401
        assert asked(there, request("/rpc", token="")).status == 401
        with socket.create_server(("127.0.0.1", 0)) as other:
            other.setblocking(False)
            forged = there._replace(port=other.getsockname()[1])
            endpoint.write_endpoint(place.space, forged)
            assert read_endpoint(place.space) is None
            with pytest.raises(BlockingIOError):
                other.accept()
        endpoint.write_endpoint(place.space, there)
        assert read_endpoint(place.space) == there
        monkeypatch.delenv("ISSUELENS_TRANSPORT")
        assert read_endpoint(place.space) is None
        monkeypatch.setenv("ISSUELENS_TRANSPORT", "tcp")
    finally:
        place.close()
