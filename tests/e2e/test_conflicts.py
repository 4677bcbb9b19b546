"""What both sides had changed is kept by sync, listed, and settled by whoever looks at it."""

from __future__ import annotations

import json
import os
from typing import Any

from tests.support.cli import Place, run
from tests.support.syncing import by_hand, line_of

ODD: list[dict[str, Any]] = [
    {"field": "title", "other": 5},
    {"field": "title", "other": None},
    {"field": "title", "other": "x", "kept": "something else"},
    {"field": "title", "other": "x", "issue_id": "app-none"},
    {"field": "title", "other": "x", "issue_id": "\ud800"},
    {"field": "priority", "kept": 2, "other": "high"},
    {"field": "dependencies.blocks x", "kept": None, "other": "x"},
    {"field": "comments.5", "kept": None, "other": {}},
    {"field": "status", "kept": {"status": "open"}, "other": {"title": "no status"}},
]
"""Conflicts of an issue with the title "stays" that can't be."""


def both_changed(place: Place, **theirs: Any) -> str:
    """An issue of which both sides have changed the title, ours later, and the file as the other one has written it."""
    by_hand(place.space)
    issue = place.create("one")
    place.ok("sync")
    [shape] = [json.loads(line) for line in place.space.jsonl.read_text().splitlines()]
    place.ok("update", issue, "--title", "ours")
    changed = shape | {"title": "theirs", "updated_at": "2001-01-01T00:00:00Z"} | theirs
    place.space.jsonl.write_bytes(line_of(changed))
    return issue


def test_what_sync_has_settled_is_listed_and_settled_otherwise(place: Place) -> None:
    issue = both_changed(place)
    assert "`issuelens conflicts` shows both values" in place.ok("sync")
    assert place.ok("conflicts") == f'{issue}  title  ours\n    "ours" stays (mine)\n    "theirs" does not (theirs)\n'
    [one] = place.json("conflicts")
    assert (one["kept"], one["other"], one["mine"], one["settled"]) == ("ours", "theirs", "kept", None)
    assert place.ok("conflicts", "settle", issue, "title", "--theirs") == f"{issue} is settled: theirs\n"
    assert place.ok("conflicts") == ""
    assert "settled by" in place.ok("conflicts", "list", issue, "--all")
    assert place.json("show", issue)["title"] == "theirs"
    assert place.json("sync")["conflicts"] == []
    place.ok("undo")
    assert [one["other"] for one in place.json("conflicts")] == ["theirs"]


def test_the_one_that_did_not_stay_is_in_the_history(place: Place) -> None:
    issue = both_changed(place)
    place.ok("sync")
    told = place.ok("history", issue, "-n", "1")
    assert "  sync " in told
    assert 'title was changed here and in the file; "ours" stays, "theirs" does not.' in told


def test_what_was_theirs_and_stays_is_mine_when_i_say_so(place: Place) -> None:
    issue = both_changed(place, updated_at="2099-01-01T00:00:00Z")
    place.ok("sync")
    [one] = place.json("conflicts")
    assert (one["kept"], one["other"], one["mine"]) == ("theirs", "ours", "other")
    assert place.ok("conflicts", "settle", issue, "--mine", "--dry-run") == f"{issue} would be settled: ours\n"
    assert place.json("conflicts", "settle", issue, "--mine")["title"] == "ours"
    assert place.json("conflicts") == []


def test_a_later_sync_of_the_same_adds_nothing(place: Place) -> None:
    issue = both_changed(place)
    content = place.space.jsonl.read_bytes()
    place.ok("sync")
    revision = place.json("history")[0]["event"]["revision"]
    # As a switch to the other's branch, and back, would do.
    place.space.jsonl.write_bytes(content)
    place.ok("sync")
    assert [one["issue_id"] for one in place.json("conflicts")] == [issue]
    assert place.json("history")[0]["event"]["revision"] == revision


def test_a_dry_run_keeps_nothing(place: Place) -> None:
    both_changed(place)
    assert len(place.json("sync", "--dry-run")["conflicts"]) == 1
    assert place.json("conflicts") == []


def test_sides_of_conflict_markers_are_kept(place: Place) -> None:
    place.create("one")
    place.ok("sync")
    [line] = place.space.jsonl.read_text().splitlines()
    ours, theirs = (json.loads(line) | {"title": title, "updated_at": at} for title, at in (
        ("mine", "2097-01-01T00:00:00Z"), ("theirs", "2098-01-01T00:00:00Z"),
    ))  # fmt: skip
    blocks = (b"<<<<<<< HEAD\n", line_of(ours), b"=======\n", line_of(theirs), b">>>>>>> topic\n")
    place.space.jsonl.write_bytes(b"".join(blocks))
    place.ok("sync")
    [one] = place.json("conflicts")
    assert (one["kept"], one["other"], one["mine"]) == ("theirs", "mine", "other")


def test_how_to_settle_must_be_said(place: Place) -> None:
    issue = both_changed(place)
    place.ok("sync")
    done = place.do("conflicts", "settle", issue)
    assert (done.code, "Say how: --mine" in done.err) == (2, True)
    refused = place.do("conflicts", "settle", issue, "notes", "--mine")
    assert (refused.code, "has no conflict about notes" in refused.err) == (1, True)


def test_fields_are_completed(place: Place) -> None:
    issue = both_changed(place)
    place.ok("sync")
    words = {"COMP_WORDS": f"issuelens conflicts settle {issue} ti", "COMP_CWORD": "4"}
    assert completed(place, words) == ["plain,title"]


def noted(place: Place, *found: dict[str, Any], at: str = "2099-01-01T00:00:00.000000Z") -> None:
    """Notes conflicts, as a merge by git does, or as a repository may have brought them."""
    place.space.noted.mkdir(exist_ok=True)
    content = {"at": at, "mine": "ours", "conflicts": found}
    (place.space.noted / "x.json").write_text(json.dumps(content))


def test_what_is_noted_is_taken_over_when_it_can_be_true(place: Place) -> None:
    issue = place.create("stays")
    rest = {"issue_id": issue, "kept": "stays", "kept_from": "theirs", "other_at": ""}
    noted(place, *(rest | one for one in ODD), rest | {"field": "title", "other": "mine"})
    place.ok("sync")
    [one] = place.json("conflicts")
    assert (one["field"], one["kept"], one["other"], one["mine"]) == ("title", "stays", "mine", "other")
    # What may come true with the file waits a day.
    assert list(place.space.noted.iterdir()) != []
    place.ok("sync")
    assert len(place.json("conflicts")) == 1
    noted(place, rest | {"field": "title", "other": 5}, at="2001-01-01T00:00:00.000000Z")
    place.ok("sync")
    assert list(place.space.noted.iterdir()) == []


def completed(place: Place, words: dict[str, str]) -> list[str]:
    """What a shell is offered."""
    environment = {"_ISSUELENS_COMPLETE": "bash_complete", **words}
    return run(place.root, env={**os.environ, **environment}).stdout.splitlines()
