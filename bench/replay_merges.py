"""Replays the merges of a repository's history with the merge driver, and looks for what is lost.

    python -m bench.replay_merges REPO PATH [PATH ...]

PATH is a file of issues in the repository, one issue a line (`.beads/issues.jsonl`); several are names that the
same file had. Each merge whose sides changed it differently is done again by `issuelens merge-driver`, as git would
do. What is on either side and was not removed on the other must be in the result: issues, comments, labels,
dependencies, and each field that one side alone has changed; of an issue with several lines in one file, fields are not
compared. The files are read here by a JSON parser alone, so that a fault in our reading can't hide one in our merging.

The exit code is 1 when something is missing.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from attrs import define, field, frozen

from issuelens.process import PYTHON

Shape = dict[str, Any]
Issues = dict[str, list[Shape]]
_DRIVER: Final = (*PYTHON, "-m", "issuelens", "merge-driver")
_DERIVED: Final = frozenset({"id", "updated_at", "content_hash", "labels", "dependencies", "comments"})
"""Fields that are no value of their own: told apart otherwise, or written by a tool at each change."""
_STATUS: Final = frozenset({"status", "closed_at", "close_reason", "original_status", "deleted_at", "deleted_by",
                            "delete_reason", "merged_into"})  # fmt: skip
"""Fields that go together with the status."""
_SECONDS: Final = 120


class Sides(NamedTuple):
    """The contents of the file in the common ancestor and on both sides."""

    base: bytes
    ours: bytes
    theirs: bytes


@frozen
class Loss:
    """What is not in the result although nobody removed it."""

    issue: str
    what: str


@define
class Replayed:
    """The counts of a history."""

    merges: int = 0
    absent: int = 0
    """Merges whose contents the repository does not have."""
    marked: int = 0
    """Those of the merges in which a side holds conflict markers."""
    issues: int = 0
    conflicts: int = 0
    losses: list[tuple[str, Loss]] = field(factory=list)


def replayed(repository: Path, paths: Sequence[str]) -> Replayed:
    """Replays every merge of a history in which both sides changed the file.

    Raises:
        subprocess.CalledProcessError: when git can't read the history, or the driver fails.
    """
    found = Replayed()
    for commit, parents in _merges(repository, paths):
        try:
            sides = _sides(repository, parents, paths)
        except subprocess.CalledProcessError:
            found.absent += 1
            continue
        if sides is not None:
            _replay(found, commit, sides)
    return found


def _replay(found: Replayed, commit: str, sides: Sides) -> None:
    result, conflicts = driven(sides)
    found.merges += 1
    found.marked += any(_is_marker(line) for side in sides[1:] for line in side.split(b"\n"))
    found.issues += result.count(b"\n")
    found.conflicts += conflicts
    found.losses += [(commit, one) for one in losses(sides, result)]


# The history


def _merges(repository: Path, paths: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    said = _git(repository, "log", "--all", "--merges", "--full-history", "--format=%H %P", "--", *paths)
    for line in said.decode().splitlines():
        commit, *parents = line.split()
        if len(parents) == 2:
            yield commit, parents


def _sides(repository: Path, parents: Sequence[str], paths: Sequence[str]) -> Sides | None:
    """The contents to be merged; None when git would merge them without help."""
    try:
        ancestor = _git(repository, "merge-base", *parents).decode().split()[0]
    except subprocess.CalledProcessError:
        return None  # two histories
    names = [_named(repository, commit, paths) for commit in (ancestor, *parents)]
    if names[1] is None or names[2] is None or names[1] == names[2] or names[0] in names[1:]:
        return None
    return Sides(*(b"" if name is None else _git(repository, "cat-file", "blob", name) for name in names))


def _named(repository: Path, commit: str, paths: Sequence[str]) -> str | None:
    """How git names the file's content in a commit."""
    said = _git(repository, "ls-tree", commit, "--", *paths).decode().splitlines()
    return said[0].split()[2] if said else None


def _git(repository: Path, *words: str) -> bytes:
    return subprocess.run(["git", "-C", str(repository), *words], check=True, capture_output=True).stdout


# One merge


