"""Issues on a branch of their own (`[sync] branch`), which is never checked out: the working branch stays clean.

Neither HEAD nor the index nor a file but those of issues is touched, so it makes no difference what git is in the midst
of. What the files of this work tree had taken in last is kept by a ref of the work tree's own: linked work trees share
the branch, but not the files.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

from attrs import define, field

from issuelens.domain.errors import Refused
from issuelens.repository.carrying import PAUSES, Carrying, Report, Step, Wish
from issuelens.repository.committing import Committing, Content
from issuelens.repository.looking import Checkout, Upstream, commit_of
from issuelens.repository.merging import Ahead, ChangedMeanwhile, Merging
from issuelens.repository.own_files import Blobs, OwnFiles
from issuelens.repository.pushing import Pushing
from issuelens.repository.running import Git
from issuelens.workspace import Workspace

_TAKEN: Final = "refs/worktree/issuelens/"
"""Where the commit is kept whose issues the files of this work tree have; git shares no such ref."""
_IGNORED: Final = ("issues.jsonl", "issues/00.jsonl")


def carrying(git: Git, workspace: Workspace, wish: Wish, **others: Any) -> Carrying:
    """A sync by way of git: on the branch that the settings name, else on the one that is checked out.

    Raises:
        Refused: when nothing can be done there; nothing was changed then.
    """
    kind = OwnBranch if workspace.read_config().sync.branch else Carrying
    return kind.at(git, workspace, wish, **others)


def check_not_checked_out(git: Git, checkout: Checkout) -> None:
    """Looks whether the branch of issues is checked out in any work tree, whose files would not follow it.

    Raises:
        Refused: when it is.
    """
    # Without regard to case, as on some disks.
    lines = os.fsdecode(git.run("worktree", "list", "--porcelain")).splitlines()
    if f"branch {checkout.ref}".casefold() in map(str.casefold, lines):
        raise Refused(
            f"The branch {checkout.branch}, which config.toml names for issues, is checked out in a work tree. "
            "`git switch` to another one there, or name another by `issuelens config set sync.branch NAME`."
        )


@define
class OwnCommitting(Committing):
    """Makes commits on the branch of issues.

    Args:
        start: the ref from which the branch begins where it is not there yet; empty for none.
    """

    start: str = ""
    files: OwnFiles = field(init=False)
    _read: Blobs = field(factory=dict)
    _tip: str | None = None

    def __attrs_post_init__(self) -> None:
        self.files = OwnFiles(self.git, self.workspace, self.checkout)

    def content(self) -> Content:
        """What there is to commit: the files, and what they have not taken in of the branch yet."""
        self._tip = commit_of(self.git, self.checkout.ref)
        parent = self._tip or (commit_of(self.git, self.start) if self.start else None)
        self._read = self.files.here()
        base = self.files.of(commit_of(self.git, self._taken))
        tree = self.files.tree(self.files.merged(base, self._read, self.files.of(parent)))
        return Content(parent, tree, self._differences(parent, tree), ())

    def commit(self, content: Content, message: str) -> str:
        """Commits it; the id of the commit."""
        parents = [content.parent] if content.parent else []
        new = self.join(content.tree, parents, message)
        self.move(new, self._tip, f"commit: {message.splitlines()[0]}")
        return new

    def move(self, new: str, old: str | None, reason: str) -> None:
        """Moves the branch, unless somebody has checked it out meanwhile."""
        check_not_checked_out(self.git, self.checkout)
        # Not by way of a symbolic ref, which would be another branch.
        self.git.run("update-ref", "--no-deref", "-m", reason, self.checkout.ref, new, old or "")

    def begin(self) -> None:
        """Makes the branch where the remote's has all that is here."""
        start = commit_of(self.git, self.start) if self.start else None
        if start is not None and commit_of(self.git, self.checkout.ref) is None:
            self.move(start, None, "begin: by issuelens sync")

    def take(self) -> bool:
        """Takes what the branch has into the files that were read; whether there was anything.

        Raises:
            ChangedMeanwhile: when one was written meanwhile.
        """
        tip = commit_of(self.git, self.checkout.ref)
        if tip is None:
            return False
        wrote = self.files.write(self._read, self.files.of(tip))
        self.git.run("update-ref", self._taken, tip)
        return wrote

    @property
    def _taken(self) -> str:
        return _TAKEN + self.checkout.branch


@define
class OwnMerging(Merging):
    """Merges the remote's branch of issues into the one here; the files follow with the next commit."""

    files: OwnFiles = field(kw_only=True)

    def merge(self, upstream: Upstream, ahead: Ahead) -> str:
        """Merges; what was done, in words.

        Raises:
            Refused: when what comes has other files than issues, or can't be merged.
        """
        theirs = self.files.of(ahead.theirs)
        new, what = ahead.theirs, "moved forward"
        if not ahead.is_forward:
            base = self.git.line("merge-base", ahead.ours, ahead.theirs) or None
            tree = self.files.tree(self.files.merged(self.files.of(base), self.files.of(ahead.ours), theirs))
            message = f"Merge remote-tracking branch '{upstream.name}'"
            new = self.committing.join(tree, (ahead.ours, ahead.theirs), message)
            what = f"commit {new[:8]}"
        self.committing.move(new, ahead.ours, f"merge {upstream.name}: by issuelens sync")
        return what

    def check_only_issues(self, _upstream: Upstream, ahead: Ahead) -> None:
        """Looks whether what comes is about issues alone.

        Raises:
            Refused: when it is not.
        """
        self.files.of(ahead.theirs)


