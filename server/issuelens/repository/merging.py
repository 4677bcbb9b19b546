"""Merges an upstream branch, when that is clean: looked at first, then done by plumbing, which keeps what is staged.

Why not `git merge`: it refuses as soon as anything is staged, and stops in its midst on a conflict.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from attrs import define, frozen

from issuelens.domain.errors import Refused
from issuelens.domain.plain import one_line
from issuelens.domain.shared_names import is_shared
from issuelens.repository import attributes
from issuelens.repository.committing import Committing
from issuelens.repository.driver import driver_command
from issuelens.repository.filters import check_unfiltered_there
from issuelens.repository.hand import merged_by_hand
from issuelens.repository.incoming import Incoming
from issuelens.repository.looking import Checkout, Upstream, check_still, commit_of
from issuelens.repository.notes import noting_apart
from issuelens.repository.running import Git
from issuelens.workspace import DIRECTORY_NAME

OLDEST: Final = (2, 38)
"""The first version of git that merges without touching files (`merge-tree --write-tree`)."""
_SHOWN: Final = 5


class ChangedMeanwhile(Exception):
    """A file of issues was written since it was committed: it is to be committed first."""


@frozen
class Ahead:
    """How a branch and its upstream stand to each other: the commits of both, and how many only one has."""

    ours: str
    theirs: str
    outgoing: int
    incoming: int

    @property
    def is_forward(self) -> bool:
        """Whether the branch has only to be moved to its upstream."""
        return not self.outgoing


@frozen
class _Stage:
    """A version of a file about which a merge could not decide: 1 is the common ancestor, 2 ours, 3 theirs."""

    mode: str
    blob: str
    number: int


@define
class Merging:
    """Merges an upstream.

    Args:
        git: at the top of the work tree.
        checkout: where the workspace stands.
        committing: makes the commit.
    """

    git: Git
    checkout: Checkout
    committing: Committing
    _conflicts: str = ""
    """What is to be said of fields that both sides had changed."""

    def ahead(self, upstream: Upstream) -> Ahead | None:
        """How the branch stands to its upstream; None when that is not there yet."""
        ours, theirs = commit_of(self.git, self.checkout.ref), commit_of(self.git, upstream.tracking)
        if ours is None or theirs is None:
            return None
        counts = self.git.run("rev-list", "--left-right", "--count", f"{ours}...{theirs}").split()
        return Ahead(ours, theirs, int(counts[0]), int(counts[1]))

    def merge(self, upstream: Upstream, ahead: Ahead) -> str:
        """Merges, and updates the files of the work tree; what was done, in words.

        Raises:
            Refused: when there is a conflict, or a local change would be overwritten; nothing was changed then.
            ChangedMeanwhile: when a file of issues was written meanwhile.
        """
        check_unfiltered_there(self.git, self.checkout, upstream, ahead.theirs)
        with noting_apart(self.git, self.committing.workspace.noted):
            return self._merge(upstream, ahead)

    def _merge(self, upstream: Upstream, ahead: Ahead) -> str:
        if ahead.is_forward:
            new, what = ahead.theirs, "moved forward"
        else:
            message = f"Merge remote-tracking branch '{upstream.name}'"
            new = self.committing.join(self._tree(upstream, ahead), (ahead.ours, ahead.theirs), message)
            what = f"commit {new[:8]}.{self._conflicts}" if self._conflicts else f"commit {new[:8]}"
        self._go(ahead.ours, new, upstream)
        return what

    def check_only_issues(self, upstream: Upstream, ahead: Ahead) -> None:
        """Looks whether what comes is about issues alone: other files are not changed while somebody works on them.

        Raises:
            Refused: when it is not.
        """
        paths = self.git.run("diff", "--name-only", "-z", "--no-renames", f"{ahead.ours}...{ahead.theirs}")
        if any(one and not self._is_ours(os.fsdecode(one)) for one in paths.split(b"\0")):
            raise Refused(
                f"{upstream.name} has changes of other files than issues, which are not merged while nobody looks on. "
                "Pull them, or run `issuelens sync`."
            )

    # The work tree

    def _go(self, old: str, new: str, upstream: Upstream) -> None:
        """Takes files, index and branch from one commit to another; local changes elsewhere stay."""
        check_still(self.git, self.checkout)
        Incoming(self.git, self.checkout).check(old, new, upstream)
        self.git.result("update-index", "-q", "--refresh")
        self._check(old, new, upstream)
        # Once more, since both of these may have taken long.
        check_still(self.git, self.checkout)
        # The files first: should this process be killed now, they look like changes that were staged, not undone.
        self.git.run("read-tree", "-m", "-u", old, new, is_network=True)
        try:
            self.committing.move(new, old, f"merge {upstream.name}: by issuelens sync")
        except Refused:
            self.git.run("read-tree", "-m", "-u", new, old, is_network=True)
            raise
        self.git.result("update-ref", "ORIG_HEAD", old)

    def _check(self, old: str, new: str, upstream: Upstream) -> None:
        tried = self.git.result("read-tree", "-m", "-u", "--dry-run", old, new, is_network=True)
        if not tried.code:
            return
        changed = self.git.run("diff-files", "--name-only", "-z").split(b"\0")
        if any(self._is_ours(os.fsdecode(one)) for one in changed):
            raise ChangedMeanwhile
        raise Refused(
            f"{upstream.name} can't be merged, since a change of yours that is not committed would be overwritten: "
            f"{tried.said.removeprefix('error: ')} Nothing was merged or pushed. Commit or stash it, then sync again."
        )

    def _is_ours(self, path: str) -> bool:
        folder = f"{self.checkout.directory}/"
        return path.startswith(folder) and is_shared(path.removeprefix(folder))

    # The tree

    def _tree(self, upstream: Upstream, ahead: Ahead) -> str:
        """The tree of the merge.

        Raises:
            Refused: when there is a conflict in other files than ours.
        """
        self._check_version(upstream)
        with self._driven() as settings:
            done = self.git.result(
                *settings, "merge-tree", "--write-tree", "-z", ahead.ours, ahead.theirs, is_network=True
            )
            is_settled = "both sides changed" in done.said
            self._conflicts = " `issuelens conflicts` shows what both sides had changed" if is_settled else ""
            if done.code > 1:
                raise Refused(self._why_not(upstream, done.said))
            tree, *rest = done.out.split(b"\0")
            stages = _stages(rest) if done.code else {}
            others = [one for one in stages if not self._is_ours(one)]
            if others:
                raise Refused(
                    f"{upstream.name} can't be merged by itself, since both sides changed {_listed(others)}. Nothing "
                    f"was merged or pushed. Run `git merge {upstream.name}`, resolve and commit it, then sync again."
                )
            return self._resolved(os.fsdecode(tree), stages)

    def _check_version(self, upstream: Upstream) -> None:
        found = re.search(r"(\d+)\.(\d+)", self.git.line("version"))
        if found is not None and (int(found[1]), int(found[2])) < OLDEST:
            raise Refused(
                f"This git ({found[0]}) can't look at a merge before it is done; 2.38 can. Nothing was merged or "
                f"pushed. Run `git merge {upstream.name}` by hand, then sync again."
            )

    def _why_not(self, upstream: Upstream, said: str) -> str:
        is_shallow = self.git.line("rev-parse", "--is-shallow-repository") == "true"
        if "unrelated histories" in said and is_shallow:
            return (
                f"{upstream.name} can't be merged: this clone is shallow, and the commit that both sides come from is "
                "not in it. Nothing was merged or pushed. Run `git fetch --unshallow`, then sync again."
            )
        return f"{upstream.name} can't be merged: {said} Nothing was merged or pushed."

    def _resolved(self, tree: str, stages: dict[str, list[_Stage]]) -> str:
        """The tree with our files merged that git could not merge: told otherwise, or removed on one side."""
        if not stages:
            return tree
        lines = b"".join(self._merged(path, versions) for path, versions in stages.items())
        with tempfile.TemporaryDirectory(prefix="issuelens-") as folder:
            env = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            self.git.run("read-tree", tree, env=env)
            self.git.run("update-index", "-z", "--index-info", given=lines, env=env)
            return os.fsdecode(self.git.run("write-tree", env=env).strip())

    def _merged(self, path: str, stages: list[_Stage]) -> bytes:
        """The index's entry of a file of issues of which git has several versions."""
        found = {one.number: one for one in stages}
        ours, theirs = found.get(2), found.get(3)
        if ours is None or theirs is None:
            # Removed on one side, when issues moved to other files; the next import takes its lines in.
            left = ours or theirs
            assert left is not None
            return os.fsencode(f"{left.mode} {left.blob}\t{path}\0")
        return os.fsencode(f"{ours.mode} {self._driven_by_hand(path, found)}\t{path}\0")

    def _driven_by_hand(self, path: str, stages: dict[int, _Stage]) -> str:
        contents = {number: self.git.run("cat-file", "blob", one.blob) for number, one in stages.items()}
        content = merged_by_hand(self.git, path, contents)
        return os.fsdecode(self.git.run("hash-object", "-w", "--stdin", given=content).strip())

    # The driver

    @contextmanager
    def _driven(self) -> Iterator[list[str]]:
        """Settings by which git merges files of issues with the driver, set up in this clone or not."""
        root = self.checkout.directory.removesuffix(DIRECTORY_NAME)
        own = "".join(f"{_quoted(root + path)} merge={attributes.DRIVER}\n" for path in attributes.PATHS)
        with tempfile.TemporaryDirectory(prefix="issuelens-") as folder:
            file = Path(folder) / "attributes"
            # The person's own come after: what they say counts, as does every .gitattributes.
            file.write_bytes(own.encode("utf-8", "surrogateescape") + self._person_s())
            driver = f"merge.{attributes.DRIVER}.driver={driver_command()}"
            yield ["-c", f"core.attributesFile={file}", "-c", driver]

    def _person_s(self) -> bytes:
        """The attributes that the person has for all repositories."""
        named = self.git.line("config", "--type=path", "--get", "core.attributesFile")
        base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
        try:
            with (Path(named) if named else Path(base) / "git" / "attributes").open("rb") as file:
                return file.read(attributes.LIMIT)
        except OSError:
            return b""


def _quoted(path: str) -> str:
    """A path as a pattern of gitattributes(5)."""
    escaped = re.sub(r'(["\\])', r"\\\1", path)
    return f'"/{escaped}"' if re.search(r'[\s"\\]', path) else f"/{path}"


def _stages(parts: Collection[bytes]) -> dict[str, list[_Stage]]:
    """What `merge-tree -z` says of files in conflict, which stands between the tree and an empty part."""
    found: dict[str, list[_Stage]] = {}
    for one in parts:
        if not one:
            break
        facts, _, path = os.fsdecode(one).partition("\t")
        mode, blob, number = facts.split()
        found.setdefault(path, []).append(_Stage(mode, blob, int(number)))
    return found


def _listed(paths: list[str]) -> str:
    more = f" and {len(paths) - _SHOWN:,} more" if len(paths) > _SHOWN else ""
    return one_line(", ".join(paths[:_SHOWN])) + more
