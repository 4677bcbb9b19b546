"""A git in front of the real one: it counts how often files are listed, and can be held up when it lists them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

_SCRIPT = """\
#!/bin/sh
for word in "$@"; do
    if [ "$word" = --others ]; then
        echo listed >> "{folder}/lists"
        if [ -e "{folder}/held" ]; then
            read line < "{folder}/gate"
        fi
    fi
done
exec "{git}" "$@"
"""


class CountingGit:
    """The real git is found behind it; `held` makes it wait before it lists untracked files."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        git = shutil.which("git")
        assert git is not None
        folder.mkdir()
        self._folder = folder
        os.mkfifo(folder / "gate")
        script = folder / "git"
        script.write_text(_SCRIPT.format(folder=folder, git=git))
        script.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    @property
    def lists(self) -> int:
        """How often untracked files were listed, which each scan does once."""
        path = self._folder / "lists"
        return len(path.read_text().splitlines()) if path.exists() else 0

    def hold(self) -> None:
        """From now on it waits."""
        (self._folder / "held").touch()

    def let_go(self) -> None:
        """It waits no more; one that waits goes on."""
        (self._folder / "held").unlink()
        try:
            gate = os.open(self._folder / "gate", os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            return  # none waits
        os.write(gate, b"go\n" * 10)
        os.close(gate)
