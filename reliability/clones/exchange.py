"""Ten clones of one repository: real git with the merge driver, real daemons and clients, and kills of all of them."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from attrs import define, field

from issuelens.domain.errors import IssuelensError
from issuelens.ipc import methods
from reliability.clones.clone import Clone, Kind
from reliability.clones.edits import Edits
from reliability.clones.ledger import Ledger
from reliability.clones.merges import CLONES
from reliability.clones.repository import FILE, Repository, command
from reliability.report import Report

STEPS: Final = 2_000
"""Steps of a full trial."""
ROUNDS: Final = 8
"""Rounds of exchanging at the end within which nothing may move any more."""
KINDS: Final = (Kind.AUTOMATIC, Kind.BY_HAND, Kind.AUTOMATIC, Kind.FILE, Kind.UNAWARE)
FOLDER: Final = Path("build/reliability/clones")
"""Where the clones of a run that has failed are kept."""
_STEPS: Final = {
    "write": 66,
    "edit": 6,
    "sync": 4,
    "commit": 6,
    "pull": 8,
    "rebase": 3,
    "push": 6,
    "switch": 3,
    "pick": 2,
    "kill_daemon": 1,
    "kill_git": 2,
}
"""Step -> how often, relative to each other."""


@define
class Exchange:
    """A run, by its seed. What daemons do by themselves takes its own time, so that a second run may differ in that.

    Args:
        folder: where the clones are made.
        steps: how many there are.
    """

    folder: Path
    seed: int
    steps: int
    count: int = CLONES
    kinds: tuple[Kind, ...] = KINDS
    ledger: Ledger = field(factory=Ledger)
    clones: list[Clone] = field(factory=list)
    counts: Counter[str] = field(factory=Counter)
    rounds: int = 0
    _chance: random.Random = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    def run(self) -> list[str]:
        """Makes the clones, does the steps and has all exchange what they have; the problems."""
        try:
            self._make()
            for step in range(self.steps):
                self._step(step)
            return [*self._ended()]
        except (RuntimeError, IssuelensError, OSError, subprocess.SubprocessError) as error:
            return [f"stopped: {error!r}"]
        finally:
            for clone in self.clones:
                clone.close()

    # The clones

    def _make(self) -> None:
        bare, first = self.folder / "shared.git", self.folder / "a"
        self.folder.mkdir(parents=True)
        one = Repository(self.folder, self.folder / "told")
        one.succeeds("init", "-q", "--bare", "-b", "main", str(bare))
        one.succeeds("clone", "-q", str(bare), str(first))
        repository = self._repository("a")
        repository.git("checkout", "-q", "-b", "main")
        command(first, "init", "--git", "--prefix", "app")
        repository.succeeds("add", "-A")
        repository.succeeds("commit", "-q", "-m", "Begin")
        repository.succeeds("push", "-q", "origin", "main", "main:side")
        for number in range(self.count):
            name = "abcdefghijklmnopqrstuvwxyz"[number]
            if number:
                one.succeeds("clone", "-q", str(bare), str(self.folder / name))
            self.clones.append(self._clone(name, self.kinds[number % len(self.kinds)]))

    def _repository(self, name: str) -> Repository:
        return Repository(self.folder / name, self.folder / f"{name}.told")

    def _clone(self, name: str, kind: Kind) -> Clone:
        repository = self._repository(name)
        if kind is not Kind.UNAWARE:
            command(repository.root, "init", "--git")
            repository.set_up(repository.succeeds("config", "merge.issuelens.driver"))
        else:
            repository.git("config", "--remove-section", "merge.issuelens")
        automatic = "true" if kind is Kind.AUTOMATIC else "false"
        # Each clone has its own setting here, which git does not share.
        repository.succeeds("update-index", "--skip-worktree", ".issues/config.toml")
        command(repository.root, "config", "set", "sync.automatic", automatic)
        command(repository.root, "config", "set", "sync.delay-seconds", "0.1")
        edits = Edits(name, self._chance, self._chance.choice((0, 0, -40, 60)))
        return Clone(name, kind, repository, self.ledger, edits, self._chance)

    # Steps

    def _step(self, step: int) -> None:
        clone = self._chance.choice(self.clones)
        clone.step = clone.edits.clock = step
        kind = self._chance.choices([*_STEPS], [*_STEPS.values()])[0]
        said = getattr(self, f"_{kind}")(clone)
        self.counts[kind] += 1
        with (self.folder / "trace").open("a", encoding="utf-8") as trace:
            trace.write(f"{step} {clone.name} ({clone.kind}) {kind}: {said}\n")

    def _known(self) -> list[str]:
        found = sorted({slot.issue for slot in self.ledger.written})
        for clone in self.clones:
            clone.edits.known = found
        return found

    def _write(self, clone: Clone) -> str:
        return clone.write(self._known())

    def _edit(self, clone: Clone) -> str:
        return clone.edit_file()

    def _sync(self, clone: Clone) -> str:
        clone.together()
        return ""

    def _commit(self, clone: Clone) -> str:
        if clone.kind is not Kind.AUTOMATIC or self._chance.random() < 0.5:
            clone.together()
        clone.repository.commit()
        return clone.repository.succeeds("rev-parse", "--short", "HEAD")

    def _pull(self, clone: Clone) -> str:
        return self._joined(clone, "pull", "-q", "--no-rebase", "--no-edit", "origin", self._branch())

    def _rebase(self, clone: Clone) -> str:
        return self._joined(clone, "pull", "-q", "--rebase", "origin", self._branch())

    def _pick(self, clone: Clone) -> str:
        clone.repository.succeeds("fetch", "-q")
        commits = clone.repository.succeeds("log", "--all", "--no-merges", "--format=%H", "-n", "40", "--", FILE)
        found = commits.split()
        return self._joined(clone, "cherry-pick", self._chance.choice(found)) if found else "none"

    def _joined(self, clone: Clone, *words: str) -> str:
        self._commit(clone)
        is_done = clone.repository.join(words, clone.sync)
        if self._chance.random() < 0.7:
            clone.together()
        return f"{' '.join(words)}: {is_done}, now {clone.repository.succeeds('rev-parse', '--short', 'HEAD')}"

    def _push(self, clone: Clone) -> str:
        done = clone.repository.git("push", "-q", "origin", f"HEAD:{self._branch()}")
        return "done" if done.code == 0 else "refused"

    def _switch(self, clone: Clone) -> str:
        if self._chance.random() < 0.7:
            self._commit(clone)
        branch = self._branch()
        done = clone.repository.git("checkout", "-q", branch)
        return f"{branch}: {'done' if done.code == 0 else done.told.splitlines()[:1]}"

    def _branch(self) -> str:
        return "main" if self._chance.random() < 0.7 else "side"

    # Kills

    def _kill_daemon(self, clone: Clone) -> str:
        if clone.has_daemon:
            clone.kill()
        return ""

    def _kill_git(self, clone: Clone) -> str:
        self._commit(clone)
        if clone.has_daemon:
            clone.together()
        rebase = ("--rebase",) if self._chance.random() < 0.4 else ("--no-rebase", "--no-edit")
        words = ("pull", "-q", *rebase, "origin", self._branch())
        seconds = self._chance.random() * 0.7
        clone.repository.killed(words, seconds)
        return f"{' '.join(words)} after {seconds:.3f} s"

    # The end

    def _ended(self) -> Iterator[str]:
        for clone in self.clones:
            for branch in ("main", "side"):
                clone.step = self.steps
                self._commit(clone)
                clone.repository.git("checkout", "-q", branch)
        before: list[object] = []
        for self.rounds in range(1, ROUNDS + 1):
            for clone in self.clones:
                self._gathered(clone)
            now: list[object] = [(self._head(one), one.repository.file.read_bytes()) for one in self.clones]
            if now == before and len(set(now)) == 1:
                break
            before = now
        else:
            yield f"after {ROUNDS} rounds, there is still something new: {len({*map(str, before)})} contents"
        yield from self._judged()

    def _head(self, clone: Clone) -> str:
        return clone.repository.succeeds("rev-parse", "HEAD")

    def _gathered(self, clone: Clone) -> None:
        """Merges all that a clone has with all that is shared."""
        clone.repository.succeeds("fetch", "-q")
        self._commit(clone)
        clone.repository.git("checkout", "-q", "main")
        for branch in ("side", "origin/side", "origin/main"):
            self._commit(clone)
            if not clone.repository.join(("merge", "-q", "--no-edit", branch), clone.sync):
                raise RuntimeError(f"{clone.name}: {branch} could not be merged")
            if clone.has_daemon:
                # By itself, a file that git has put there would be left as it is.
                clone.sync()
        self._commit(clone)
        clone.repository.succeeds("push", "-q", "origin", "main")

    def _judged(self) -> Iterator[str]:
        contents = {clone.repository.file.read_bytes() for clone in self.clones}
        if len(contents) > 1:
            yield f"the files have {len(contents)} contents"
        for clone in self.clones:
            yield from clone.tell()
            if clone.has_daemon:
                exported = self.folder / f"{clone.name}.exported"
                clone.ask(methods.EXPORT, path=str(exported))
                if exported.read_bytes() != clone.repository.file.read_bytes():
                    yield f"{clone.name}: the database has not what the file has"
        yield from self.ledger.lost(self.clones[0].lines())


async def clones(folder: Path, part: float) -> Report:
    """The trial: one run; its clones are kept when it fails."""
    seed = int(os.environ.get("ISSUELENS_CLONES_SEED", time.time_ns() % 1_000_000))
    os.environ["ISSUELENS_IDLE_SECONDS"] = "600"
    run = Exchange(folder, seed, max(40, round(STEPS * part)), count=max(4, round(CLONES * min(1.0, part * 3))))
    problems = run.run()
    if problems:
        kept = FOLDER / str(seed)
        shutil.copytree(folder, kept, dirs_exist_ok=True, symlinks=True)
        problems.append(f"seed {seed}; the clones and the trace are in {kept}")
    return Report(name="clones", counts=counted(run), problems=tuple(problems))


def counted(run: Exchange) -> dict[str, int]:
    """What a run has done."""
    places = [one.repository for one in run.clones]
    return {
        "seed": run.seed,
        "clones": len(run.clones),
        "steps": run.steps,
        "acknowledged writes": sum(one.writes for one in run.clones),
        "changes of the file by another tool": sum(one.by_hand for one in run.clones),
        "merges, rebases, cherry-picks": sum(one.merges for one in places),
        "of them refused by git": sum(one.refusals for one in places),
        "stops at conflict markers": sum(one.stops for one in places),
        "git killed": sum(one.kills for one in places),
        "daemons killed": sum(one.kills for one in run.clones),
        "conflicts told": run.ledger.conflicts,
        "rounds until all was quiet": run.rounds,
        "issues": len({slot.issue for slot in run.ledger.written}),
    }
