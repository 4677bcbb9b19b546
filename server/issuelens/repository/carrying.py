"""The way of issues through git: written, committed, fetched, merged, taken in, pushed; each step is told when done.

The database is not known here: `bring_together` has the daemon do its part. A step that is refused leaves what those
before it did, all of which are whole; the next run goes on from there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any, Final

from attrs import define, field, frozen

from issuelens.domain.errors import Refused
from issuelens.repository.committing import Committing
from issuelens.repository.filters import check_unfiltered
from issuelens.repository.looking import Checkout, Upstream, check_no_message, hooks_in, look, upstream_of
from issuelens.repository.merging import Ahead, ChangedMeanwhile, Merging
from issuelens.repository.pushing import Outgoing, Pushing
from issuelens.repository.running import Git
from issuelens.workspace import Workspace

PAUSES: Final = (0.0, 0.5, 1.0, 2.0, 4.0)
"""Seconds before each further attempt to push, when others are faster."""
MESSAGE: Final = "Sync issues"
_SHOWN: Final = 5

Report = Mapping[str, Any]
"""What the daemon says of bringing the files and the database together."""


@frozen
class Step:
    """A step: `name` is commit, fetch, merge or push; `state` is done, nothing, would or left out."""

    name: str
    state: str
    text: str


@frozen(kw_only=True)
class Wish:
    """What is asked: `dry_run` changes nothing; `pushes`; `pushes_all` commits, also of other files than issues.

    `fetches`: whether the remote is spoken to at all. `is_alone`: nobody looks on, so only what is about issues alone
    is merged, nothing is signed, and settings are not committed.
    """

    dry_run: bool = False
    fetches: bool = True
    is_alone: bool = False
    pushes: bool = True
    pushes_all: bool = False
    message: str = MESSAGE


@define
class Carrying:
    """One sync by way of git.

    Args:
        git: at the top of the work tree.
        workspace: whose issues.
        checkout: where it stands.
        wish: what is asked.
        bring_together: merges the files into the database and writes them.
        tell: hears each step.
        wait: waits so many seconds.
    """

    git: Git
    workspace: Workspace
    checkout: Checkout
    wish: Wish
    bring_together: Callable[[], Report]
    tell: Callable[[Step], None]
    wait: Callable[[float], None] = field(default=lambda seconds: _wait(seconds))
    committing: Committing = field(init=False)
    merging: Merging = field(init=False)
    pushing: Pushing = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.committing = Committing(self.git, self.workspace, self.checkout, has_settings=not self.wish.is_alone)
        self.merging = Merging(self.git, self.checkout, self.committing)
        self.pushing = Pushing(self.git, self.checkout, self.committing)

    @classmethod
    def at(cls, git: Git, workspace: Workspace, wish: Wish, **others: Any) -> Carrying:
        """In the work tree that a workspace is in.

        Raises:
            Refused: when nothing can be done there; nothing was changed then.
        """
        checkout = cls.place(git, workspace)
        git.folder = checkout.top
        found = cls(git, workspace, checkout, wish, **others)
        found.check()
        return found

    @staticmethod
    def place(git: Git, workspace: Workspace) -> Checkout:
        """Where issues are committed.

        Raises:
            Refused: when that can't be done there.
        """
        return look(git, workspace)

    def check(self) -> None:
        """Looks whether something is in the way.

        Raises:
            Refused: when it is.
        """
        check_unfiltered(self.git, self.checkout)
        self.check_committer()
        if self.wish.is_alone:
            check_no_message(self.git)

    def check_committer(self) -> None:
        """Looks whether commits can be made: git knows by whom, and nobody need sign them when nobody looks on.

        Raises:
            Refused: when they can't.
        """
        self.committing.check_name()
        if self.wish.is_alone and self.committing.is_signed:
            raise Refused("Commits are signed here, which may need you. Run `issuelens sync` yourself.")

    def upstream(self) -> Upstream | str:
        """Where issues are fetched from and pushed to; or why nowhere."""
        return upstream_of(self.git, self.checkout)

    def run(self) -> None:
        """Does it.

        Raises:
            Refused: when a step can't be done; those before it are.
        """
        with self.git.trying() if self.wish.dry_run else nullcontext():
            self.go()

    def go(self) -> None:
        """Takes the steps."""
        self.commit_files(self.bring_together())
        if not self.wish.fetches:
            return
        upstream = self.upstream()
        if isinstance(upstream, str):
            self.tell(Step("push", "left out", f"Not pushed: {upstream}."))
            return
        if self.wish.dry_run:
            self._rehearse(upstream)
            return
        for seconds in PAUSES:
            self.wait(seconds)
            self._fetch_and_merge(upstream)
            if self._push(upstream):
                return
        raise Refused(
            f"{upstream.name} was changed by others each time before this push came, {len(PAUSES)} times. What was "
            "committed and merged is here; sync again to push it."
        )

    # Commit

    def commit_files(self, report: Report) -> None:
        """Commits what `bring_together`, whose report this is, has written."""
        content = self.committing.content()
        for path in content.left:
            self.tell(Step("commit", "left out", f"Not committed: {path}, of which another state is staged."))
        names = _listed(list(content.changed))
        if self.wish.dry_run:
            written = "issues/" if self.workspace.shards.is_dir() else "issues.jsonl"
            paths = {*content.changed, *([f"{self.checkout.directory}/{written}"] if report["wrote"] else [])}
            names = _listed(sorted(paths))
            self.tell(_would("commit", f"Would commit to {self.checkout.branch}: {names}.", names, self._NOTHING))
        elif not content.changed:
            self.tell(Step("commit", "nothing", self._NOTHING))
        else:
            commit = self.committing.commit(content, self.wish.message)
            self.tell(
                Step("commit", "done", f"Committed to {self.checkout.branch} ({commit[:8]}): {names}.{self.hooks()}")
            )

    _NOTHING: Final = "Nothing to commit."

    def hooks(self) -> str:
        """What is to be said of the repository's hooks, after a space."""
        found = hooks_in(self.git)
        return f" The repository's hooks were not run: {', '.join(found)}." if found else ""

    # Fetch and merge

    def _fetch_and_merge(self, upstream: Upstream) -> None:
        was_there = self.merging.ahead(upstream) is not None
        found = self.pushing.fetch(upstream)
        if found is None and was_there:
            raise Refused(
                f"{upstream.ref.removeprefix('refs/heads/')} is not in {upstream.remote} any more. Nothing was pushed; "
                f"what was committed is on {self.checkout.branch}. `git push {upstream.remote} {self.checkout.branch}` "
                "makes it anew, if that is meant."
            )
        told = "the remote has no such branch yet" if found is None else found
        self.tell(Step("fetch", "done", f"Fetched {upstream.name}: {told}."))
        ahead = self.merging.ahead(upstream)
        if ahead is None or not ahead.incoming:
            self.tell(Step("merge", "nothing", "Nothing to merge."))
            return
        if self.wish.is_alone:
            self.merging.check_only_issues(upstream, ahead)
        self._merge(upstream, ahead)
        self.commit_files(self.bring_together())

    def _merge(self, upstream: Upstream, ahead: Ahead) -> None:
        for _ in PAUSES:
            try:
                what = self.merging.merge(upstream, ahead)
            except ChangedMeanwhile:
                self.commit_files(self.bring_together())
                found = self.merging.ahead(upstream)
                assert found is not None
                ahead = found
                continue
            self.tell(Step("merge", "done", f"Merged {upstream.name} into {self.checkout.branch}: {what}."))
            return
        raise Refused(f"{self.workspace.jsonl} keeps changing while it is to be merged. Sync again when that is over.")

    # Push

    def _push(self, upstream: Upstream) -> bool:
        """Whether nothing is left to be pushed, or what is left is not pushed unasked."""
        outgoing = self.pushing.outgoing(upstream)
        why = self._why_not_pushed(upstream, outgoing)
        if why:
            self.tell(Step("push", "left out", why))
        elif not outgoing.count:
            self.tell(Step("push", "nothing", "Nothing to push."))
        elif self.pushing.push(upstream, outgoing):
            self.tell(Step("push", "done", f"Pushed to {upstream.name}: {_commits(outgoing.count)}."))
        else:
            self.tell(Step("push", "left out", f"Not pushed yet: others have pushed to {upstream.name} meanwhile."))
            return False
        return True

    def _why_not_pushed(self, upstream: Upstream, outgoing: Outgoing) -> str:
        if not outgoing.count:
            return ""
        if not self.wish.pushes:
            return f"Not pushed, as you said: {_commits(outgoing.count)}."
        elsewhere = self.pushing.why_left_out(upstream)
        if elsewhere:
            return f"Not pushed: {elsewhere}."
        if not outgoing.others or self.wish.pushes_all:
            return ""
        verb = "is" if outgoing.others == 1 else "are"
        more = f" and {outgoing.others - len(outgoing.shown):,} more" if outgoing.others > len(outgoing.shown) else ""
        return (
            f"Not pushed: {_commits(outgoing.others)} of yours {verb} about other files than issues "
            f"({', '.join(outgoing.shown)}{more}). `issuelens sync --push-all` pushes all, as does `git push`."
        )

    # Dry run

    def _rehearse(self, upstream: Upstream) -> None:
        there, ahead = self.pushing.there(upstream), self.merging.ahead(upstream)
        if there is None:
            self.tell(Step("fetch", "nothing", f"{upstream.name} is not in the remote yet."))
        elif ahead is not None and there == ahead.theirs:
            self.tell(Step("fetch", "nothing", f"Nothing to fetch from {upstream.name}."))
        else:
            text = (
                f"Would fetch {upstream.name}, which has changed; what it brings is seen then, and merged when clean."
            )
            self.tell(Step("fetch", "would", text))
        if ahead is not None and ahead.incoming:
            self.tell(Step("merge", "would", f"Would merge {_commits(ahead.incoming)} of {upstream.name}, when clean."))
        outgoing = self.pushing.outgoing(upstream)
        why = self._why_not_pushed(upstream, outgoing)
        count = _commits(outgoing.count) if outgoing.count else ""
        text = f"Would push to {upstream.name}: {count}, and what would be committed."
        self.tell(
            Step("push", "left out", why)
            if why
            else _would("push", text, count, "Nothing to push but what would be committed.")
        )


def _would(name: str, text: str, what: str, otherwise: str) -> Step:
    return Step(name, "would", text) if what else Step(name, "nothing", otherwise)


def _commits(count: int) -> str:
    return f"{count:,} commit{'' if count == 1 else 's'}"


def _listed(words: list[str]) -> str:
    more = f" and {len(words) - _SHOWN:,} more" if len(words) > _SHOWN else ""
    return ", ".join(words[:_SHOWN]) + more


def _wait(seconds: float) -> None:
    # An event that nobody sets: the pause itself is what is wanted.
    threading.Event().wait(seconds)