def driven(sides: Sides) -> tuple[bytes, int]:
    """What the driver makes of a merge, and how many conflicts it tells.

    Raises:
        subprocess.CalledProcessError: when it fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in Sides._fields]
        for file, content in zip(files, sides, strict=True):
            file.write_bytes(content)
        command = (*_DRIVER, "--json", *map(str, files), "issues.jsonl")
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
        done.check_returncode()
        return files[1].read_bytes(), len(json.loads(done.stdout)["conflicts"])


def losses(sides: Sides, result: bytes) -> Iterator[Loss]:
    """What a result lacks although a side has it and the other has not removed it."""
    contents = [_issues(one) for one in (*sides, result)]
    _, ours, theirs, _ = contents
    for issue_id in sorted(ours.keys() | theirs.keys()):
        versions = [one.get(issue_id, []) for one in contents]
        base, our, their, merged = ([*one, {}][0] for one in versions)
        found = list(_of_issue(base, our, their, versions[-1]))
        if all(len(one) <= 1 for one in versions):
            found += _overlooked(base, our, their, merged)
        yield from (Loss(issue_id, what) for what in found)


def _of_issue(base: Shape, ours: Shape, theirs: Shape, merged: Sequence[Shape]) -> Iterator[str]:
    is_removed = bool(base) and base in (ours, theirs) and {} in (ours, theirs)
    if not merged:
        yield from () if is_removed else ("the issue",)
        return
    for name, parts in (("label", _labels), ("dependency", _dependencies), ("comment", _comments)):
        # What can't be read is kept as a line of its own.
        there = sum(map(parts, merged), Counter[Any]())
        for one in _missing(parts(base), parts(ours), parts(theirs), there):
            yield f"{name} {one}"


def _missing(base: Counter[Any], ours: Counter[Any], theirs: Counter[Any], merged: Counter[Any]) -> Iterator[Any]:
    for one in sorted(ours.keys() | theirs.keys()):
        is_removed = one in base and (one not in ours or one not in theirs)
        if not is_removed and merged[one] < 1:
            yield one


def _overlooked(base: Shape, ours: Shape, theirs: Shape, merged: Shape) -> Iterator[str]:
    """Fields that one side alone changed, and whose change is not in the result."""
    if not (ours and theirs and merged):
        return
    moved = {side: any(_value(one, name) != _value(base, name) for name in _STATUS)
             for side, one in enumerate((ours, theirs))}  # fmt: skip
    for name in sorted((base.keys() | ours.keys() | theirs.keys()) - _DERIVED):
        before, one, other, now = (_value(shape, name) for shape in (base, ours, theirs, merged))
        if name in _STATUS and all(moved.values()):
            continue
        wanted = other if one == before else one
        if (one == before or other == before) and now != wanted:
            yield f"field {name}: {now!r} instead of {wanted!r}"


def _value(shape: Shape, name: str) -> Any:
    return shape.get(name)


def _issues(content: bytes) -> Issues:
    """The lines of each issue of a file. What is empty, or 0 as the priority, may be left out of a line.

    Inside conflict markers, the lines of the common ancestor are none of the file's.
    """
    found: Issues = {}
    is_ancestor = False
    for line in content.split(b"\n"):
        is_ancestor = line.startswith(b"|") if _is_marker(line) else is_ancestor
        if is_ancestor:
            continue
        try:
            shape = json.loads(line)
        except ValueError:
            continue
        if isinstance(shape, dict) and isinstance(shape.get("id"), str):
            found.setdefault(shape["id"], []).append({name: value for name, value in shape.items() if value})
    return found


def _is_marker(line: bytes) -> bool:
    return line.startswith((b"<<<<<<<", b"|||||||", b"=======", b">>>>>>>"))


def _labels(shape: Mapping[str, Any]) -> Counter[Any]:
    """Labels without the spaces around them, and without empty ones: neither is a label here."""
    return Counter(label for one in shape.get("labels") or () if (label := one.strip()))


def _dependencies(shape: Mapping[str, Any]) -> Counter[Any]:
    return Counter((one["depends_on_id"], one["type"]) for one in shape.get("dependencies") or ())


def _comments(shape: Mapping[str, Any]) -> Counter[Any]:
    """Comments without their numbers, which clones give alike."""
    found = shape.get("comments") or ()
    return Counter((one["author"], one["created_at"], one["text"]) for one in found)


def told(found: Replayed) -> Iterable[str]:
    """The counts in lines, then what is missing."""
    yield f"merges replayed {found.merges}, issues {found.issues}, conflicts settled and told {found.conflicts}"
    yield f"with conflict markers {found.marked}, without their contents {found.absent}, missing {len(found.losses)}"
    for commit, one in found.losses:
        yield f"{commit[:12]} {one.issue}: {one.what}"


def main(words: Sequence[str]) -> int:
    """See the module."""
    if len(words) < 2:
        sys.stderr.write((__doc__ or "").split("\n\n")[1].strip() + "\n")
        return 2
    found = replayed(Path(words[0]), words[1:])
    sys.stdout.write("".join(f"{line}\n" for line in told(found)))
    return 1 if found.losses else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
