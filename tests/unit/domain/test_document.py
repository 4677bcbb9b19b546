"""Issues as documents: what is written is read again, and what was changed in between is found."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issuelens.domain.document import changed_fields, read_document, render_document
from issuelens.domain.errors import InvalidField

ISSUE: dict[str, Any] = {
    "id": "app-1a2b",
    "title": "Round: half up",
    "description": "Why.\n\n## A heading of its own\n",
    "design": "How.",
    "status": "open",
    "priority": 1,
    "issue_type": "bug",
    "assignee": "anna",
    "labels": ["money", "ui"],
    "dependencies": [{"issue_id": "app-1a2b", "depends_on_id": "app-9f3c", "type": "parent-child"}],
    "due_at": "2027-01-31T23:59:59.000000Z",
    "defer_until": "2027-01-01T00:00:00.000000Z",
    "estimated_minutes": 90,
    "external_ref": "gh-9",
    "metadata": {"team": "red", "size": 5, "parts": [1, {"a": None}], "quoted": "5", "yes": True},
    "updated_at": "2026-01-01T00:00:00.000000Z",
}

LINES = st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\u2028\u2029\x85"), max_size=20)
TEXTS = st.lists(LINES | st.sampled_from(["## x <!-- issuelens:design -->", "<!-- \\issuelens:notes -->", "---"])).map(
    "\n".join
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | LINES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(LINES, inner, max_size=3),
    max_leaves=5,
)
SHAPES = st.fixed_dictionaries(
    {
        "id": st.just("app-1a2b"),
        "title": LINES,
        "status": st.sampled_from(["open", "in_progress", "no"]),
        "priority": st.integers(0, 4),
        "issue_type": st.sampled_from(["task", "y"]),
        "labels": st.lists(LINES.map(str.strip).filter(bool), unique=True).map(sorted),
        "updated_at": st.just("2026-01-01T00:00:00.000000Z"),
        "metadata": st.dictionaries(LINES, JSON, max_size=3),
    },
    optional=dict.fromkeys(("description", "design", "acceptance_criteria", "notes"), TEXTS) | {"assignee": LINES},
)


def edited(old: str, new: str) -> dict[str, Any]:
    text = render_document(ISSUE)
    assert old in text
    return changed_fields(read_document(text), read_document(text.replace(old, new)))


@settings(deadline=None)
@given(SHAPES)
def test_what_is_written_is_read_again(shape: dict[str, Any]) -> None:
    found = read_document(render_document(shape))
    assert found["title"] == shape["title"].strip()
    assert found["metadata"] == shape["metadata"]
    assert found["labels"] == shape["labels"]
    for name in ("description", "design", "acceptance_criteria", "notes"):
        assert found[name] == shape.get(name, "").strip("\n").rstrip()
    assert changed_fields(found, read_document(render_document(shape).replace("\n", "\r\n"))) == {}


@settings(deadline=None)
@given(st.text(alphabet="-:# \nab[]{}*&!|>'\"%@`,?\t<!>issuelen", max_size=60) | st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    for whole in (text, f"---\n{text}\n---\n"):
        try:
            found = read_document(whole)
        except InvalidField as told:
            answer = told.message
        else:
            assert isinstance(found, dict)
            answer = ""
        assert "\n" not in answer


@pytest.mark.parametrize(
    ("old", "new", "fields"),
    [
        ('title: "Round: half up"', "title: Round down", {"title": "Round down"}),
        ("priority: 1", "priority: 0", {"priority": 0}),
        ("[money, ui]", "[ui, x]", {"add_labels": ["x"], "remove_labels": ["money"]}),
        ("[money, ui]", "ui, x", {"add_labels": ["x"], "remove_labels": ["money"]}),
        ("assignee: anna", "assignee:", {"assignee": ""}),
        ("assignee: anna", "assignee: 'null'", {"assignee": "null"}),
        ("parent: app-9f3c", "parent: app-77ab", {"parent": "app-77ab"}),
        ("due: '2027-01-31'", "due: 2027-02-01", {"due_at": "2027-02-01"}),
        ("due: '2027-01-31'", "due: 3d", {"due_at": "3d"}),
        ("estimate: 90", "estimate:", {"estimated_minutes": -1}),
        ("estimate: 90", "estimate: 30", {"estimated_minutes": 30}),
        ("team: red", "team: blue\n  new: [1]", {"set_metadata": {"team": "blue", "new": [1]}}),
        ("team: red", "more: 2027-01-01", {"set_metadata": {"more": "2027-01-01"}, "unset_metadata": ["team"]}),
        ("How.", "Otherwise.", {"design": "Otherwise."}),
        ("## Design <!-- issuelens:design -->", "## Any heading <!-- issuelens:design -->", {}),
        ("## A heading of its own", "## Another", {"description": "Why.\n\n## Another"}),
        ("status: open\n", "", {}),
    ],
)
def test_what_was_changed(old: str, new: str, fields: dict[str, Any]) -> None:
    assert edited(old, new) == fields


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("id: app-1a2b", "id: app-0000", "id: it can't be changed"),
        ("priority: 1", "priority: high", "priority: it must be a whole number"),
        ("priority: 1", "priority:", "priority: it is empty"),
        ("priority: 1", "priority: [1]", "priority: it must be a text in one line"),
        ("priority: 1", "prio: 1", "prio: it is no field; known are id, title"),
        ('title: "Round: half up"', "title:", "title: it is empty"),
        ("[money, ui]", "{a: b}", "labels: it must be a list"),
        ("team: red", "- red", "front matter: line"),
        ("assignee: anna", "assignee: *anna", "front matter: it holds an alias"),
        ("status: open", "status: &s open\nassignee: *s", "front matter: "),
        ("---\nid", "id", "front matter: it is missing"),
        ("issuelens:notes", "issuelens:design", "section: design stands there twice"),
        ("issuelens:notes", "issuelens:hints", "section: 'hints' is none"),
    ],
)
def test_what_can_not_be_read(old: str, new: str, message: str) -> None:
    with pytest.raises(InvalidField) as told:
        edited(old, new)
    assert told.value.message.startswith(message)


def test_the_line_of_a_mistake() -> None:
    text = render_document(ISSUE).replace("priority: 1", "priority: high")
    with pytest.raises(InvalidField) as told:
        read_document(text)
    assert text.split("\n")[told.value.details["line"] - 1] == "priority: high"


def test_a_template_has_what_a_new_issue_can_have() -> None:
    found = read_document(render_document(ISSUE, is_new=True))
    assert "id" not in found
    assert "updated_at" not in found
    assert found["title"] == "Round: half up"


def test_a_document_that_is_too_large() -> None:
    with pytest.raises(InvalidField, match="document: it has 5,000,001 characters"):
        read_document("x" * 5_000_001)
