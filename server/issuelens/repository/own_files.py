"""The files of issues on a branch of their own: read, merged and made into trees without a work tree.

No filter and no attribute of a repository has a part in it: what is committed are the bytes of the files.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from attrs import define

from issuelens.domain.errors import Refused
from issuelens.domain.plain import one_line
from issuelens.files import mode_of, written_atomically
from issuelens.ordinary import check_folder, check_ordinary
from issuelens.repository.hand import merged_by_hand
from issuelens.repository.looking import Checkout
from issuelens.repository.merging import ChangedMeanwhile
from issuelens.repository.running import Git
from issuelens.workspace import Workspace

_NAME: Final = re.compile(r"issues\.jsonl|issues/[0-9a-f]{2}\.jsonl")
_MODE: Final = "100644"

Blobs = Mapping[str, str]
"""Ids of contents by path from the top of the work tree."""


@define
class OwnFiles:
    """Files of issues, in the work tree and in commits that have nothing else.

    Args:
        git: at the top of the work tree.
        workspace: whose files.
        checkout: the branch of issues.
    """

    git: Git
    workspace: Workspace
    checkout: Checkout

    def here(self) -> Blobs:
        """What stands in the work tree.

        Raises:
            Refused: when it can't be read.
        """
        self._check_folders()
        paths = [one.relative_to(self.checkout.top).as_posix() for one in self.workspace.shared_files]
        if not paths:
            return {}
        ids = os.fsdecode(self.git.run("hash-object", "-w", "--no-filters", "--", *paths)).split()
        return dict(zip(paths, ids, strict=True))

    def of(self, commit: str | None) -> Blobs:
        """What a commit has.

        Raises:
            Refused: when it has anything but files of issues.
        """
        if commit is None:
            return {}
        lines = os.fsdecode(self.git.run("ls-tree", "-r", "-z", commit)).split("\0")
        parts = (line.partition("\t") for line in lines if line)
        return {path: self._checked(facts, path) for facts, _, path in parts}

    def _checked(self, facts: str, path: str) -> str:
        mode, kind, blob = facts.split()
        name = path.removeprefix(f"{self.checkout.directory}/")
        if name == path or not _NAME.fullmatch(name) or (mode, kind) != (_MODE, "blob"):
            raise Refused(
                f"The branch {self.checkout.branch} has something else than the issues of {self.checkout.directory} "
                f"({one_line(path)}), so issues are not put there. `issuelens config set sync.branch NAME` names "
                "another one."
            )
        return blob

    def tree(self, blobs: Blobs) -> str:
        """A tree of these files and nothing else."""
        lines = b"".join(os.fsencode(f"{_MODE} {blob}\t{path}\0") for path, blob in blobs.items())
        with tempfile.TemporaryDirectory(prefix="issuelens-") as folder:
            env = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            self.git.run("read-tree", "--empty", env=env)
            if lines:
                self.git.run("update-index", "-z", "--index-info", given=lines, env=env)
            return os.fsdecode(self.git.run("write-tree", env=env).strip())

    def merged(self, base: Blobs, ours: Blobs, theirs: Blobs) -> Blobs:
        """Both sides, issue by issue.

        Raises:
            Refused: when a file can't be merged.
        """
        paths = sorted({*ours, *theirs})
        found = {one: self._merged(one, base.get(one), ours.get(one), theirs.get(one)) for one in paths}
        return {path: blob for path, blob in found.items() if blob is not None}

    def _merged(self, path: str, base: str | None, ours: str | None, theirs: str | None) -> str | None:
        if theirs in (ours, base):
            return ours
        if ours == base:
            return theirs
        if ours is None or theirs is None:
            # Removed on one side, when issues moved to other files; the next import takes its lines in.
            return ours or theirs
        sides = {number: one for number, one in ((1, base), (2, ours), (3, theirs)) if one is not None}
        contents = {number: self._content(one) for number, one in sides.items()}
        content = merged_by_hand(self.git, path, {1: b"", **contents})
        return os.fsdecode(self.git.run("hash-object", "-w", "--stdin", given=content).strip())

    def _content(self, blob: str) -> bytes:
        return self.git.run("cat-file", "blob", blob, is_network=True)

    # Writing

    def write(self, before: Blobs, after: Blobs) -> bool:
        """Makes the files of the work tree from what was read into something else; whether any was to be changed.

        Raises:
            ChangedMeanwhile: when one is not as it was read any more; it stays then.
            Refused: when one can't be written.
        """
        paths = sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
        self._check_folders()
        try:
            for path in paths:
                self._write(path, before.get(path), after.get(path))
        except OSError as error:
            raise Refused(
                f"{error.filename or self.workspace.directory} can't be written: {error.strerror}. What was committed "
                f"and merged is on {self.checkout.branch}; sync again to take it in."
            ) from error
        return bool(paths)

    def _write(self, path: str, before: str | None, after: str | None) -> None:
        file = self.checkout.top / path
        if after is None:
            self._check_same(file, before)
            file.unlink(missing_ok=True)
            return
        content = self._content(after)
        if file.parent == self.workspace.shards:
            file.parent.mkdir(mode=0o775, exist_ok=True)
        check_ordinary(file)
        with written_atomically(file, mode_of(file), check=lambda _new: self._check_same(file, before)) as new:
            new.write(content)

    def _check_same(self, file: Path, before: str | None) -> None:
        now = self.git.line("hash-object", "--no-filters", "--", str(file)) if os.path.lexists(file) else ""
        if now != (before or ""):
            raise ChangedMeanwhile

    def _check_folders(self) -> None:
        try:
            check_folder(self.workspace.directory)
            check_folder(self.workspace.shards)
        except OSError as error:
            raise Refused(f"{error.filename}: {error.strerror}. Move it away, then sync again.") from error
