"""`init --git` is all or nothing, or says what stayed: with a git whose settings another one locks amid the changes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.cli import done_here
from tests.support.git_setup import Repository

pytestmark = pytest.mark.usefixtures("patient_daemon")
GIT_WITH_A_LOCK = """\
#!/bin/sh
# Another git holds the lock of the settings while the second change is tried; `keeps` says whether also afterwards.
case "$*" in *--replace-all*|*--unset-all*)
    echo >> {count}
    if [ "$(wc -l < {count})" -eq 2 ]; then
        touch {lock}
        {git} "$@"
        code=$?
        {keeps} || rm {lock}
        exit $code
    fi
esac
exec {git} "$@"
"""


@pytest.fixture
def locked_meanwhile(repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Makes another git take the lock of the settings between the first change and the second."""

    def begin(keeps: bool) -> None:
        words = {"count": tmp_path / "count", "lock": repository.root / ".git" / "config.lock"}
        words |= {"git": shutil.which("git"), "keeps": "true" if keeps else "false"}
        program = tmp_path / "bin" / "git"
        program.parent.mkdir()
        program.write_text(GIT_WITH_A_LOCK.format(**words))
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)

    return begin


@pytest.mark.parametrize("content", [None, b"*.png binary\n"])
def test_when_the_second_setting_fails_the_first_is_put_back(
    repository: Repository, locked_meanwhile: Callable[[bool], None], content: bytes | None
) -> None:
    if content is not None:
        repository.attributes.write_bytes(content)
    repository.ok("init")
    locked_meanwhile(False)
    assert "`git config` failed" in repository.refused("init", "--git")


def test_when_the_second_setting_cannot_be_taken_out_the_first_is_put_back(
    repository: Repository, locked_meanwhile: Callable[[bool], None]
) -> None:
    repository.ok("init", "--git")
    locked_meanwhile(False)
    assert "`git config` failed" in repository.refused("init", "--undo")


def test_what_cannot_be_put_back_is_named(repository: Repository, locked_meanwhile: Callable[[bool], None]) -> None:
    repository.ok("init")
    before = repository.state()
    locked_meanwhile(True)
    done = done_here(repository.root, "init", "--git")
    assert done.code == 1
    assert "merge.issuelens.name could not be put back" in done.err
    assert "nothing was changed" not in done.err
    assert not repository.attributes.exists()
    (repository.root / ".git" / "config.lock").unlink()
    repository.ok("init", "--undo")
    assert repository.state() == before | {"issues": None}
