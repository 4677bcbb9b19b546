"""What stands where in git: the work tree of a workspace, its branch and upstream; and why it has to be left alone."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final

from attrs import frozen

from issuelens.domain.errors import Refused
from issuelens.domain.plain import one_line
from issuelens.domain.shared_names import is_shared
from issuelens.repository.running import Git
from issuelens.workspace import DIRECTORY_NAME, Workspace

_AT_WORK: Final = {
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
    "MERGE_HEAD": "a merge",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "sequencer": "a cherry-pick or revert",
    "BISECT_LOG": "a bisect",
}
"""What is in git's folder in the midst of something (gitrepository-layout(5))."""
_MESSAGE_SECONDS: Final = 3600.0
"""How long the message of a commit counts as being written; one that was given up leaves it behind."""
_SHOWN: Final = 5
HOOKS: Final = ("pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "pre-merge-commit", "post-merge")
"""The hooks that `git commit` and `git merge` would run."""


@frozen
class Upstream:
    """Where a branch comes from and goes to: `ref` there, as `tracking` has it here."""

    remote: str
    ref: str
    tracking: str

    @property
    def name(self) -> str:
        """As git shows it: `origin/main`."""
        return self.tracking.removeprefix("refs/remotes/")


@frozen
class Checkout:
    """A workspace in a work tree of git: `top` of the tree, the path of `.issues/` in it, the branch (short)."""

    top: Path
    directory: str
    branch: str

    @property
    def ref(self) -> str:
        """The whole name of the branch."""
        return f"refs/heads/{self.branch}"

    @property
    def attributes(self) -> str:
        """The path of the .gitattributes beside `.issues/`."""
        return f"{self.directory.removesuffix(DIRECTORY_NAME)}.gitattributes"


def why_without_git(git: Git, workspace: Workspace) -> str | None:
    """Why git does not carry the issues of a workspace; None when it does."""
    if workspace.directory != workspace.root / DIRECTORY_NAME:
        return f"{workspace.directory} is not in {workspace.root}"
    try:
        found = git.result("rev-parse", "--is-inside-work-tree")
    except Refused as error:
        return error.message.removesuffix(".")
    if found.code and "not a git repository" in found.said:
        return f"{workspace.root} is in no work tree of git"
    if found.code:
        return f"git refuses to look at {workspace.root}: {found.said}"
    if found.out.strip() != b"true":
        return f"{workspace.root} is in no work tree of git"
    if workspace.read_config().sync.branch:
        return None
    if git.result("check-ignore", "-q", str(workspace.jsonl), env={"GIT_LITERAL_PATHSPECS": "0"}).code == 0:
        return f"git ignores {workspace.jsonl}"
    return None


def look(git: Git, workspace: Workspace) -> Checkout:
    """Where the workspace stands.

    Raises:
        Refused: when git is in the midst of something there, or no branch is checked out.
    """
    top = _top(git)
    _check_idle(git)
    branch = git.line("symbolic-ref", "-q", "HEAD")
    if not branch.startswith("refs/heads/"):
        raise Refused(
            f"No branch is checked out in {top} (detached HEAD), so a commit would belong to none. `git switch` to a "
            "branch, or run `issuelens sync --no-git`."
        )
    directory = workspace.directory.relative_to(top).as_posix()
    return Checkout(top, directory, branch.removeprefix("refs/heads/"))


def check_still(git: Git, checkout: Checkout) -> None:
    """Looks once more, right before something is changed: a fetch takes long, and people go on working.

    Raises:
        Refused: when git is in the midst of something by now, or another branch is checked out.
    """
    _check_idle(git)
    if git.line("symbolic-ref", "-q", "HEAD") != checkout.ref:
        raise Refused(
            f"Another branch than {checkout.branch} was checked out while it was synced. What was committed is on "
            f"{checkout.branch}; sync again, which is then for the branch you are on."
        )


def midst_of(git: Git) -> str | None:
    """What git is in the midst of: `a merge`, `a rebase` and so on; None when it is in nothing."""
    folder = _folder(git)
    return next((name for sign, name in _AT_WORK.items() if (folder / sign).exists()), None)


def _folder(git: Git) -> Path:
    return Path(os.fsdecode(git.run("rev-parse", "--absolute-git-dir").removesuffix(b"\n")))


def _check_idle(git: Git) -> None:
    folder, name = _folder(git), midst_of(git)
    if name is not None:
        raise Refused(
            f"git is in the midst of {name} in {git.folder}. Finish it or give it up (`git status` says how), then "
            "sync again. `issuelens sync --no-git` reads and writes the file only."
        )
    _check_resolved(git)
    if (folder / "index.lock").exists():
        raise Refused(
            f"Another git is at work: {folder / 'index.lock'} is there. Sync again when it has ended; when none runs, "
            "remove that file."
        )


def _check_resolved(git: Git) -> None:
    """`git stash pop` and `checkout --merge` leave a conflict behind, and no other sign."""
    paths = _unresolved(git)
    if not paths:
        return
    more = f" and {len(paths) - _SHOWN:,} more" if len(paths) > _SHOWN else ""
    raise Refused(
        f"A conflict is not resolved in {one_line(', '.join(paths[:_SHOWN]))}{more} (`git stash pop` leaves one, for "
        "instance). Resolve it and `git add` the file, then sync again. `issuelens sync --no-git` merges both sides of "
        "a file of issues."
    )


def has_unresolved_issues(git: Git, workspace: Workspace) -> bool:
    """Whether a conflict is not resolved in files of issues, and in no other ones."""
    found = [_top(git) / one for one in _unresolved(git)]
    names = [one.relative_to(workspace.directory) for one in found if one.is_relative_to(workspace.directory)]
    return bool(found) and len(names) == len(found) and all(is_shared(one.as_posix()) for one in names)


def _unresolved(git: Git) -> list[str]:
    """The paths with a conflict in the index, from the top of the work tree."""
    lines = git.run("ls-files", "--unmerged", "-z", "--full-name", ":/", env={"GIT_LITERAL_PATHSPECS": "0"})
    return [*dict.fromkeys(os.fsdecode(line).partition("\t")[2] for line in lines.split(b"\0") if line)]


def _top(git: Git) -> Path:
    return Path(os.fsdecode(git.run("rev-parse", "--show-toplevel").removesuffix(b"\n"))).resolve()


def check_no_message(git: Git) -> None:
    """Looks whether somebody writes the message of a commit: that commit would fail if the branch moved meanwhile.

    Raises:
        Refused: when it looks so: the message is newer than the last move of HEAD.
    """
    folder = _folder(git)
    written, moved = _changed_at(folder / "COMMIT_EDITMSG"), _changed_at(folder / "logs" / "HEAD")
    if written > moved and time.time() - written < _MESSAGE_SECONDS:
        raise Refused("Somebody may be writing the message of a commit, which this one would get in the way of.")


def _changed_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def head_of(git: Git) -> str | None:
    """The commit that is checked out; None on a branch without commits."""
    return git.line("rev-parse", "-q", "--verify", "HEAD^{commit}") or None


def commit_of(git: Git, ref: str) -> str | None:
    """The commit that a ref names; None when it is not there."""
    return git.line("rev-parse", "-q", "--verify", f"{ref}^{{commit}}") or None


def upstream_of(git: Git, checkout: Checkout) -> Upstream | str:
    """The branch's upstream; or why there is none to fetch from and push to."""
    form = "%(upstream:remotename)%00%(upstream:remoteref)%00%(upstream)"
    found = git.run("for-each-ref", f"--format={form}", checkout.ref).split(b"\n")[0].split(b"\0")
    remote, ref, tracking = map(os.fsdecode, found) if len(found) == 3 else ("", "", "")
    branch = checkout.branch
    if not remote:
        remote, ref, tracking = _configured(git, branch)
    if not git.run("remote").strip():
        return "there is no remote; `git remote add origin ADDRESS` names one"
    if remote == ".":
        return f"{branch} follows {ref.removeprefix('refs/heads/')}, which is a branch of this repository"
    if not remote or not ref:
        return f"{branch} has no upstream branch; `git push -u REMOTE {branch}` makes one"
    if not tracking:
        return f"the settings of {remote} do not fetch {ref}, the upstream of {branch}"
    return Upstream(remote, ref, tracking)


def _configured(git: Git, branch: str) -> tuple[str, str, str]:
    """What is to be the upstream of a branch without commits, as after `git clone` of an empty repository."""
    remote, ref = (git.line("config", "--get", f"branch.{branch}.{one}") for one in ("remote", "merge"))
    return remote, ref, f"refs/remotes/{remote}/{ref.removeprefix('refs/heads/')}"


def hooks_in(git: Git) -> list[str]:
    """The hooks of the repository that would run if git itself committed and merged here."""
    # Not by `git_command`, which points to none.
    found = git.result("rev-parse", "--path-format=absolute", "--git-path", "hooks", has_hooks=True)
    folder = Path(os.fsdecode(found.out.removesuffix(b"\n")))
    return [name for name in HOOKS if not found.code and os.access(folder / name, os.X_OK)]
