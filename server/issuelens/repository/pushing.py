"""Fetches and pushes a branch; only commits of issues are pushed unasked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

from attrs import define, frozen

from issuelens.domain.errors import Refused
from issuelens.domain.plain import one_line
from issuelens.domain.shared_names import is_carried
from issuelens.repository import attributes
from issuelens.repository.committing import Committing
from issuelens.repository.looking import Checkout, Upstream, commit_of
from issuelens.repository.running import Git, Result

SHOWN: Final = 5
"""Commits that are named; of more, the number is told."""
_ABSENT: Final = "couldn't find remote ref"
_OUTRUN: Final = (
    "[rejected]",
    "cannot lock ref",
    "failed to update ref",
    "incorrect old value",
    "reference already exists",
)
"""What git says when another push was faster."""
_HELP: Final = (
    (
        (
            "terminal prompts disabled",
            "could not read Username",
            "Permission denied",
            "Authentication failed",
            "publickey",
        ),
        "git has to be let in without asking, by a credential helper or an SSH agent; try `git fetch` at a terminal.",
    ),
    (
        ("Could not resolve", "Could not read from remote", "unable to access", "Connection", "does not appear to be"),
        "See whether the address is right (`git remote -v`) and can be reached; then sync again.",
    ),
)


@frozen
class Outgoing:
    """Commits that the upstream has not: how many; how many touch other files than issues, and the newest of these.

    `commit` is the one that was looked at, with those before it; empty when there is none.
    """

    commit: str
    count: int
    others: int = 0
    shown: tuple[str, ...] = ()


@define
class Pushing:
    """Talks to the remote of a branch.

    Args:
        git: at the top of the work tree.
        checkout: where the workspace stands.
        committing: knows the contents of commits.
    """

    git: Git
    checkout: Checkout
    committing: Committing

    def fetch(self, upstream: Upstream) -> str | None:
        """Fetches the upstream; what came, in words; None when the remote has no such branch.

        Raises:
            Refused: when the remote can't be reached.
        """
        before = commit_of(self.git, upstream.tracking)
        words = ("fetch", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", upstream.remote)
        found = self.git.result(*words, f"+{upstream.ref}:{upstream.tracking}", is_network=True)
        if found.code and _ABSENT in found.said:
            return None
        if found.code:
            raise Refused(
                f"{upstream.remote} could not be fetched from: {_reason(found)} Nothing was merged or pushed."
            )
        after = commit_of(self.git, upstream.tracking)
        if before == after:
            return "nothing new"
        count = self.git.line("rev-list", "--count", *([after, f"^{before}"] if before else [after])) if after else "0"
        return "1 new commit" if count == "1" else f"{count} new commits"

    def there(self, upstream: Upstream) -> str | None:
        """The commit that the remote has now, without fetching it; None when it has no such branch.

        Raises:
            Refused: when the remote can't be reached.
        """
        found = self.git.result("ls-remote", upstream.remote, upstream.ref, is_network=True)
        if found.code:
            raise Refused(f"{upstream.remote} could not be asked: {_reason(found)}")
        return os.fsdecode(found.out).split("\t")[0] or None

    def why_left_out(self, upstream: Upstream) -> str | None:
        """Why `git push` would push the branch elsewhere, or not at all; None when it goes to its upstream."""
        own = self.git.line("config", "--get", f"branch.{self.checkout.branch}.pushRemote")
        remote = own or self.git.line("config", "--get", "remote.pushDefault") or upstream.remote
        if remote != upstream.remote:
            return f"{self.checkout.branch} comes from {upstream.remote} and is pushed to {remote}; `git push` is yours"
        if upstream.ref == self.checkout.ref or self.git.line("config", "--get", "push.default") == "upstream":
            return None
        other = upstream.ref.removeprefix("refs/heads/")
        return (
            f"{self.checkout.branch} has another name in {upstream.remote} ({other}); "
            "`git push` is yours, or `git config push.default upstream`"
        )

    def outgoing(self, upstream: Upstream) -> Outgoing:
        """What a push would bring."""
        if commit_of(self.git, self.checkout.ref) is None:
            return Outgoing("", 0)
        known = (
            [f"^{upstream.tracking}"] if commit_of(self.git, upstream.tracking) else [f"--remotes={upstream.remote}"]
        )
        words = known if known[0].startswith("^") else ["--not", *known]
        own = os.fsdecode(self.git.run("rev-parse", self.checkout.ref).strip())
        lines = os.fsdecode(self.git.run("rev-list", "--parents", own, *words)).splitlines()
        parents = {commit: before for commit, *before in map(str.split, lines)}
        touched = dict(self._touched([*parents]))
        others = [one for one, before in parents.items() if not self._is_ours(one, before, touched.get(one, []))]
        return Outgoing(own, len(parents), len(others), tuple(map(self._shown, others[:SHOWN])))

    def push(self, upstream: Upstream, outgoing: Outgoing) -> bool:
        """Pushes what was looked at, and no commit that came later; False when another push was faster.

        Args:
            upstream: where to.
            outgoing: what; the repository's hook `pre-push` runs when other files than issues are among it.

        Raises:
            Refused: when the remote can't be reached, or does not take it.
        """
        words = ("push", "--porcelain", "--no-follow-tags", "--recurse-submodules=no", upstream.remote)
        refs, has_hooks = f"{outgoing.commit}:{upstream.ref}", outgoing.others > 0
        found = self.git.result(*words, refs, is_network=True, has_hooks=has_hooks)
        if not found.code:
            return True
        told = found.out.decode("utf-8", "replace")
        rejected = one_line("; ".join(line.split("\t")[-1] for line in told.splitlines() if line.startswith("!")))
        if any(one in rejected for one in _OUTRUN):
            return False
        reason = f"{rejected}. {found.said}" if rejected else _reason(found)
        raise Refused(f"{upstream.remote} did not take the push: {reason} What was committed stays here.")

    # What commits touch

    def _touched(self, commits: list[str]) -> Iterator[tuple[str, list[str]]]:
        """Each commit that changes something, with the paths; of a merge, those that it decided about."""
        if not commits:
            return
        given = "".join(f"{one}\n" for one in commits).encode()
        words = ("diff-tree", "--stdin", "--root", "-c", "-r", "-z", "--no-renames", "--name-only")
        known, paths, last = set(commits), list[str](), ""
        for part in map(os.fsdecode, self.git.run(*words, given=given).split(b"\0")):
            if part in known:
                if last:
                    yield last, paths
                last, paths = part, []
            elif part:
                paths.append(part)
        if last:
            yield last, paths

    def _is_ours(self, commit: str, parents: list[str], paths: list[str]) -> bool:
        """Whether a commit is about issues only; a merge that decides nothing else is."""
        if len(parents) > 1 and not self._is_plain(commit, parents):
            return False
        if not paths:
            return len(parents) > 1
        return all(self._is_about_issues(commit, parents, one) for one in paths)

    def _is_plain(self, commit: str, parents: list[str]) -> bool:
        """Whether git, without anybody, would merge other files in the same way; `-s ours` takes one side for all."""
        if len(parents) > 2:
            return False
        with self.git.trying():
            done = self.git.result("merge-tree", "--write-tree", "-z", *parents, is_network=True)
            if done.code > 1:
                return False
            # What git could not decide has its marks there, so it differs.
            tree = os.fsdecode(done.out.split(b"\0")[0])
            raw = self.git.run("diff-tree", "-r", "-z", "--no-renames", "--name-only", tree, commit).split(b"\0")
        return all(self._is_carried(os.fsdecode(one)) for one in raw if one)

    def _is_about_issues(self, commit: str, parents: list[str], path: str) -> bool:
        if path != self.checkout.attributes:
            return self._is_carried(path)
        now = self.committing.blob(commit, path)
        before = self.committing.blob(parents[0], path) if parents else None
        return now is not None and attributes.is_only_ours(before, now)

    def _is_carried(self, path: str) -> bool:
        folder = f"{self.checkout.directory}/"
        return path.startswith(folder) and is_carried(path.removeprefix(folder))

    def _shown(self, commit: str) -> str:
        return one_line(self.git.line("log", "-1", "--format=%h %s", commit))


def _reason(found: Result) -> str:
    said = found.said.removeprefix("fatal: ").rstrip(".")
    remedy = next((text for signs, text in _HELP if any(one in found.said for one in signs)), "")
    return f"{said}. {remedy}".strip()
