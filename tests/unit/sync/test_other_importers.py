"""Importers of the ancestor's JSONL, todo.txt and GitHub: what becomes of each line, and what is said of bad ones."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.support.importing import (
    ANCESTOR,
    GITHUB,
    MIDNIGHT,
    github,
    imported,
    line_of,
    read,
    todo,
    unreadable,
)

from issuelens.domain.errors import Refused
from issuelens.domain.imports import Imported, Unreadable
from issuelens.domain.vocabulary import Category
from issuelens.sync.importers import Format

# The ancestor


def test_the_ancestors_fields_become_ours() -> None:
    shape = ANCESTOR | {
        "epic_id": "issue-e1",
        "project_id": "default",
        "assignee": None,
        "labels": ["ui"],
        "created_at": "2025-11-15T18:20:47.365617",
        "closed_at": None,
    }
    issue = imported(Format.ANCESTOR, line_of(shape)).issue
    assert (issue.id, issue.issue_type, issue.priority, issue.labels) == ("issue-00c4d0", "bug", 2, ("ui",))
    assert issue.parents == ("issue-e1",)
    assert (issue.created_at, issue.closed_at) == ("2025-11-15T18:20:47.365617Z", None)
    assert issue.extra == {"project_id": "default"}


def test_an_epic_comes_after_the_dependencies_that_are_there() -> None:
    shape = ANCESTOR | {"epic_id": "issue-e1", "dependencies": [{"depends_on_id": "issue-2"}]}
    found = imported(Format.ANCESTOR, line_of(shape)).issue.dependencies
    assert [one.key for one in found] == [("issue-2", "blocks"), ("issue-e1", "parent-child")]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"type": 5}, "issue_type: it must be a text"),
        ({"priority": 9}, "priority: 9"),
        ({"created_at": "soon"}, "'soon' is no moment"),
        ({"labels": 5}, "labels: it must be a list"),
    ],
)
def test_what_is_wrong_with_an_ancestors_line(fields: dict[str, Any], reason: str) -> None:
    assert reason in unreadable(Format.ANCESTOR, line_of(ANCESTOR | fields)).reason


# todo.txt


def test_a_task_with_everything() -> None:
    issue = todo("(B) 2026-01-01 Call anna +garden @phone due:2026-02-03 t:2026-01-05 size:big\n")
    assert issue.title == "Call anna +garden @phone size:big"
    assert (issue.status, issue.category, issue.priority) == ("open", Category.TODO, 1)
    assert issue.labels == ("@phone", "garden")
    assert (issue.due_at, issue.defer_until) == ("2026-02-03T23:59:59.000000Z", f"2026-01-05{MIDNIGHT}")
    assert (issue.created_at, issue.closed_at) == (f"2026-01-01{MIDNIGHT}", None)
    assert issue.metadata == {"size": "big"}


@pytest.mark.parametrize(
    ("text", "created", "closed", "title"),
    [
        ("x 2026-01-02 2026-01-01 done", f"2026-01-01{MIDNIGHT}", f"2026-01-02{MIDNIGHT}", "done"),
        ("x 2026-01-02 done", "", f"2026-01-02{MIDNIGHT}", "done"),
        ("x done", "", None, "done"),
    ],
)
def test_finished_tasks(text: str, created: str, closed: str | None, title: str) -> None:
    issue = todo(text)
    assert (issue.status, issue.category, issue.title) == ("closed", Category.DONE, title)
    assert (issue.created_at, issue.closed_at) == (created, closed)


@pytest.mark.parametrize(
    ("text", "priority"),
    [("(A) a", 0), ("(B) a", 1), ("(E) a", 4), ("(F) a", 4), ("(Z) a", 4), ("a", 2), ("(a) a", 2), ("x a pri:B", 1)],
)
def test_the_priority_of_a_task(text: str, priority: int) -> None:
    assert todo(text).priority == priority


@pytest.mark.parametrize("text", ["xylophone", "see http://a.b/c", "mail a@b.c", "1+1", "at 12:30", "X not done"])
def test_words_that_only_look_like_more(text: str) -> None:
    issue = todo(text)
    assert (issue.title, issue.status, issue.labels, issue.metadata) == (text, "open", (), {})


def test_the_ids_of_tasks_are_the_same_again_and_doubles_are_told_apart() -> None:
    content = b"same\nother\nsame\n"
    ids = [one.issue.id for one in read(Format.TODOTXT, content) if isinstance(one, Imported)]
    assert len(set(ids)) == 3
    assert ids == [one.issue.id for one in read(Format.TODOTXT, content) if isinstance(one, Imported)]
    assert todo("same").id == ids[0]
    assert all(one.startswith("app-") and len(one) == len("app-") + 6 for one in ids)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("do due:soon", "due: 'soon' is no date"),
        ("do t:2026-02-30", "t: '2026-02-30' is no date"),
        ("2026-13-45 do", "created: '2026-13-45' is no date"),
        ("(A) due:2026-01-01", "title: "),
        ("x" * 501, "title: it has 501 characters"),
    ],
)
def test_what_is_wrong_with_a_task(text: str, reason: str) -> None:
    one = unreadable(Format.TODOTXT, text.encode())
    assert one.reason.startswith(reason)
    assert one.text == text


# GitHub


def test_an_issue_of_github() -> None:
    issue = github(
        state="CLOSED",
        stateReason="NOT_PLANNED",
        body="why\r\n",
        labels=[{"name": "bug"}, {"name": "ui"}],
        assignees=[{"login": "anna"}, {"login": "bob"}],
        author={"login": "carl"},
        milestone={"title": "v1"},
        createdAt="2026-01-01T00:00:00Z",
        updatedAt="2026-01-02T00:00:00Z",
        closedAt="2026-01-02T00:00:00Z",
    )
    assert (issue.title, issue.description, issue.external_ref) == ("t", "why\r\n", GITHUB["url"])
    assert (issue.status, issue.category, issue.issue_type, issue.labels) == (
        "closed",
        Category.DONE,
        "bug",
        ("bug", "ui"),
    )
    assert (issue.assignee, issue.created_by) == ("anna", "carl")
    assert (issue.created_at, issue.closed_at) == (f"2026-01-01{MIDNIGHT}", f"2026-01-02{MIDNIGHT}")
    kept = issue.extra["github"]
    assert (kept["milestone"]["title"], kept["stateReason"], kept["assignees"]) == (
        "v1",
        "NOT_PLANNED",
        ["anna", "bob"],
    )


def test_comments_of_github_are_numbered_from_1() -> None:
    moment = "2026-01-01T00:00:00Z"
    issue = github(
        comments=[
            {"author": {"login": "anna"}, "body": "one", "createdAt": moment},
            {"author": None, "body": "two", "createdAt": moment},
        ]
    )
    assert [(one.id, one.author, one.text, one.created_at) for one in issue.comments] == [
        (1, "anna", "one", moment),
        (2, "", "two", moment),
    ]


def test_the_id_of_a_github_issue_hangs_on_its_address_alone() -> None:
    assert github().id == github(title="other", state="CLOSED").id
    assert github().id != github(url="https://github.com/o/r/issues/8").id
    without = {name: value for name, value in GITHUB.items() if name != "url"}
    issue = imported(Format.GITHUB, json.dumps([without]).encode()).issue
    assert issue.external_ref == "gh-7"
    assert issue.id.startswith("app-")


@pytest.mark.parametrize(
    "wrong",
    [5, {"title": "t"}, GITHUB | {"title": None}, GITHUB | {"labels": 5}, GITHUB | {"createdAt": "soon"}],
)
def test_an_entry_of_github_that_cannot_be_read(wrong: Any) -> None:
    one, other = read(Format.GITHUB, json.dumps([wrong, GITHUB]).encode())
    assert isinstance(one, Unreadable)
    assert json.loads(one.text) == wrong
    assert isinstance(other, Imported)
    assert (one.line, other.line) == (1, 2)


def test_a_list_that_was_cut_off_is_refused() -> None:
    with pytest.raises(Refused, match="no whole JSON list"):
        read(Format.GITHUB, b'[{"number": 7')
