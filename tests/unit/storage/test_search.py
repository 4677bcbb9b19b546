"""Search: signs, case and accents, alternatives; the same before and after the index has followed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.support.tracking import NOW, brought_in, created, done, fresh

from issuelens.domain.issue import Issue
from issuelens.domain.operation import AddComment
from issuelens.domain.query import parse_query
from issuelens.storage import lists
from issuelens.storage.conditions import Asking
from issuelens.storage.database import Database
from issuelens.storage.functions import words_of
from issuelens.storage.search import LARGE, RANKED, index_pending

ASKING = Asking(now=NOW, me="tester")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    one = fresh(tmp_path)
    yield one
    one.close()


def index(database: Database) -> None:
    with database.transaction() as connection:
        while index_pending(connection):
            pass


def titles(database: Database, query: str) -> list[str]:
    with database.transaction() as connection:
        return [one.title for one in lists.list_summaries(connection, parse_query(query), ASKING, "app")]


@pytest.mark.parametrize("words", ["100%", "a_b", "back\\slash", "%", "_", "c++", "a-b"])
@pytest.mark.parametrize("is_indexed", [False, True])
def test_signs_are_found_as_they_are(database: Database, words: str, *, is_indexed: bool) -> None:
    created(database, f"holds {words} somewhere")
    created(database, "holds 100x axb c nothing a b")
    if is_indexed:
        index(database)
    assert titles(database, f"text:{words}") == [f"holds {words} somewhere"]


@pytest.mark.parametrize("is_indexed", [False, True])
def test_signs_are_looked_for_in_every_text_whatever_the_case_and_accents(
    database: Database, *, is_indexed: bool
) -> None:
    created(database, "by a person", assignee="anna.b")
    created(database, "Über-cool thing")
    created(database, "labelled", labels=("néed-review",))
    created(database, "elsewhere", external_ref="GH-12")
    created(database, "noted", notes="C++ and D")
    created(database, "barfoo, c and d")
    created(database, "a Café")
    for title in ("мой", "один", "οδός", "한글 が"):
        created(database, title)
    commented = created(database, "commented")
    done(database, AddComment(ids=(commented.id,), text="see Großer_Fehler there"))
    if is_indexed:
        index(database)
    for query, found in {
        "anna.b": ["by a person"],
        "über-cool": ["Über-cool thing"],
        "uber-COOL": ["Über-cool thing"],
        "ber-cool": [],
        "need-rev": ["labelled"],
        "gh-1": ["elsewhere"],
        "großer_FEHLER": ["commented"],
        "GROßE": ["commented"],
        "мой": ["мой"],
        "ОДИ": ["один"],
        "ΟΔΌΣ": ["οδός"],
        "한글": ["한글 が"],
        "が": ["한글 が"],
        "c++": ["noted"],
        "text:c++,foo": ["noted"],
        "text:c++,cafe": ["noted", "a Café"],
        "text:++,cafe": ["noted", "a Café"],
        "text:++ text:and": ["noted"],
        "text:++ text:cafe": [],
        '"c++ a"': ["noted"],
        "-text:c++,foo title:a": ["by a person", "labelled", "barfoo, c and d", "a Café"],
    }.items():
        assert sorted(titles(database, query)) == sorted(found), query


def grown_large(database: Database) -> None:
    """As if the workspace had had LARGE issues before."""
    with database.transaction() as connection:
        connection.execute(text(f"UPDATE issue SET rowid = rowid + {LARGE}"))


def test_all_that_is_found_is_ranked_unless_that_is_very_much(database: Database) -> None:
    created(database, "x", description="parser " * 5)
    brought_in(
        database,
        *(Issue(id=f"app-{number:04}", title="y", description="see the parser") for number in range(RANKED + 5)),
    )
    index(database)
    assert titles(database, "parser limit:1") == ["x"]
    grown_large(database)
    assert titles(database, "parser limit:1") == ["y"]


def test_titles_are_not_missed_for_what_is_newer(database: Database) -> None:
    created(database, "the parser", description="of old")
    created(database, "nothing of it", description="about the parser")
    brought_in(
        database,
        *(Issue(id=f"app-{number:04}", title="x", description="see the parser") for number in range(RANKED + 5)),
        Issue(id="app-newer", title="a parser, too", description="parser"),
    )
    index(database)
    grown_large(database)
    assert set(titles(database, "parser limit:2")) == {"the parser", "a parser, too"}
    assert len(titles(database, f"parser limit:{RANKED}")) == RANKED
    assert len(titles(database, f"parser limit:{RANKED + 50}")) == RANKED + 8
    assert titles(database, "parser title:the limit:9") == ["the parser"]


def test_titles_that_lack_the_signs_are_not_taken_for_want_of_others(database: Database) -> None:
    for title in ("c++ of old", "c and d", "closed c++"):
        created(database, title, priority=0, status="closed" if title == "closed c++" else "open")
    brought_in(
        database, *(Issue(id=f"app-{number:04}", title="x", description="in c++") for number in range(RANKED + 5))
    )
    index(database)
    grown_large(database)
    found = titles(database, f"c++ is:open limit:{RANKED}")
    assert (found[0], {*found}, len(found)) == ("c++ of old", {"c++ of old", "x"}, RANKED)


def test_words_are_those_of_the_index() -> None:
    text = "οδός ΟΔΌΣ Großer ẞx Über ÉCOLE İstanbul ﬁn Й ё ű ł đ Å ấ ① ไทย が 한글 naïve cafe\u0301 и\u0306 a_b c-d 1½"
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE VIRTUAL TABLE text USING fts5(x, tokenize = 'unicode61 remove_diacritics 2')")
        connection.execute("CREATE VIRTUAL TABLE word USING fts5vocab(text, row)")
        connection.execute("INSERT INTO text VALUES (?)", (text,))
        terms = {row[0] for row in connection.execute("SELECT term FROM word")}
    assert set(words_of(text)) == terms


def test_a_lone_accent_is_looked_for_as_it_is(database: Database) -> None:
    created(database, "cafe\u0301")
    created(database, "cafe")
    assert titles(database, "\u0301") == ["cafe\u0301"]
