"""Which id a word means: beginnings that one issue has, those that several have, and how long new ids are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.tracking import created, fresh, passing_database

from issuelens.domain.errors import AmbiguousId, UnknownIssue
from issuelens.domain.issue import Issue
from issuelens.domain.vocabulary import TOMBSTONE, Category
from issuelens.storage import reads, writes
from issuelens.storage.database import Database
from issuelens.storage.reads import CANDIDATES


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    one = fresh(tmp_path)
    yield one
    one.close()


def insert(database: Database, *ids: str, deleted: bool = False) -> None:
    fields = {"status": TOMBSTONE, "category": Category.DONE} if deleted else {}
    with database.transaction() as connection:
        writes.insert_issues(connection, [Issue(id=one, title=one, **fields) for one in ids])


def resolved(database: Database, word: str) -> str:
    with database.transaction() as connection:
        return reads.resolve_id(connection, word, "app")


def ambiguous(database: Database, word: str) -> AmbiguousId:
    with pytest.raises(AmbiguousId) as told:
        resolved(database, word)
    return told.value


def test_an_ambiguous_beginning_tells_whose_it_may_be(database: Database) -> None:
    insert(database, "app-1a2b", "app-1a2b.1", "app-1a2c", "app-2xyz")
    told = ambiguous(database, "1a2")
    assert told.details == {"ids": ["app-1a2b", "app-1a2c"]}
    assert told.message == "id: 1a2 begins several ids: app-1a2b, app-1a2c. Give more of it."


def test_many_candidates_are_cut_short(database: Database) -> None:
    insert(database, *(f"app-1{number:03}" for number in range(50)))
    told = ambiguous(database, "app-1")
    assert told.details["ids"] == [f"app-1{number:03}" for number in range(CANDIDATES)]
    assert told.message.endswith("app-1005 and more. Give more of it.")


@pytest.mark.parametrize("children", [0, 1, 5, 6, 7, 20])
def test_children_of_the_first_candidate_hide_no_other(database: Database, children: int) -> None:
    below = [f"app-3abc.{number}" for number in range(1, children + 1)]
    insert(database, "app-3abc", *below, *(f"{one}.1" for one in below))
    assert resolved(database, "app-3") == "app-3abc"
    insert(database, "app-3xyz")
    assert ambiguous(database, "app-3").details["ids"] == ["app-3abc", "app-3xyz"]


def test_an_exact_id_wins_over_longer_ones(database: Database) -> None:
    insert(database, "app-1a2", "app-1a2b", "app-1a2-x")
    assert resolved(database, "app-1a2") == "app-1a2"
    assert ambiguous(database, "app-1a").details["ids"] == ["app-1a2", "app-1a2-x", "app-1a2b"]


def test_tombstones_are_named_by_their_whole_id_only(database: Database) -> None:
    insert(database, "app-1gone", deleted=True)
    insert(database, "app-1here")
    assert resolved(database, "app-1") == "app-1here"
    assert resolved(database, "app-1gone") == "app-1gone"
    with database.transaction() as connection:
        assert reads.resolve_deleted(connection, "1", "app") == "app-1gone"
        assert reads.resolve_deleted(connection, "app-1h", "app") == "app-1here"


IDS = st.from_regex(r"(app|my-lib)-[01a]{2,4}(\.[12]){0,2}(-x)?", fullmatch=True)


@settings(max_examples=40, deadline=None)
@given(st.sets(IDS, max_size=14), st.from_regex(r"(app|my|my-lib)(-[01a]{0,3}(\.[12]?)?)?", fullmatch=True))
def test_it_means_what_comparing_all_ids_says(ids: set[str], word: str) -> None:
    begun = [one for one in sorted(ids) if one.startswith(word)]
    roots = [one for one in begun if not any(one.startswith(f"{other}.") for other in begun)]
    with passing_database() as database:
        insert(database, *ids)
        with database.transaction() as connection:
            if word in ids:
                assert reads.resolve_id(connection, word) == word
            elif len(roots) == 1:
                assert reads.resolve_id(connection, word) == roots[0]
            else:
                with pytest.raises(AmbiguousId if roots else UnknownIssue) as told:
                    reads.resolve_id(connection, word)
                assert told.value.details.get("ids", []) == roots[:CANDIDATES]


def test_new_ids_grow_with_the_number_of_issues(database: Database) -> None:
    assert len(created(database, "first").id) == len("app-1a2b")
    insert(database, *(f"lib-{number:05}" for number in range(16_797)))
    assert len(created(database, "more").id) == len("app-1a2b3")
