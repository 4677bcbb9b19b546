"""Merges of a history are done again by the driver; what is lost would be seen."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from bench.replay_merges import Sides, driven, losses, main, replayed

NAME = ".issues/issues.jsonl"
MOMENT = "2026-01-01T00:00:00Z"


def issue(number: int, **fields: Any) -> dict[str, Any]:
    moments = {"created_at": MOMENT, "updated_at": MOMENT}
    return {"id": f"app-{number}", "title": f"The title {number}", "status": "open", "priority": 2} | moments | fields


def lines(*issues: dict[str, Any]) -> bytes:
    return "".join(f"{json.dumps(one)}\n" for one in issues).encode()


def comment(text: str, at: str = MOMENT) -> dict[str, Any]:
    return {"id": 1, "issue_id": "app-1", "author": "anna", "text": text, "created_at": at}


DEPENDENCY = {"issue_id": "app-1", "depends_on_id": "app-2", "type": "blocks", "created_at": MOMENT}
BASE = lines(issue(1, labels=["old"]), issue(2))
OURS = lines(issue(1, labels=["old", "new"], title="Ours", updated_at="2026-01-02T00:00:00Z"), issue(3))
THEIRS = lines(
    issue(1, labels=["old"], comments=[comment("Seen")], dependencies=[DEPENDENCY], assignee="bob",
          updated_at="2026-01-03T00:00:00Z"),
    issue(2), issue(4),
)  # fmt: skip


def git(root: Path, *words: str) -> None:
    author = ("-c", "user.name=anna", "-c", "user.email=anna@example.invalid")
    subprocess.run(["git", "-C", str(root), *author, *words], check=True, capture_output=True)


def put(root: Path, content: bytes, name: str = NAME) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_bytes(content)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "issues")


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """A merge of BASE, OURS and THEIRS, in which somebody took ours; and one that git could do by itself."""
    root = tmp_path / "p"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    put(root, BASE)
    git(root, "checkout", "-qb", "side")
    put(root, THEIRS)
    git(root, "checkout", "-q", "main")
    put(root, OURS)
    git(root, "merge", "-q", "-s", "ours", "-m", "ours", "side")
    git(root, "checkout", "-qb", "other")
    put(root, OURS + lines(issue(5)))
    git(root, "checkout", "-q", "main")
    put(root, b"text\n", "notes.txt")
    git(root, "merge", "-q", "-m", "by itself", "other")
    return root


def test_a_history_is_replayed_without_a_loss(history: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = replayed(history, [NAME])
    assert (found.merges, found.issues, found.losses) == (1, 3, [])
    assert main([str(history), NAME]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "merges replayed 1, issues 3, conflicts settled and told 0"


def test_a_side_with_conflict_markers_is_merged_without_a_loss(history: Path) -> None:
    git(history, "checkout", "-q", "other")
    put(history, b"<<<<<<< ours\n" + OURS + b"||||||| base\n" + BASE + b"=======\n" + THEIRS + b">>>>>>> theirs\n")
    git(history, "checkout", "-q", "main")
    put(history, THEIRS)
    git(history, "merge", "-q", "-s", "ours", "-m", "again", "other")
    found = replayed(history, [NAME])
    assert (found.merges, found.marked, found.losses) == (2, 1, [])


def test_without_arguments_it_says_how_it_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "python -m bench.replay_merges REPO PATH" in capsys.readouterr().err


def _without(name: str) -> Any:
    def change(shape: dict[str, Any]) -> None:
        shape.pop(name, None)

    return change


@pytest.mark.parametrize(
    ("number", "change", "told"),
    [
        (1, _without("labels"), "label new"),
        (1, _without("comments"), "comment ('anna', '2026-01-01T00:00:00Z', 'Seen')"),
        (1, _without("dependencies"), "dependency ('app-2', 'blocks')"),
        (1, _without("assignee"), "field assignee: None instead of 'bob'"),
        (1, lambda shape: shape.update(title="The title 1"), "field title: 'The title 1' instead of 'Ours'"),
        (3, dict.clear, "the issue"),
        (4, dict.clear, "the issue"),
    ],
)
def test_each_kind_of_loss_is_seen(number: int, change: Any, told: str) -> None:
    sides = Sides(BASE, OURS, THEIRS)
    merged, _ = driven(sides)
    assert list(losses(sides, merged)) == []
    shapes = [json.loads(line) for line in merged.splitlines()]
    change(next(one for one in shapes if one["id"] == f"app-{number}"))
    assert told in [one.what for one in losses(sides, lines(*(one for one in shapes if one)))]


def test_what_was_removed_may_be_missing(history: Path) -> None:
    assert list(losses(Sides(BASE, lines(issue(1)), BASE), lines(issue(1)))) == []
    changed = lines(issue(1), issue(2, title="Changed"))
    assert [one.issue for one in losses(Sides(BASE, lines(issue(1)), changed), lines(issue(1)))] == ["app-2"]
