"""What is being typed, and in which order issues are offered."""

from __future__ import annotations

from pathlib import Path

import pytest

from issuelens.domain.issue import IssueSummary
from issuelens.domain.vocabulary import Category
from issuelens.lsp.branch import branch_of
from issuelens.lsp.candidates import ranked
from issuelens.lsp.completing import (
    Asked,
    What,
    at_comment_start,
    front_matter_end,
    in_config,
    in_front_matter,
    in_text,
    section_of,
)


@pytest.mark.parametrize(
    ("head", "asked"),
    [
        ("# see #", Asked(What.ID, 6, "#")),
        ("# see #1a", Asked(What.ID, 6, "#1a")),
        ("# see app-", Asked(What.ID, 6, "app-")),
        ("# TODO(", Asked(What.ID, 7, "")),
        ("# TODO(app-1", Asked(What.ID, 7, "app-1")),
        ("# ask @an", Asked(What.PERSON, 7, "an")),
        ("# anna@example", None),
        ("# C#", None),
        ("# my-app-", None),
        ("# done(", None),
        ("#" * 10_000 + " app-", Asked(What.ID, 10_001, "app-")),
        ("", None),
    ],
)
def test_in_text(head: str, asked: Asked | None) -> None:
    assert in_text(head, {"app", "app-store"}, ("TODO", "FIXME")) == asked


def test_a_tag_is_offered_only_where_one_is_begun() -> None:
    assert at_comment_start("x  # fi", 4, ("TODO", "FIXME")) == Asked(What.TAG, 5, "fi")
    assert at_comment_start("# the fi", 1, ("TODO", "FIXME")) is None
    assert at_comment_start("# ", 1, ("TODO", "FIXME")) is None


def test_front_matter() -> None:
    assert in_front_matter("labels: [a, b, ur") == Asked(What.LABEL, 15, "ur")
    assert in_front_matter("assignee: ") == Asked(What.PERSON, 10, "")
    assert in_front_matter("title: a") is None
    assert in_front_matter("st") == Asked(What.FIELD, 0, "st")
    assert front_matter_end(["---", "a", "---", "b"]) == 2
    assert front_matter_end(["a"]) == -1
    assert front_matter_end(["---", "a"]) == 2, "it is not finished yet"


def test_settings() -> None:
    assert in_config("[dia", "") == Asked(What.SECTION, 1, "dia")
    assert in_config("over", "diagnostics") == Asked(What.SETTING, 0, "over", "diagnostics")
    assert in_config('overdue = "', "diagnostics") == Asked(What.CHOICE, 11, "", "diagnostics.overdue")
    assert in_config("overdue = h", "diagnostics") == Asked(What.CHOICE, 10, "h", "diagnostics.overdue", is_bare=True)
    assert in_config('overdue = "hint"', "diagnostics") is None
    assert section_of(["[a]", "b = 1", "  [c.d] # e", ""]) == "c.d"
    assert section_of([]) == ""


def issue(name: str, **fields: object) -> IssueSummary:
    usual = {"title": name, "status": "open", "category": Category.TODO, "priority": 2, "issue_type": "task"}
    return IssueSummary(id=f"app-{name}", **usual | fields)  # type: ignore[arg-type]


def names(*issues: IssueSummary, near: tuple[str, ...] = (), branch: str = "") -> list[str]:
    return [one.id.removeprefix("app-") for one in ranked(issues, near=near, branch=branch, me="anna")]


def test_the_likeliest_come_first() -> None:
    doing = {"status": "in_progress", "category": Category.DOING}
    issues = [
        issue("closed", status="closed", category=Category.DONE, priority=0),
        issue("later", status="deferred", priority=0),
        issue("2"),
        issue("0", priority=0),
        issue("ben", assignee="ben", **doing),
        issue("anna", assignee="anna", **doing),
        issue("near", priority=4),
        issue("words", title="Round the prices half up", priority=4),
    ]
    ordered = ["words", "near", "anna", "ben", "0", "2", "later", "closed"]
    assert names(*issues, near=("app-near",), branch="fix/round-prices") == ordered


def test_an_id_in_a_branch_is_not_the_beginning_of_another() -> None:
    issues = [issue("1a"), issue("1a2b"), issue("1a2b.1")]
    assert names(*issues, branch="anna/app-1a2b-round")[0] == "1a2b"
    assert names(*issues, branch="app-1a2b.1")[0] == "1a2b.1"
    assert names(*issues, branch="my_app-1a2bc") == ["1a", "1a2b", "1a2b.1"]


def test_the_branch_of_a_folder(tmp_path: Path) -> None:
    assert branch_of(tmp_path) == ""
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/fix/round\n")
    (tmp_path / "below").mkdir()
    assert branch_of(tmp_path / "below") == "fix/round"
    (tmp_path / ".git" / "HEAD").write_text("0123456789abcdef\n")
    assert branch_of(tmp_path) == "", "it is on none"


def test_the_branch_of_a_linked_work_tree(tmp_path: Path) -> None:
    (tmp_path / "trees").mkdir()
    (tmp_path / "trees" / "HEAD").write_text("ref: refs/heads/other\n")
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / ".git").write_text("gitdir: ../trees\n")
    assert branch_of(tmp_path / "tree") == "other"


def test_many_values_take_no_time() -> None:
    # Were the blanks between them shared out in every way, it would never end.
    assert in_front_matter("labels: [" + "a, " * 5_000 + "!") is None
    asked = in_front_matter("labels: [" + "a, " * 5_000 + "b")
    assert asked is not None
    assert (asked.what, asked.word) == (What.LABEL, "b")
