"""Commits files of issues and nothing else, by git's plumbing: what else is staged stays as it is.

Why not `git commit --only`: it runs the repository's hooks on work that is not theirs, it can't take new files, and it
looks neither at which branch it is on nor at what of a file was staged by hand.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

from attrs import define, frozen

from issuelens.domain.errors import Refused
from issuelens.domain.shared_names import is_carried, is_shared
from issuelens.ordinary import open_ordinary
from issuelens.repository import attributes
from issuelens.repository.looking import Checkout, check_still, head_of
from issuelens.repository.running import Git
from issuelens.workspace import Workspace

_EMPTY: Final = (
    "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
    "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
)
"""The id of an empty file, in both kinds of repositories: what is in the index for `git add --intent-to-add`."""
_GONE: Final = ("000000", "")
Entry = tuple[str, str]
"""Mode and id of a file."""


@frozen
class Content:
    """What is to be committed: the tree, what changes by path, and what is left to the person.

    `parent` is the commit it comes after (None for the first one); `left` are paths that were staged in part.
    """

    parent: str | None
    tree: str
    changed: dict[str, Entry]
    left: tuple[str, ...]


@define
class Committing:
    """Makes commits of files of issues.

    Args:
        git: at the top of the work tree.
        workspace: whose files.
        checkout: where it stands.
        has_settings: whether `config.toml` is among them; by itself it is not committed, since it may be half edited.
    """

    git: Git
    workspace: Workspace
    checkout: Checkout
    has_settings: bool = True

    def content(self) -> Content:
        """What there is to commit.

        Raises:
            Refused: when git fails.
        """
        parent = head_of(self.git)
        paths = self._paths(parent)
        found = self._staged(parent, paths)
        left = self._left(parent, found)
        if left:
            found = self._staged(parent, [one for one in paths if one not in left])
        return Content(parent, found.tree, found.changed, left)

    def commit(self, content: Content, message: str) -> str:
        """Commits it; the id of the commit.

        Raises:
            Refused: when git fails, is in the midst of something, or another branch is checked out, or it has moved
                meanwhile; the index and the branch are as before then.
        """
        commit = self.git.run(
            "commit-tree", content.tree, *_parents(content.parent), *self._signed(), "-F", "-", given=message.encode()
        )
        new = os.fsdecode(commit.strip())
        before = self._index(content.changed)
        check_still(self.git, self.checkout)
        self._put(content.changed)
        try:
            self.move(new, content.parent, f"commit: {message.splitlines()[0]}")
        except Refused:
            self._put({path: before.get(path, _GONE) for path in content.changed})
            raise
        # So that `git status` need not compare the files; that other files differ is no failure.
        self.git.result("update-index", "-q", "--refresh")
        return new

    def move(self, new: str, old: str | None, reason: str) -> None:
        """Moves the branch from one commit to another.

        Raises:
            Refused: when it is somewhere else by now.
        """
        self.git.run("update-ref", "-m", reason, self.checkout.ref, new, old or "")

    def join(self, tree: str, parents: Iterable[str], message: str) -> str:
        """A commit of a tree with several parents; nothing leads to it yet."""
        words = [word for one in parents for word in ("-p", one)]
        commit = self.git.run("commit-tree", tree, *words, *self._signed(), "-F", "-", given=message.encode())
        return os.fsdecode(commit.strip())

    def _signed(self) -> list[str]:
        return ["-S"] if self.is_signed else []

    @property
    def is_signed(self) -> bool:
        """Whether the person wants commits to be signed."""
        return self.git.line("config", "--type=bool", "--get", "commit.gpgSign") == "true"

    def check_name(self) -> None:
        """Looks whether git knows who commits.

        Raises:
            Refused: when it does not.
        """
        for who in ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"):
            if self.git.result("var", who).code:
                raise Refused(
                    "git does not know who commits; nothing was committed. Set `git config --global user.name NAME` "
                    "and `git config --global user.email ADDRESS`, then sync again."
                )

    # Which files

    def _paths(self, parent: str | None) -> list[str]:
        """The files that git is to carry: those that are there, and the issues' files that were removed."""
        folder = self.checkout.directory
        settings = [self.workspace.config_file] if self.has_settings else []
        files = [*self.workspace.shared_files, *settings, self.workspace.gitignore]
        names = {one.relative_to(self.workspace.directory).as_posix() for one in files if _is_file(one)}
        if parent is not None:
            listed = self.git.run("ls-tree", "-r", "-z", "--name-only", parent, "--", f"{folder}/").split(b"\0")
            old = (os.fsdecode(one).removeprefix(f"{folder}/") for one in listed if one)
            names |= {one for one in old if is_shared(one) and not os.path.lexists(self.workspace.directory / one)}
        paths = [f"{folder}/{one}" for one in sorted(names) if is_carried(one)]
        paths += [self.checkout.attributes] if self._are_attributes_ours(parent) else []
        kept_back = self._kept_back(paths)
        return [one for one in paths if one not in kept_back]

    def _kept_back(self, paths: Collection[str]) -> set[str]:
        """Those that the person has told git to leave as they are: `update-index --skip-worktree`, `info/exclude`."""
        if not paths:
            return set()
        flagged = os.fsdecode(self.git.run("ls-files", "-v", "-z", "--", *paths)).split("\0")
        told = {line[2:] for line in flagged if line[:1] == "S" or line[:1].islower()}
        # It does not know literal paths, and is given no patterns.
        env = {"GIT_LITERAL_PATHSPECS": "0"}
        ignored = self.git.result("check-ignore", "-z", "--stdin", given=_names(paths), env=env).out
        # Asked by itself, since the .gitignore of `.issues/`, which says what is shared, counts for more.
        exclude = self.git.line("rev-parse", "--path-format=absolute", "--git-path", "info/exclude")
        words = ("ls-files", "--others", "--ignored", "-z", f"--exclude-from={exclude}", "--", *paths)
        excluded = self.git.result(*words).out
        return told | {os.fsdecode(one) for one in (ignored + excluded).split(b"\0") if one}

    def _are_attributes_ours(self, parent: str | None) -> bool:
        path = self.checkout.top / self.checkout.attributes
        try:
            with open(path, "rb", opener=open_ordinary) as file:
                now = file.read(attributes.LIMIT + 1)
        except OSError:
            return False
        return len(now) <= attributes.LIMIT and attributes.is_only_ours(
            self.blob(parent, self.checkout.attributes), now
        )

    def blob(self, commit: str | None, path: str) -> bytes | None:
        """The content of a file in a commit; None when it is not there."""
        found = self.git.result("cat-file", "blob", f"{commit}:{path}") if commit else None
        return None if found is None or found.code else found.out

    # Staging

    def _staged(self, parent: str | None, paths: Collection[str]) -> Content:
        """The tree of the last commit with these files as they are now."""
        with tempfile.TemporaryDirectory(prefix="issuelens-") as folder:
            env = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            self.git.run("read-tree", parent or "--empty", env=env)
            if paths:
                self.git.run("update-index", "--add", "--remove", "-z", "--stdin", given=_names(paths), env=env)
            tree = os.fsdecode(self.git.run("write-tree", env=env).strip())
        return Content(parent, tree, self._differences(parent, tree), ())

    def _differences(self, parent: str | None, tree: str) -> dict[str, Entry]:
        old = parent or os.fsdecode(self.git.run("mktree").strip())
        raw = self.git.run("diff-tree", "-r", "-z", "--no-renames", "--raw", old, tree).split(b"\0")
        pairs = zip(raw[::2], raw[1::2], strict=False)
        return {os.fsdecode(path): _entry(facts) for facts, path in pairs}

    def _left(self, parent: str | None, found: Content) -> tuple[str, ...]:
        """Of what somebody writes by hand, that of which another state is staged: the index is to stay as it is."""
        by_hand = [one for one in found.changed if not is_shared(one.removeprefix(f"{self.checkout.directory}/"))]
        index, last = self._index(by_hand), self._last(parent, by_hand)
        return tuple(
            one
            for one in by_hand
            if index.get(one) not in (found.changed[one], last.get(one)) and index.get(one, _GONE)[1] not in _EMPTY
        )

    def _last(self, parent: str | None, paths: Collection[str]) -> dict[str, Entry]:
        if parent is None or not paths:
            return {}
        lines = self.git.run("ls-tree", "-r", "-z", parent, "--", *paths).split(b"\0")
        found = (os.fsdecode(line).split("\t", 1) for line in lines if line)
        return {path: (facts.split()[0], facts.split()[2]) for facts, path in found}

    def _index(self, paths: Collection[str]) -> dict[str, Entry]:
        if not paths:
            return {}
        lines = self.git.run("ls-files", "--stage", "-z", "--", *paths).split(b"\0")
        found = (os.fsdecode(line).split("\t", 1) for line in lines if line)
        return {path: (facts.split()[0], facts.split()[1]) for facts, path in found}

    def _put(self, entries: dict[str, Entry]) -> None:
        """Makes these the index's entries of these files; all others stay."""
        empty = "0" * len(next((one for _, one in entries.values() if one), "0" * 40))
        lines = (f"{mode if one else 0} {one or empty}\t{path}" for path, (mode, one) in entries.items())
        self.git.run("update-index", "-z", "--index-info", given=_names(lines))


def _entry(facts: bytes) -> Entry:
    """What a line of a difference says of the new side."""
    _, mode, _, new, status = os.fsdecode(facts).split()
    return _GONE if status == "D" else (mode, new)


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _names(lines: Iterable[str]) -> bytes:
    return b"".join(os.fsencode(one) + b"\0" for one in lines)


def _parents(parent: str | None) -> list[str]:
    return [] if parent is None else ["-p", parent]
