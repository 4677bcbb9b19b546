"""A malicious repository: what it puts in the place of our files, and what it names, leads nowhere and runs nothing."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.cli import Place
from tests.support.daemons import workspace
from tests.support.syncing import by_hand

import issuelens
from issuelens.domain.config import Config, flat_settings
from issuelens.domain.errors import InvalidConfig, NotInitialised, Refused, StorageError, Unreachable
from issuelens.ipc import launch, methods, oneshot
from issuelens.ipc.endpoint import Endpoint, read_endpoint, socket_path, write_endpoint
from issuelens.ipc.locks import FileLock
from issuelens.process import PYTHON
from issuelens.storage.database import Database
from issuelens.todos.engine import Finished, Found, ScanRequest, scan_here
from issuelens.todos.listing import Excluded
from issuelens.todos.scan import Skipped, read_source
from issuelens.todos.settings import ScanSettings
from issuelens.todos.walk import walked
from issuelens.workspace import Workspace, find_workspace, initialise, require_workspace

SECRET = "-----BEGIN KEY-----\nsecret\n"
OWN = (
    "config.toml", "issues.jsonl", "issues.db", "issues.db-wal", "issues.db-shm", "issues.db-journal", "daemon.json",
    "daemon.log", "daemon.log.1", "daemon.lock", "daemon.spawn.lock", ".gitignore", "templates", "edit", "aside",
    "conflicts",
)  # fmt: skip


def to_a_file(path: Path, outside: Path) -> None:
    path.symlink_to(outside)


def to_nothing(path: Path, outside: Path) -> None:
    path.symlink_to(outside.with_name("not-there"))


def to_a_folder(path: Path, outside: Path) -> None:
    path.symlink_to(outside.parent)


def as_a_pipe(path: Path, outside: Path) -> None:
    os.mkfifo(path)


# Files of .issues/


@pytest.mark.parametrize("put", [to_a_file, to_nothing, to_a_folder, as_a_pipe])
def test_nothing_is_started_where_a_file_of_ours_is_a_link_or_a_pipe(
    tmp_path: Path, put: Callable[[Path, Path], None]
) -> None:
    (tmp_path / "outside").mkdir()
    outside = tmp_path / "outside" / "secret"
    outside.write_text(SECRET)
    for name in OWN:
        space = workspace(tmp_path / name)
        path = space.directory / name
        path.unlink(missing_ok=True)
        put(path, outside)
        before = sorted(space.directory.iterdir())
        with pytest.raises((StorageError, Unreachable)):
            launch.ensure_running(space)
        with pytest.raises(StorageError):
            Database.open(space.database) if name.startswith("issues.db") else space.check_own_files()
        assert sorted(space.directory.iterdir()) == before
        assert [one.name for one in outside.parent.iterdir()] == ["secret"]
        assert outside.read_text() == SECRET


def test_locks_and_settings_follow_no_link_and_wait_for_no_pipe(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    for put in (to_nothing, as_a_pipe):
        put(space.daemon_lock, tmp_path / "outside")
        with pytest.raises(StorageError):
            FileLock(space.daemon_lock).acquire(wait=True)
        space.daemon_lock.unlink()
        space.config_file.unlink(missing_ok=True)
        put(space.config_file, tmp_path / "outside")
        with pytest.raises((InvalidConfig, NotInitialised)):
            space.read_config()
    space.config_file.unlink()
    (tmp_path / "secret").write_text("[x](y) secret")
    space.config_file.symlink_to(tmp_path / "secret")
    with pytest.raises(InvalidConfig, match="it is a link") as caught:
        space.read_config()
    assert "secret" not in str(caught.value).replace(str(tmp_path), "")
    assert not (tmp_path / "not-there").exists()


def test_issues_as_a_link_to_elsewhere_is_no_workspace_and_is_not_written_to(tmp_path: Path) -> None:
    other = workspace(tmp_path / "other")
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / ".issues").symlink_to(other.directory)
    assert find_workspace(tmp_path / "p") is None
    with pytest.raises(NotInitialised, match="is a link, and links are not followed"):
        require_workspace(tmp_path / "p")
    (tmp_path / "p" / ".issues").unlink()
    (tmp_path / "empty").mkdir()
    (tmp_path / "p" / ".issues").symlink_to(tmp_path / "empty")
    with pytest.raises(Refused, match="it is a link"):
        initialise(tmp_path / "p")
    assert list((tmp_path / "empty").iterdir()) == []


@pytest.mark.usefixtures("patient_daemon")
def test_a_link_that_comes_while_the_daemon_runs_is_not_followed(tmp_path: Path) -> None:
    place = Place(tmp_path / "p")
    by_hand(place.space)
    try:
        issue, space = place.create("x"), place.space
        (outside := tmp_path / "outside").mkdir()
        (outside / "key").write_text(SECRET)
        (outside / "bug.md").write_text("---\ntitle: secret\n---\n")
        place.process("edit", issue, env={**os.environ, "EDITOR": "false"})
        [draft] = space.drafts.iterdir()
        draft.unlink()
        draft.symlink_to(outside / "key")
        editor = {**os.environ, "EDITOR": "true"}
        assert "it is a link" in place.process("edit", issue, env=editor).stderr
        draft.unlink()
        space.drafts.rmdir()
        one = {"issue_id": issue, "field": "title", "kept": "x", "other": "secret", "kept_from": None, "other_at": ""}
        (outside / "note.json").write_text(json.dumps({"at": "", "mine": None, "conflicts": [one]}))
        for path in (space.drafts, space.aside, space.noted, space.templates):
            path.symlink_to(outside)
        place.ok("sync")
        assert place.json("conflicts") == []
        space.jsonl.unlink()
        assert "it is a link" in place.process("edit", issue, env=editor).stderr
        (tmp_path / "bad.jsonl").write_text('{"id":"app-1a2b","title":"t"}\n{\n')
        assert "it is a link" in place.refused("import", str(tmp_path / "bad.jsonl"))
        for command in (("show", "bug"), ("delete", "bug"), ("create", "new")):
            place.refused("template", *command)
        assert place.json("template", "list") == []
        space.jsonl.symlink_to(outside / "key")
        assert "is no file; nothing was changed" in place.refused("sync")
        assert space.jsonl.is_symlink()
        assert sorted(one.name for one in outside.iterdir()) == ["bug.md", "key", "note.json"]
        assert (outside / "key").read_text() == SECRET
    finally:
        place.close()


# daemon.json


@pytest.mark.usefixtures("own_environment")
def test_a_forged_endpoint_connects_to_nothing(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    (tmp_path / "run").mkdir(mode=0o700)
    (tmp_path / "issuelens").mkdir(mode=0o700)
    private = socket_path(space).parent
    with socket.create_server(("127.0.0.1", 0)) as port:
        port.setblocking(False)
        with socket.socket(socket.AF_UNIX) as elsewhere:
            elsewhere.bind(str(tmp_path / "run" / "agent.sock"))
            elsewhere.listen()
            elsewhere.setblocking(False)
            odd: list[dict[str, Any]] = [
                {"socket": str(tmp_path / "run" / "agent.sock")},
                {"socket": "run/agent.sock"},
                {"socket": "/dev/stdin"},
                {"socket": str(private / ".." / ".." / "run" / "agent.sock")},
                {"socket": str(private / "x.json")},
                {"socket": None, "port": port.getsockname()[1]},
                {"socket": "", "port": 0},
                {"socket": 7},
                {"socket": str(private / "x.sock"), "token": "t\r\nX-Evil: 1"},
            ]
            for one in odd:
                shape = {"pid": 1, "version": "1", "token": "t", "socket": None, "port": None}
                space.endpoint_file.write_text(json.dumps(shape | {"directory": str(space.directory)} | one))
                assert read_endpoint(space) is None, one
                with pytest.raises(Unreachable):
                    oneshot.call(space, methods.LIST, {})
            for listening in (port, elsewhere):
                with pytest.raises(BlockingIOError):
                    listening.accept()
    for content in (b"", b"[", b"[]", b'{"pid": []}', b"[" * 100_000, b"\xff", b" " * 100_000):
        space.endpoint_file.write_bytes(content)
        assert read_endpoint(space) is None


# What runs


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True, timeout=30)


def test_git_runs_no_program_that_a_repository_names(tmp_path: Path) -> None:
    root, ran = tmp_path / "p", tmp_path / "ran"
    root.mkdir()
    git(root, "init", "-q")
    (root / "a.py").write_text("# TODO: x\n")
    (root / "sub").mkdir()
    (root / "sub" / "b.py").write_text("# TODO: y\n")
    git(root, "add", "-A")
    program = root / "program"
    program.write_text(f"#!/bin/sh\ntouch '{ran}'\n")
    program.chmod(0o755)
    hook = root / ".git" / "hooks" / "post-index-change"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(program.read_text())
    hook.chmod(0o755)
    for name in ("core.fsmonitor", "core.pager", "core.sshCommand", "filter.x.clean", "core.editor"):
        git(root, "config", name, str(program))
    (root / ".gitattributes").write_text("* filter=x\n")
    settings = ScanSettings(tags=("TODO",))
    files = next(one for one in scan_here(ScanRequest(root, settings)) if isinstance(one, Finished)).files
    assert files >= 2
    # A folder that git takes for a repository of its own, as a clone can bring it.
    (bare := root / "bare").mkdir()
    git(bare, "init", "-q", "--bare")
    git(bare, "config", "core.fsmonitor", str(program))
    git(bare, "config", "core.bare", "false")
    git(bare, "config", "core.worktree", str(bare))
    assert isinstance([*scan_here(ScanRequest(bare, settings))][-1], Finished)
    assert not ran.exists()


@pytest.mark.usefixtures("patient_daemon")
def test_modules_of_a_repository_are_not_imported(tmp_path: Path) -> None:
    place = Place(tmp_path / "p")
    ran = tmp_path / "ran"
    for name in ("pathlib", "json", "socket", "issuelens", "sitecustomize", "encodings"):
        (place.root / f"{name}.py").write_text(f"open({str(ran)!r}, 'w').close()\n")
    # Started as the installed program is, which does not look there; what it starts in its turn must not either.
    command = [sys.executable, "-P", "-m", "issuelens"]
    for words in (("create", "x"), ("daemon", "restart"), ("daemon", "stop")):
        subprocess.run([*command, *words], cwd=place.root, check=True, capture_output=True, timeout=60)
    subprocess.run([*PYTHON, "-c", "import json"], cwd=place.root, check=True, capture_output=True, timeout=60)
    assert not ran.exists()
    # This is what happens otherwise, so that the files above are worth their names.
    subprocess.run([sys.executable, "-c", "import json"], cwd=place.root, check=True, capture_output=True, timeout=60)
    assert ran.exists()


def test_every_python_is_started_in_this_way() -> None:
    # -P leaves the current folder out (-I as well, and more); PYTHON is what all but one take.
    named = []
    for path in Path(issuelens.__file__).parent.rglob("*.py"):
        named += re.findall(r"sys\.executable\b(.{0,6})", path.read_text(encoding="utf-8"))
    assert set(named) <= {', "-P"', ', "-I"'}
    assert (sys.executable, "-P") == PYTHON


def test_no_setting_names_a_program_or_a_place() -> None:
    # A new setting has to be looked at: may a repository say that?
    known = {"prefix", "recognised_prefixes", "todos.tags", "todos.exclude", "code-lens.enabled", "daemon.idle-seconds"}
    known |= {"todos.plain-text", "todos.size-limit"}
    known |= {"code-lens.tracked", "code-lens.untracked", "code-lens.references", "inlay-hints.enabled"}
    # Of sync: whether, when and in how many parts the file is written that the repository holds in any case; and on
    # which branch, which has to be one of issues (tests/unit/repository/test_own_branch.py).
    known |= {"semantic-tokens.enabled", "document-symbols.todos"}
    known |= {"sync.automatic", "sync.delay-seconds", "sync.layout", "sync.branch"}
    # Of git: whether commits close issues, by operations that can be undone; git's log is printed, nothing else is run.
    known |= {"git.closes"}
    rules = ("closed-reference", "closed-todo", "unknown-reference", "merged-reference", "untracked-todo")
    known |= {f"diagnostics.{rule}" for rule in (*rules, "duplicate-todo", "overdue", "cycle", "conflict", "workspace")}
    assert {name for name in flat_settings(Config()) if not name.startswith("statuses.")} == known


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.sampled_from(["!..", "../*", "/etc/passwd", "!/", "!*", "*", "a*", "!../outside/*", "\\", "[", "!"]))
)
def test_exclude_can_only_leave_files_out(patterns: list[str]) -> None:
    names = [b"a", b"a/b.py", b"../outside/x", b"!/b", b"etc/passwd"]
    assert set(Excluded(patterns).kept(names)) <= set(names)


def test_a_pattern_with_many_wildcards_is_refused_and_takes_no_time(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    slow = "*a" * 20 + "*b"
    space.config_file.write_text(f'[todos]\nexclude = ["{slow}"]\n')
    with pytest.raises(InvalidConfig, match=r"line 2: exclude: .* has too many \*"):
        space.read_config()
    (space.root / ("a" * 200 + ".py")).write_text("")
    (space.root / ".gitignore").write_text(f"{slow}\n" + "**/" * 50 + "b\n" + "*.pyc\n")
    (space.root / "x.pyc").write_text("")
    # Without git, the walk reads .gitignore itself; were the pattern tried in every way, it would never end.
    names = sorted(walked(str(space.root)))
    assert names == [b".gitignore", b"a" * 200 + b".py"]
    assert Excluded([slow]).kept(names) == names
    space.config_file.write_text('[todos]\nexclude = ["vendor/**/*.min.*.js", "*a*b*", "**/x/**"]\n')
    assert len(space.read_config().todos.exclude) == 3


# The scan


def test_the_scan_stays_in_the_workspace_and_opens_ordinary_files_only(tmp_path: Path) -> None:
    root, outside = tmp_path / "p", tmp_path / "outside"
    (root / "src").mkdir(parents=True)
    outside.mkdir()
    for folder in (root / "src", outside):
        (folder / "a.py").write_text("# TODO: x\n")
    git(root, "init", "-q")
    git(root, "add", "-A")
    (root / "src" / "a.py").unlink()
    (root / "src").rmdir()
    (root / "src").symlink_to(outside)
    (root / "link.py").symlink_to(outside / "a.py")
    (root / "zero.py").symlink_to("/dev/zero")
    os.mkfifo(root / "pipe.py")
    for is_repository in (True, False):
        if not is_repository:
            shutil.rmtree(root / ".git")
            os.mkfifo(root / ".gitignore")
        request = ScanRequest(root, ScanSettings(tags=("TODO",)))
        assert [message for message in scan_here(request) if isinstance(message, Found) and message.findings] == []
        for name in ("src", "link.py", "zero.py", "pipe.py"):
            assert isinstance(read_source(root / name), Skipped)


def test_an_id_is_no_path(tmp_path: Path) -> None:
    space = Workspace(tmp_path, tmp_path / ".issues")
    for issue_id in ("../../outside", "/etc/passwd", "a/../../b", ".", "..", "-", "a\0b", "x" * 300, "\u202e", "A.1"):
        draft = space.draft(issue_id)
        assert draft.parent == space.drafts
        assert draft.name not in (".", "..")
        assert len(os.fsencode(draft.name)) < 255
        assert draft.name.isascii()
        assert draft.name.isprintable()


def test_the_endpoint_of_this_user_is_read(tmp_path: Path) -> None:
    # So that what is refused above is not refused because nothing ever is read.
    space = workspace(tmp_path / "p")
    there = Endpoint(pid=1, version="1", token="t", socket=str(socket_path(space)), directory=str(space.directory))
    write_endpoint(space, there)
    assert read_endpoint(space) == there
