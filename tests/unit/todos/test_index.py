"""The index: both ways, open documents first, keys that stay, and little memory."""

from __future__ import annotations

import gc
import tracemalloc

from issuelens.todos.anchors import with_keys
from issuelens.todos.found import FileFindings, Marker, Mention, findings_of
from issuelens.todos.index import Layer, Place, TodoIndex
from issuelens.todos.languages import LANGUAGES
from issuelens.todos.settings import ScanSettings

SETTINGS = ScanSettings(tags=("TODO", "FIXME"), prefixes=frozenset({"app"}))


def held(path: str, text: str, *, before: tuple[Marker, ...] = ()) -> FileFindings:
    """What a Python text holds, with keys."""
    found = findings_of(path, text, LANGUAGES["python"], SETTINGS)
    return FileFindings(path, with_keys(path, before, found.markers), found.mentions)


def texts(index: TodoIndex) -> list[tuple[str, str]]:
    return [(path, one.text) for path, one in index.todos()]


def keys(index: TodoIndex, path: str) -> dict[str, str]:
    return {one.text: one.key for one in index.of_file(path).markers}


def test_by_file_and_by_issue() -> None:
    index = TodoIndex()
    index.take([held("b.py", "# TODO(app-1a2b): one\n# see app-9z9z\n"), held("a.py", "# FIXME: two, app-1a2b\n")])
    assert texts(index) == [("a.py", "two, app-1a2b"), ("b.py", "one")]
    assert [(place.path, type(place.one)) for place in index.places("app-1a2b")] == [
        ("a.py", Mention),
        ("b.py", Marker),
    ]
    assert index.places("app-9z9z") == [Place("b.py", Mention("app-9z9z", 1, 6, True, "# see app-9z9z"))]
    assert index.counts() == {"TODO": 1, "FIXME": 1}
    index.take([held("a.py", "# nothing\n")])
    assert [place.path for place in index.places("app-1a2b")] == ["b.py"]
    index.take([FileFindings("b.py")])
    assert index.places("app-1a2b") == []
    assert len(index.disk) == 0


def test_taking_says_which_files_hold_something_else() -> None:
    index = TodoIndex()
    one, other = held("a.py", "# TODO: one\n"), held("b.py", "# TODO: two\n")
    assert index.take([one, other]) == {"a.py", "b.py"}
    assert index.take([one, held("b.py", "\n# TODO: two\n", before=other.markers), FileFindings("c.py")]) == {"b.py"}


def test_an_open_document_counts_before_the_disk() -> None:
    index = TodoIndex()
    index.take([held("a.py", "# TODO: on the disk\n")])
    assert index.put_open(held("a.py", "# TODO: in the buffer\n"), 2)
    assert not index.put_open(held("a.py", "# TODO: late\n"), 1), "an older version"
    index.take([held("a.py", "# TODO: written by another program, app-1a2b\n")])
    assert texts(index) == [("a.py", "in the buffer")]
    assert index.places("app-1a2b") == []
    assert index.close("a.py")
    assert texts(index) == [("a.py", "written by another program, app-1a2b")]
    assert [place.path for place in index.places("app-1a2b")] == ["a.py"]
    assert not index.close("a.py")


def test_a_new_document_that_is_not_on_the_disk() -> None:
    index = TodoIndex()
    assert not index.put_open(FileFindings("new.py"), 1)
    assert index.put_open(held("new.py", "# TODO(app-1a2b): here\n"), 2)
    assert texts(index) == [("new.py", "here")]
    assert [place.path for place in index.places("app-1a2b")] == ["new.py"]


