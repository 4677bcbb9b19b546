"""What branches and messages are called."""

from __future__ import annotations

import subprocess

import pytest

from issuelens.domain.errors import InvalidField
from issuelens.domain.issue import Issue
from issuelens.lsp.work_names import BRANCH, filled_branch, filled_message

MOMENT = "2026-01-01T00:00:00.000000Z"


def issue(title: str) -> Issue:
    return Issue(id="app-1a2b", title=title, created_at=MOMENT, updated_at=MOMENT)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Round half up", "app-1a2b-round-half-up"),
        ("Rounding: ½ up, always?", "app-1a2b-rounding-1-2-up-always"),
        ("Größe und Straße", "app-1a2b-grosse-und-strasse"),
        ("a " * 100, "app-1a2b-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a"),
        ("x" * 500, "app-1a2b-" + "x" * 40),
        ("…", "app-1a2b"),
        ("عنوان المهمة", "app-1a2b-عنوان-المهمة"),
    ],
)
def test_titles_become_words(title: str, name: str) -> None:
    assert filled_branch(BRANCH, issue(title), "anna") == name


@pytest.mark.parametrize(
    "pattern",
    [
        "{user}/{type}/{id}",
        "..{id}..",
        "/{id}//x.lock",
        "a b~^:?*[\\{id}",
        "@{id}",
        "{id}@{{",
        "-{id}.",
        ".lock/.",
        "x.lock.lock",
    ],
)
@pytest.mark.parametrize("user", ["Anna Ö", "../..", "@{x}", ""])
def test_git_takes_every_name(pattern: str, user: str) -> None:
    name = filled_branch(pattern, issue("a..b @{c} d.lock"), user)
    assert (
        subprocess.run(["git", "check-ref-format", "--branch", name], check=False, capture_output=True).returncode == 0
    )


def test_messages_have_titles_in_one_line() -> None:
    assert filled_message("[{id}] {title}: ", issue("Round\n half up")) == "[app-1a2b] Round half up: "


def test_unknown_words_and_long_patterns_are_refused() -> None:
    with pytest.raises(
        InvalidField, match=r"\{name\} stands for nothing; known are \{id\}, \{title\}, \{type\}, \{user\}"
    ):
        filled_branch("{name}", issue("x"), "anna")
    with pytest.raises(InvalidField, match="more than 200"):
        filled_message("x" * 201, issue("x"))
