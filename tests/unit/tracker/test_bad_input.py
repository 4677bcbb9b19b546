"""Bad input to every operation: one line that names the field and the remedy, and nothing is changed."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.tracking import NOW, context, created, done, passing_database, revision_of, shapes

from issuelens.domain.errors import InvalidField, InvalidQuery, Refused, UnknownIssue
from issuelens.domain.fields import is_encodable
from issuelens.domain.operation import (
    AddComment,
    AddDependencies,
    CloseIssues,
    CreateIssue,
    DeleteComment,
    DeleteIssues,
    EditComment,
    MergeIssues,
    NewDependency,
    Operation,
    RemoveDependencies,
    ReopenIssues,
    RestoreIssues,
    StartIssues,
    UndoOperations,
    UpdateIssues,
)
from issuelens.domain.query import parse_query
from issuelens.storage import lists, reads
from issuelens.storage.conditions import Asking
from issuelens.storage.database import Database
from issuelens.storage.search import index_pending
from issuelens.tracker.operations import rehearse

HUGE = "x" * 10_000_000
HALF = "lone surrogate); remove it"
CONTROL = "control character"


def refused(database: Database, operation: Operation, field: str, remedy: str) -> None:
    before = shapes(database), revision_of(database)
    with pytest.raises(Refused) as told:
        done(database, operation)
    assert told.value.details.get("field") == field
    assert remedy in told.value.message
    assert told.value.message.isprintable()
    assert len(told.value.message) < 400
    assert (shapes(database), revision_of(database)) == before


TEXTS = ("title", "description", "design", "acceptance_criteria", "notes", "assignee", "external_ref")
WRONG: list[tuple[dict[str, Any], str, str]] = [
    *(({name: "a\ud800b"}, name, HALF) for name in TEXTS),
    *(({name: "a\0b"}, name, CONTROL) for name in TEXTS),
    *(({name: "a\x9b31m"}, name, CONTROL) for name in TEXTS),
    *(({name: HUGE}, name, "are allowed") for name in TEXTS),
    ({"title": ""}, "title", "say in a few words what is to be done"),
    ({"title": "a\nb"}, "title", "use one plain line"),
    ({"priority": 2**70}, "priority", "0 (most urgent) to 4"),
    ({"priority": -1}, "priority", "0 (most urgent) to 4"),
    ({"estimated_minutes": 2**70}, "estimated_minutes", "0 to 10,000,000"),
    ({"estimated_minutes": -2}, "estimated_minutes", "0 to 10,000,000"),
    ({"status": "tombstone"}, "status", "`issuelens delete`"),
    ({"status": "review"}, "status", "is not one of open, in_progress"),
    ({"status": "\ud800"}, "status", "is not one of open, in_progress"),
    ({"issue_type": HUGE}, "issue_type", "is not one of bug, feature"),
    ({"due_at": "2025-12-31"}, "due_at", "is in the past; give a date such as 2027-01-31"),
    ({"due_at": "2026-02-30"}, "due_at", "is not a date such as 2027-01-31"),
    ({"defer_until": "\ud800"}, "defer_until", "is not a date such as 2027-01-31"),
    ({"defer_until": "yesterday"}, "defer_until", "is in the past"),
]


@pytest.mark.parametrize(("fields", "field", "remedy"), WRONG, ids=itertools.count())
def test_fields_of_new_and_of_changed_issues(
    database: Database, fields: dict[str, Any], field: str, remedy: str
) -> None:
    issue = created(database, "x")
    refused(database, CreateIssue(**({"title": "y"} | fields)), field, remedy)
    refused(database, UpdateIssues(ids=(issue.id,), **fields), field, remedy)


@pytest.mark.parametrize(
    ("make", "field", "remedy"),
    [
        (lambda _: CreateIssue(title="x", labels=("ok", "\ud800")), "label", HALF),
        (lambda _: CreateIssue(title="x", metadata={"a": ["\ud800"]}), "metadata", HALF),
        (
            lambda _: CreateIssue(title="x", metadata={"a": 2**64}),
            "metadata",
            "64 bits; write it as a text",
        ),
        (lambda one: UpdateIssues(ids=(one,), add_labels=("a\tb",)), "label", "use one plain line"),
        (lambda one: UpdateIssues(ids=(one,), remove_labels=(HUGE,)), "label", "200 are allowed"),
        (lambda one: UpdateIssues(ids=(one,), set_metadata={"\ud800": 1}), "metadata", HALF),
        (lambda one: UpdateIssues(ids=(one,), set_metadata={"a": float("inf")}), "metadata", "use another value"),
        (lambda one: UpdateIssues(ids=(one,), expected_updated_at="soon"), "expected_updated_at", "no moment"),
        (lambda one: CloseIssues(ids=(one,), reason="\ud800"), "reason", HALF),
        (lambda one: ReopenIssues(ids=(one,), reason="\x1b[2J"), "reason", CONTROL),
        (lambda one: DeleteIssues(ids=(one,), reason=HUGE), "reason", "1,000,000 are allowed"),
        (lambda one: AddComment(ids=(one,), text="\ud800"), "text", HALF),
        (lambda one: AddComment(ids=(one,), text=" \n "), "text", "the comment is empty"),
        (lambda one: EditComment(id=one, comment=1, text="\ud800"), "text", HALF),
        (lambda one: EditComment(id=one, comment=2**70, text="x"), "comment", "it has 1"),
        (lambda one: DeleteComment(id=one, comment=-(2**70)), "comment", "it has 1"),
        (lambda one: AddDependencies(ids=(one,), depends_on=(one,), type=HUGE), "dependency type", "is not one of"),
        (lambda _: StartIssues(), "ids", "no issue is named"),
    ],
    ids=itertools.count(),
)
def test_what_else_is_wrong(database: Database, make: Any, field: str, remedy: str) -> None:
    issue = created(database, "x")
    done(database, AddComment(ids=(issue.id,), text="remark"))
    refused(database, make(issue.id), field, remedy)


WORDS = [
    "",
    " ",
    "app-none",
    "%",
    "_",
    "app-%",
    "app-____",
    "'",
    "\0",
    "\n",
    "\ud800",
    "app-\udfff",
    "א",
    "😀",
    "*",
    HUGE,
]


@pytest.mark.parametrize("word", WORDS, ids=itertools.count())
def test_unknown_ids_in_every_place(database: Database, word: str) -> None:
    one = created(database, "x").id
    operations: list[Operation] = [
        CreateIssue(title="x", parent=word),
        CreateIssue(title="x", dependencies=(NewDependency(depends_on_id=word),)),
        *(UpdateIssues(ids=(one,), parent=word) for _ in range(bool(word))),
        *(cls(ids=(one, word)) for cls in (StartIssues, CloseIssues, ReopenIssues, DeleteIssues, RestoreIssues)),
        AddComment(ids=(word,), text="x"),
        EditComment(id=word, comment=1, text="x"),
        DeleteComment(id=word, comment=1),
        AddDependencies(ids=(one,), depends_on=(word,)),
        RemoveDependencies(ids=(one,), depends_on=(word,)),
        MergeIssues(ids=(one,), into=word),
        MergeIssues(ids=(word,), into=one),
    ]
    before = shapes(database), revision_of(database)
    for operation in operations:
        with pytest.raises(UnknownIssue) as told:
            done(database, operation)
        assert told.value.message.startswith("There is no issue ")
        assert told.value.message.endswith(". `issuelens list` shows the issues of this workspace.")
        assert told.value.message.isprintable()
        assert len(told.value.message) < 200
        assert is_encodable(told.value.details["id"])
    assert (shapes(database), revision_of(database)) == before


@pytest.mark.parametrize(
    "query",
    [
        *("text:\ud800", "nofield:x", "priority:9999999999999999999999", "limit:99999999999999999999"),
        "created:2026-99-99",
        *("due:<0000-00-00", 'text:"', "is:nothing", "label:"),
    ],
    ids=itertools.count(),
)
def test_bad_queries_change_nothing(database: Database, query: str) -> None:
    created(database, "x")
    before = shapes(database), revision_of(database)
    with pytest.raises(InvalidQuery, match="query, column ") as told:
        done(database, CloseIssues(query=query))
    assert told.value.message.isprintable()
    assert (shapes(database), revision_of(database)) == before


ODD = ["100% _ \\ ' \" ; --", "שלום \u202b עולם", "👩‍👩‍👧‍👦 e\u0301", "\U0010ffff", "%s {} $x `id`", "NULL", "a" * 500]


@pytest.mark.parametrize("text", ODD, ids=itertools.count())
def test_odd_texts_are_kept_and_found_as_they_are(database: Database, text: str) -> None:
    fields: dict[str, Any] = dict.fromkeys(("title", "description", "notes"), text)
    issue = created(database, labels=(text[:200],), metadata={text[:200]: [text]}, **fields)
    created(database, "something else 100 x a b")
    done(database, AddComment(ids=(issue.id,), text=text))
    with database.transaction() as connection:
        found = reads.get_issue(connection, issue.id)
        assert found is not None
        assert (found.title, found.description, found.notes) == (text, text, text)
        assert (found.labels, found.metadata) == ((text[:200],), {text[:200]: [text]})
        assert [one.text for one in found.comments] == [text]
        for field in ("title", "label"):
            asked = text[:200].replace("\\", "\\\\").replace('"', '\\"')
            query = parse_query(f'{field}:"{asked}"')
            assert [one.id for one in lists.list_issues(connection, query, Asking(now=NOW, me=""))] == [issue.id]
        index_pending(connection)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(st.characters(), max_size=6), min_size=6, max_size=6), st.integers() | st.booleans())
def test_whatever_is_asked_is_done_or_refused(texts: list[str], number: int) -> None:
    title, text, label, key, word, day = texts
    fields: dict[str, Any] = {"title": title, "description": text, "assignee": label, "due_at": day, "status": word}
    with passing_database() as database:
        issue = created(database, "x")
        for operation in (
            CreateIssue(title="y", description=text, labels=(label,), metadata={key: [text, number]}),
            CreateIssue(title="y", priority=number, estimated_minutes=number),
            *(UpdateIssues(ids=(issue.id,), **{name: value}) for name, value in fields.items()),
            CloseIssues(ids=(word,), reason=text),
            CloseIssues(query=text),
            UndoOperations(revision=number),
            UndoOperations(steps=number if abs(number) < 10 else 1),
        ):
            before = shapes(database), revision_of(database)
            told = _told(database, operation)
            if told is not None:
                assert told.message.isprintable()
                assert (shapes(database), revision_of(database)) == before


def _told(database: Database, operation: Operation) -> Refused | None:
    """Why an operation was refused; else its outcome is what can be read."""
    try:
        outcome = done(database, operation)
    except Refused as told:
        return told
    with database.transaction() as connection:
        found = reads.get_issues(connection, [one.id for one in outcome.issues])
    assert [found[one.id] for one in outcome.issues] == list(outcome.issues)
    return None


def test_a_rehearsal_changes_nothing(database: Database) -> None:
    issue = created(database, "x")
    before = shapes(database), revision_of(database)
    with database.transaction() as connection:
        outcome = rehearse(connection, UpdateIssues(ids=(issue.id,), title="y"), context())
        with pytest.raises(InvalidField):
            rehearse(connection, UpdateIssues(ids=(issue.id,), title=""), context())
    assert outcome.events == ()
    assert [one.title for one in outcome.issues] == ["y"]
    assert (shapes(database), revision_of(database)) == before
