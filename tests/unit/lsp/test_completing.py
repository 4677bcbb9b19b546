"""What is being typed, and in which order issues are offered."""

from __future__ import annotations

from pathlib import Path

import pytest

from issuelens.domain.issue import IssueSummary
from issuelens.domain.vocabulary import Category
from issuelens.lsp.branch import Branches, branch_of
from issuelens.lsp.candidates import LIMIT, MANY, Context, likely
from issuelens.lsp.catalogue import Catalogue
from issuelens.lsp.completing import (
    Asked,
    What,
    at_comment_start,
    front_matter_end,
    in_config,
    in_front_matter,
    in_text,
    rest_of_word,
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


def catalogue(*issues: IssueSummary, blocked: tuple[str, ...] = ()) -> Catalogue:
    return Catalogue(issues, (), {one.id: one for one in issues}, frozenset(blocked))


def names(
    *issues: IssueSummary, word: str = "", near: tuple[str, ...] = (), branch: str = "", blocked: tuple[str, ...] = ()
) -> list[str]:
    found = likely(catalogue(*issues, blocked=blocked), word, {"app"}, Context(frozenset(near), branch, "anna"))
    return [one.id.removeprefix("app-") for one in found]


def test_the_likeliest_come_first() -> None:
    doing = {"status": "in_progress", "category": Category.DOING}
    issues = [
        issue("closed", status="closed", category=Category.DONE, priority=0),
        issue("later", status="deferred", priority=0),
        issue("waits", priority=0),
        issue("2"),
        issue("0", priority=0),
        issue("ben", assignee="ben", **doing),
        issue("anna", assignee="anna", **doing),
        issue("near", priority=4),
        issue("words", title="Round the prices half up", priority=4),
    ]
    ordered = ["words", "near", "anna", "ben", "0", "2", "later", "waits", "closed"]
    found = names(*issues, near=("app-near",), branch="fix/round-prices", blocked=("app-waits",))
    assert found == ordered


def test_of_many_with_the_same_beginning_the_likeliest_are_found() -> None:
    many = [issue(f"a{number}", priority=3) for number in range(MANY + 1)]
    last = [issue("a-urgent", priority=0), issue("a-near", priority=4), issue("a-closed", category=Category.DONE)]
    found = names(*many, *last, issue("b", priority=0), word="app-a", near=("app-a-near", "app-b", "app-unknown"))
    assert found[:4] == ["a-near", "a-urgent", "a0", "a1"]
    assert len(found) == LIMIT


def test_a_beginning_of_an_id_finds_ids_and_everything_else_finds_words() -> None:
    issues = [issue("1a"), issue("1a2b"), issue("3", title="Round 1a2b half up"), issue("4", title="app-9 is wrong")]
    assert names(*issues, word="app-1a2") == ["1a2b"]
    assert names(*issues, word="1a2") == ["1a2b", "3"]
    assert names(*issues, word="round") == ["3"]
    assert names(*issues, word="app-9") == ["4"], "no id begins like this, so that it can be in a title"
    assert names(*issues, word="app-zz") == []


@pytest.mark.parametrize(
    ("what", "text", "column", "end"),
    [
        (What.ID, "see app-1a2b.", 9, 12),
        (What.ID, "see app-1a2b.1, and", 4, 14),
        (What.ID, "see # x", 5, 5),
        (What.PERSON, "@anna.b: x", 2, 7),
        (What.TAG, "# FIXME: x", 4, 7),
        (What.STATUS, "status: open", 8, 8),
        (What.ID, "", 0, 0),
    ],
)
def test_the_rest_of_a_word(what: What, text: str, column: int, end: int) -> None:
    assert rest_of_word(what, text, column) == end


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


def test_a_branch_is_remembered_until_it_is_another_one(tmp_path: Path) -> None:
    below, branches = tmp_path / "below", Branches()
    below.mkdir()
    assert (branches.known(below), branches.read(below), branches.known(below)) == (None, "", "")
    git = tmp_path / ".git"
    git.mkdir()
    assert branches.known(below) is None, "it is in a work tree now"

    def switch(folder: Path, branch: str) -> None:
        # As git does: a new file takes the place of the old one.
        (folder / "HEAD.lock").write_text(f"ref: refs/heads/{branch}\n")
        (folder / "HEAD.lock").rename(folder / "HEAD")

    switch(git, "one")
    assert (branches.read(below), branches.known(below)) == ("one", "one")
    switch(git, "two")
    assert branches.known(below) is None
    assert (branches.read(below), branches.known(below)) == ("two", "two")
    (below / ".git").mkdir()
    assert branches.known(below) is None, "the folder has become a work tree of its own"
    assert branches.read(below) == ""
    switch(below / ".git", "inner")
    assert branches.known(below) is None
    assert (branches.read(below), branches.known(below)) == ("inner", "inner")
    (below / ".git" / "HEAD").unlink()
    assert branches.known(below) is None


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