def test_a_key_stays_through_editing_saving_and_closing() -> None:
    index = TodoIndex()
    disk = held("a.py", "# TODO: old\n")
    index.take([disk])
    typed = held("a.py", "# TODO: old\n\n# TODO: n\n", before=disk.markers)
    index.put_open(typed, 1)
    typed = held("a.py", "# TODO: old\n\n# TODO: new one\n", before=typed.markers)
    index.put_open(typed, 2)
    shown = keys(index, "a.py")
    # Whoever reads the disk only has never seen the first letter of it.
    written = held("a.py", "# TODO: old\n\n# TODO: new one\n", before=disk.markers)
    theirs = written.markers[1].key
    assert theirs != shown["new one"]
    index.take([written])
    assert keys(index, "a.py") == shown
    index.close("a.py")
    assert keys(index, "a.py") == shown
    assert index.key_of(theirs) == shown["new one"]
    index.take([held("a.py", "# TODO: old\n# moved\n\n# TODO: new one\n", before=written.markers)])
    assert keys(index, "a.py") == shown, "and when the file changes later"
    layer = index.fresh_layer()
    layer.put(written)
    index.replace(layer)
    assert keys(index, "a.py") == shown, "and when everything is read anew"


def test_a_key_stays_when_the_document_is_closed_before_its_file_was_read() -> None:
    index = TodoIndex()
    index.put_open(held("a.py", "# TODO: n\n"), 1)
    typed = held("a.py", "# TODO: new\n", before=index.of_file("a.py").markers)
    index.put_open(typed, 2)
    shown = keys(index, "a.py")
    index.close("a.py")
    assert texts(index) == []
    layer = index.fresh_layer()
    layer.put(held("a.py", "# TODO: new\n"))
    index.replace(layer)
    assert keys(index, "a.py") == shown


def test_what_moves_between_files_keeps_its_key() -> None:
    index = TodoIndex()
    index.take([held("old.py", "# TODO: one\n\n# TODO: two\n")])
    before = keys(index, "old.py")
    now = findings_of("new.py", "# TODO: one\n\n# TODO: two\n", LANGUAGES["python"], SETTINGS)
    carried = index.carry({"old.py": FileFindings("old.py"), "new.py": now})
    assert index.take(carried) == {"old.py", "new.py"}
    assert keys(index, "new.py") == before


def test_a_snapshot_does_not_change() -> None:
    index = TodoIndex()
    index.take([held("a.py", "# TODO: one\n")])
    index.put_open(held("b.py", "# TODO: two\n"), 1)
    before = index.snapshot()
    index.take([FileFindings("a.py")])
    index.close("b.py")
    assert texts(before) == [("a.py", "one"), ("b.py", "two")]
    assert texts(index) == []


def test_odd_names_and_texts_are_kept_as_they_are() -> None:
    index = TodoIndex()
    found = held("caf\udce9.py", "# TODO: half \ud800 of a sign\n")
    index.take([found])
    assert index.of_file("caf\udce9.py") == found


def test_20_000_markers_take_less_than_10_mb() -> None:
    files = [
        held(f"src/package/module{number}.py", "\n".join(f"# TODO(app-{n}a2b): look at {number} {n}" for n in range(4)))
        for number in range(100)
    ]
    gc.collect()
    tracemalloc.start()
    try:
        layer = Layer()
        for number in range(5_000):
            one = files[number % 100]
            layer.put(FileFindings(f"src/{number}/{one.path}", one.markers, one.mentions))
        gc.collect()
        traced = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert traced < 7_000_000, f"{traced:,} bytes"


def test_a_file_made_anew_where_another_one_was_moved_away_has_keys_of_its_own() -> None:
    index = TodoIndex()
    found = findings_of("a.py", "# TODO: one\n", LANGUAGES["python"], SETTINGS)
    for change in (
        {"a.py": found},
        {"a.py": FileFindings("a.py"), "b.py": found._replace(path="b.py")},
        {"a.py": found},
    ):
        index.take(index.carry(change))
    assert keys(index, "b.py") == keys_of_first("a.py")
    assert keys(index, "a.py").keys() == {"one"}
    assert keys(index, "a.py") != keys(index, "b.py")


def keys_of_first(path: str) -> dict[str, str]:
    """The keys that a file's TODOs get when nothing is known of it."""
    return {one.text: one.key for one in held(path, "# TODO: one\n").markers}