@define
class OwnPushing(Pushing):
    """Pushes the branch of issues. Both sides of a merge may have begun by themselves, which git would not merge."""

    def _is_ours(self, _commit: str, parents: list[str], paths: list[str]) -> bool:
        return (bool(paths) or len(parents) > 1) and all(self._is_carried(one) for one in paths)


@define
class OwnBranch(Carrying):
    """One sync by way of a branch of issues."""

    own: OwnCommitting = field(init=False)

    def __attrs_post_init__(self) -> None:
        upstream = self.upstream()
        start = upstream.tracking if isinstance(upstream, Upstream) else ""
        self.committing = self.own = OwnCommitting(self.git, self.workspace, self.checkout, start=start)
        self.merging = OwnMerging(self.git, self.checkout, self.own, files=self.own.files)
        self.pushing = OwnPushing(self.git, self.checkout, self.own)

    @staticmethod
    def place(git: Git, workspace: Workspace) -> Checkout:
        """The branch that the settings name."""
        top = Path(os.fsdecode(git.run("rev-parse", "--show-toplevel").removesuffix(b"\n"))).resolve()
        return Checkout(top, workspace.directory.relative_to(top).as_posix(), workspace.read_config().sync.branch)

    def check(self) -> None:
        """Looks whether the branch is one of issues, and no other branch carries them, too."""
        check_not_checked_out(self.git, self.checkout)
        self._check_tracked()
        self._check_ignored()
        self.own.files.of(commit_of(self.git, self.checkout.ref))
        self.check_committer()

    def _check_tracked(self) -> None:
        folder = self.checkout.directory
        listed = self.git.run("ls-files", "-z", "--", f"{folder}/issues.jsonl", f"{folder}/issues")
        if listed:
            raise Refused(
                f"Issues are to be on the branch {self.checkout.branch}, but the branch that you are on carries them, "
                f"too. In {self.checkout.top}, run `git rm -r --cached -- {_common(listed, folder)}`, which leaves "
                "the files, and commit that; then sync again."
            )

    def _check_ignored(self) -> None:
        paths = [str(self.workspace.directory / one) for one in _IGNORED]
        if any(self.git.result("check-ignore", "-q", one, env={"GIT_LITERAL_PATHSPECS": "0"}).code for one in paths):
            raise Refused(
                f"Issues are to be on the branch {self.checkout.branch}, but git does not ignore them on yours. "
                f"Add two lines at the end of {self.workspace.gitignore}: `issues.jsonl` and `issues/`; then sync "
                "again."
            )

    def upstream(self) -> Upstream | str:
        """The branch of the same name in the remote of the branch that is checked out, else in origin."""
        head = self.git.line("symbolic-ref", "-q", "HEAD").removeprefix("refs/heads/")
        own = self.git.line("config", "--get", f"branch.{head}.remote") if head else ""
        names = os.fsdecode(self.git.run("remote")).splitlines()
        remote = next((one for one in (own, "origin", *names[:1]) if one in names), "")
        if not remote:
            return "there is no remote; `git remote add origin ADDRESS` names one"
        branch = self.checkout.branch
        return Upstream(remote, self.checkout.ref, f"refs/remotes/{remote}/{branch}")

    def hooks(self) -> str:
        """Nothing: no hook is about a branch that is not checked out."""
        return ""

    def go(self) -> None:
        """Takes the steps; where the branch is not here yet, it begins as the remote's."""
        upstream = self.upstream()
        is_first = commit_of(self.git, self.checkout.ref) is None
        if is_first and self.wish.fetches and not self.wish.dry_run and isinstance(upstream, Upstream):
            found = self.pushing.fetch(upstream)
            if found is not None:
                self.tell(Step("fetch", "done", f"Fetched {upstream.name}: {found}."))
        super().go()

    def commit_files(self, report: Report) -> None:
        """Commits, and takes what the branch has besides into the files."""
        for _ in PAUSES:
            super().commit_files(report)
            if self.wish.dry_run or not self._take():
                return
            report = self.bring_together()
        raise Refused(f"{self.workspace.jsonl} keeps changing while it is to be written. Sync again when that is over.")

    def _take(self) -> bool:
        self.own.begin()
        try:
            return self.own.take()
        except ChangedMeanwhile:
            return True


def _common(listed: bytes, folder: str) -> str:
    """The files of issues among those that git tracks, as words of a command."""
    names = os.fsdecode(listed).split("\0")
    both = (f"{folder}/issues.jsonl", f"{folder}/issues")
    return " ".join(
        f"'{one}'" if " " in one else one for one in both if any(f"{name}/".startswith(f"{one}/") for name in names)
    )
