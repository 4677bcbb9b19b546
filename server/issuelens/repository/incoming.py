"""What a merge may bring into the work tree: nothing in the place of this machine's own files, or of what git ignores.

`read-tree -u` overwrites ignored files without a word, as `git merge` does; the database of issues is one of them.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from attrs import define

from issuelens.domain.errors import Refused
from issuelens.domain.plain import one_line
from issuelens.domain.shared_names import is_carried
from issuelens.repository.looking import Checkout, Upstream
from issuelens.repository.running import Git

_ABSENT: Final = "000000"
_FILES: Final = ("100644", "100755")
_CHUNK: Final = 200
"""Paths that one git is given."""
_SHOWN: Final = 5


@define
class Incoming:
    """Looks at the difference of two commits before the work tree gets it.

    Args:
        git: at the top of the work tree.
        checkout: where the workspace stands.
    """

    git: Git
    checkout: Checkout

    def check(self, old: str, new: str, upstream: Upstream) -> None:
        """Looks whether something of this machine would be lost.

        Raises:
            Refused: when `.issues/` would be no folder any more, or get what a team does not share; or when a file
                that git ignores or does not know would be overwritten.
        """
        raw = self.git.run("diff-tree", "-r", "-z", "--no-renames", "--raw", old, new).split(b"\0")
        modes = {os.fsdecode(path): os.fsdecode(facts[1:]).split()[:2] for facts, path in _pairs(raw)}
        wrong = [path for path, (_, mode) in modes.items() if self._why_not(path, mode)]
        if wrong:
            raise Refused(
                f"{upstream.name} can't be merged: {self._why_not(wrong[0], modes[wrong[0]][1])}. Nothing was merged "
                f"or pushed. Have that taken back there, or look at it and run `git merge {upstream.name}`."
            )
        lost = self._lost([path for path, (before, mode) in modes.items() if before == _ABSENT != mode])
        if lost:
            more = f" and {len(lost) - _SHOWN:,} more" if len(lost) > _SHOWN else ""
            raise Refused(
                f"{upstream.name} can't be merged, since files of yours that git ignores or does not know would be "
                f"overwritten: {one_line(', '.join(lost[:_SHOWN]))}{more}. Nothing was merged or pushed. Move them "
                "away, then sync again."
            )

    def _why_not(self, path: str, mode: str) -> str:
        """Why this machine can't have a path in this mode; empty when it can."""
        folder = f"{self.checkout.directory}/"
        if folder.startswith(f"{path}/"):
            return "" if mode == _ABSENT else f"{one_line(path)} is no folder there"
        name = path.removeprefix(folder)
        if name == path:
            return ""
        if not is_carried(name) and not name.startswith("templates/"):
            return f"it has or removes {one_line(path)}, which is a file of this machine"
        return "" if mode in (_ABSENT, *_FILES) else f"{one_line(path)} is no ordinary file there"

    # What is in the way

    def _lost(self, added: list[str]) -> list[str]:
        """Files without git that stand where others would be put."""
        ways = sorted({one for path in added if (one := self._in_the_way(path))})
        found: list[str] = []
        for start in range(0, len(ways), _CHUNK):
            listed = self.git.run("ls-files", "--others", "-z", "--", *ways[start : start + _CHUNK])
            found += [os.fsdecode(one) for one in listed.split(b"\0") if one]
        return found

    def _in_the_way(self, path: str) -> str:
        """What stands at a path, or is no folder on the way to it; empty for nothing."""
        folders = [str(one) for one in PurePosixPath(path).parents][-2::-1]
        for one in (*folders, path):
            try:
                mode = (self.checkout.top / one).lstat().st_mode
            except OSError:
                return ""
            if not stat.S_ISDIR(mode):
                return one
        return path


def _pairs(raw: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    return zip(raw[::2], raw[1::2], strict=False)
