"""Importers: which format a file has, what becomes of each line, and what is said of lines that can't be read."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from tests.support.importing import (
    ANCESTOR,
    BEADS,
    MIDNIGHT,
    beads,
    imported,
    line_of,
    read,
    unreadable,
)

from issuelens.domain.errors import Refused
from issuelens.domain.imports import Imported, Unreadable
from issuelens.domain.issue import Dependency
from issuelens.domain.vocabulary import STATUS_CATEGORIES, Category
from issuelens.sync.importers import Format, detect_format, read_issues
from issuelens.sync.jsonl import render_line


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        ("issues.jsonl", line_of(BEADS), Format.BEADS),
        ("issues.jsonl", line_of(BEADS | {"issue_type": "bug", "project_id": "p"}), Format.BEADS),
        ("issues.jsonl", b"", Format.BEADS),
        ("issues.jsonl", b'{"id": "cut', Format.BEADS),
        ("x.jsonl", b"\xef\xbb\xbf" + line_of(ANCESTOR), Format.ANCESTOR),
        ("x.jsonl", b"\n" + line_of({"id": "a", "title": "t", "epic_id": None}), Format.ANCESTOR),
        ("todo.txt", b"(A) call anna\n", Format.TODOTXT),
        ("TODO.TXT", b"", Format.TODOTXT),
        ("x.json", b' \n[{"number": 7}]', Format.GITHUB),
        ("x", b"[]", Format.GITHUB),
    ],
)
def test_the_format_of_a_file(name: str, head: bytes, kind: Format) -> None:
    assert detect_format(name, head) is kind


@pytest.mark.parametrize(("name", "head"), [("x.csv", b"a,b\n"), ("x", b""), ("x.txt", b"\0\1")])
def test_a_file_of_another_format_is_refused(name: str, head: bytes) -> None:
    with pytest.raises(Refused, match="--format"):
        detect_format(name, head)


# beads


def test_beads_leaves_out_zeros_and_defaults() -> None:
    issue = beads().issue
    assert (issue.priority, issue.status, issue.issue_type) == (0, "open", "task")
    assert (issue.dependencies, issue.comments, issue.labels) == ((), (), ())


@pytest.mark.parametrize("issue_id", ["bd-1", "BD-Ünï.1.2", "a/b#3", "x"])
def test_ids_are_kept_to_the_letter(issue_id: str) -> None:
    assert beads(id=issue_id).issue.id == issue_id


@pytest.mark.parametrize("text", ["a\r\nb", "a\rb\tc", "\x1b[31mred\x07", "  outer  \n", "日本 \u2028 🙂"])
@pytest.mark.parametrize("name", ["description", "design", "acceptance_criteria", "notes", "close_reason"])
def test_texts_are_kept_to_the_letter(name: str, text: str) -> None:
    issue = beads(**{name: text}).issue
    assert getattr(issue, name) == text
    assert json.loads(render_line(issue))[name] == text


def test_words_that_are_not_ours_are_kept() -> None:
    issue = beads(
        issue_type="gate",
        status="pinned",
        dependencies=[{"depends_on_id": "bd-2", "type": "waits-for", "thread_id": "9"}],
        source_repo=".",
        compaction_level=0,
    ).issue
    assert (issue.issue_type, issue.status, issue.category) == ("gate", "pinned", Category.TODO)
    assert issue.dependencies == (Dependency("bd-1", "bd-2", "waits-for", extra={"thread_id": "9"}),)
    assert issue.extra == {"source_repo": ".", "compaction_level": 0}


def test_a_workspaces_own_status_has_its_category() -> None:
    statuses = {**STATUS_CATEGORIES, "review": Category.DOING}
    one = imported(Format.BEADS, line_of(BEADS | {"status": "review"}), statuses=statuses)
    assert one.issue.category is Category.DOING


def test_a_tombstone_says_who_deleted_it_when_and_why() -> None:
    issue = beads(
        status="tombstone", deleted_at="2026-01-01T00:00:00Z", deleted_by="anna", delete_reason="double"
    ).issue
    assert issue.is_deleted
    assert issue.is_closed
    assert (issue.deleted_at, issue.deleted_by, issue.delete_reason) == (f"2026-01-01{MIDNIGHT}", "anna", "double")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000000Z"),
        ("2026-01-01T01:30:00+01:00", "2026-01-01T00:30:00.000000Z"),
        ("2026-02-26T03:08:57.734490693Z", "2026-02-26T03:08:57.734490693Z"),
    ],
)
def test_moments_have_one_form_and_go_out_as_they_came(written: str, kept: str) -> None:
    issue = beads(created_at=written).issue
    assert issue.created_at == kept
    assert json.loads(render_line(issue))["created_at"] == written


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"id": 5}, "id: "),
        ({"id": ""}, "id: "),
        ({"id": "a b"}, "id: 'a b' can't be one"),
        ({"title": None}, "title: "),
        ({"title": "x" * 501}, "title: it has 501 characters"),
        ({"description": 5}, "description: it must be a text, not 5"),
        ({"assignee": ["anna"]}, "assignee: it must be a text"),
        ({"status": True}, "status: it must be a text"),
        ({"issue_type": {}}, "issue_type: it must be a text"),
        ({"priority": 5}, "priority: 5 is not 0"),
        ({"priority": -1}, "priority: -1 is not 0"),
        ({"priority": True}, "priority: True is not 0"),
        ({"priority": "1"}, "priority: '1' is not 0"),
        ({"estimated_minutes": "1h"}, "estimated_minutes: it must be a whole number"),
        ({"estimated_minutes": True}, "estimated_minutes: it must be a whole number"),
        ({"created_at": 5}, "created_at: it must be a text"),
        ({"created_at": "yesterday"}, "created_at: 'yesterday' is no moment"),
        ({"closed_at": "2026-13-01T00:00:00Z"}, "closed_at: "),
        ({"due_at": "2026-01-01"}, "due_at: '2026-01-01' is no moment"),
        ({"labels": "ui"}, "labels: it must be a list"),
        ({"labels": [5]}, "labels: 5 can't be one"),
        ({"dependencies": {}}, "dependencies: it must be a list"),
        ({"dependencies": [{}]}, "dependencies: "),
        ({"dependencies": [{"depends_on_id": "bd-2", "type": 5}]}, "type: it must be a text"),
        ({"comments": ["hello"]}, "comments: "),
        ({"comments": [{"id": 1}]}, "comments: one has no text"),
        ({"comments": [{"id": 1.5, "text": "x"}]}, "comments: one has no number"),
        ({"comments": [{"id": 1, "text": "x", "author": 5}]}, "author: it must be a text"),
    ],
)
def test_a_field_of_another_type_is_named(fields: dict[str, Any], reason: str) -> None:
    one = unreadable(Format.BEADS, line_of(BEADS | fields))
    assert reason in one.reason
    assert json.loads(one.text) == BEADS | fields


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"hello", "it is no JSON"),
        (b"[1]", "it is no JSON object"),
        (b"[" * 100_000, "it is nested too deeply"),
        (b'{"id": "a-1", "title": "\xff"}', "it is not UTF-8"),
    ],
)
def test_a_line_that_is_no_object(line: bytes, reason: str) -> None:
    one = unreadable(Format.BEADS, line + b"\n")
    assert one.reason.startswith(reason)
    assert one.text.encode("utf-8", "surrogateescape") == line


def test_a_line_of_another_kind_is_no_issue() -> None:
    assert "issue but a" in unreadable(Format.BEADS, line_of(BEADS | {"_type": "memory"})).reason
    assert beads(_type="issue").issue.extra == {"_type": "issue"}


def test_a_bad_line_does_not_keep_the_others_back() -> None:
    content = line_of(BEADS) + b"\n  \nhello\n" + line_of(BEADS | {"id": "bd-2"})
    assert [(type(one), one.line) for one in read(Format.BEADS, content)] == [
        (Imported, 1),
        (Unreadable, 4),
        (Imported, 5),
    ]


def test_lines_are_read_one_by_one() -> None:
    file = io.BytesIO(line_of(BEADS) * 3)
    found = read_issues(file, Format.BEADS, "file", prefix="app", statuses=STATUS_CATEGORIES)
    next(found)
    assert file.tell() == len(line_of(BEADS))


def test_a_byte_order_mark_and_crlf_ends_are_no_part_of_a_line() -> None:
    content = b"\xef\xbb\xbf" + line_of(BEADS).replace(b"\n", b"\r\n")
    assert imported(Format.BEADS, content).issue.id == "bd-1"


@pytest.mark.parametrize(
    ("ids", "kept"),
    [
        ([1, 2], [(1, "0"), (2, "1")]),
        ([1, 1, 2], [(1, "0"), (2, "2"), (3, "1")]),
        ([5, 5, 5], [(5, "0"), (6, "1"), (7, "2")]),
    ],
)
def test_comments_with_a_clashing_id_get_the_next_free_one(ids: list[int], kept: list[tuple[int, str]]) -> None:
    one = beads(comments=[{"id": number, "text": str(place)} for place, number in enumerate(ids)])
    assert [(comment.id, comment.text) for comment in one.issue.comments] == kept
    assert bool(one.note) is (len(set(ids)) < len(ids))


def test_comments_with_texts_as_ids_get_numbers_and_go_out_as_they_came() -> None:
    shapes = [{"id": "0197-uuid", "text": "a"}, {"id": 4, "text": "b"}, {"text": "c"}]
    one = beads(comments=[dict(shape) for shape in shapes])
    assert [(comment.id, comment.text) for comment in one.issue.comments] == [(4, "b"), (5, "a"), (6, "c")]
    written = json.loads(render_line(one.issue))["comments"]
    assert [(comment["id"], comment["text"]) for comment in written] == [(4, "b"), ("0197-uuid", "a"), (6, "c")]
    assert "original_id" not in written[1]
    again = imported(Format.BEADS, render_line(one.issue))
    assert {comment.text for comment in again.issue.comments} == {"a", "b", "c"}


def test_an_issue_survives_its_line() -> None:
    one = beads(
        priority=3,
        labels=["a", "b"],
        dependencies=[{"issue_id": "bd-1", "depends_on_id": "bd-0", "type": "parent-child"}],
        comments=[{"id": 4, "author": "bob", "text": "x\r\n", "created_at": "2026-01-01T00:00:00Z"}],
        metadata={"a": [1]},
        source_repo=".",
    )
    assert imported(Format.BEADS, render_line(one.issue)).issue == one.issue


@pytest.mark.parametrize("marker", [b"<<<<<<< HEAD", b"=======", b">>>>>>> theirs", b"||||||| base"])
def test_gits_conflict_markers_stop_an_import(marker: bytes) -> None:
    with pytest.raises(Refused, match="line 2: git left a conflict marker") as told:
        read(Format.BEADS, line_of(BEADS) + marker + b"\n")
    assert told.value.details["line"] == 2


def test_a_file_that_was_cut_off_is_refused_unless_part_of_it_will_do() -> None:
    content = line_of(BEADS) + line_of(BEADS)[:12]
    with pytest.raises(Refused, match="line 2: the file ends within a line"):
        read(Format.BEADS, content)
    assert [type(one) for one in read(Format.BEADS, content, partial=True)] == [Imported, Unreadable]
    assert imported(Format.BEADS, line_of(BEADS).rstrip()).issue.id == "bd-1"
