"""Conflict markers as git really writes them: what is left without them is the three-way merge of the sides."""

from __future__ import annotations

import io
import json
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.merging import Issues, by_id, numbered, versions

from issuelens.domain.issue import Issue
from issuelens.sync.jsonl import render_line
from issuelens.sync.markers import DEPTH, cleaned, is_marker, may_hold_markers
from issuelens.sync.merge import merge_files


def content(*issues: Issue | bytes) -> bytes:
    return b"".join(one if isinstance(one, bytes) else render_line(one) for one in issues)


def lines(text: bytes) -> list[str]:
    """What stands in a file, in the order of its lines' texts."""
    return sorted(text.decode("utf-8", "surrogateescape").splitlines())


def clean(text: bytes, ancestor: bytes = b"") -> bytes:
    found = cleaned(text, ancestor)
    assert found is not None
    return found.content


def ids(text: bytes) -> list[str]:
    return sorted(json.loads(line)["id"] for line in text.splitlines())


# As git writes them


def conflicted(base: bytes, ours: bytes, theirs: bytes, *options: str) -> bytes:
    """What git makes of three files."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("ours", "base", "theirs")]
        for path, text in zip(paths, (ours, base, theirs), strict=True):
            path.write_bytes(text)
        command = ["git", "merge-file", "-p", *options, *map(str, paths)]
        return subprocess.run(command, check=False, capture_output=True, timeout=60).stdout


@settings(deadline=None, max_examples=60)
@given(versions(), st.sampled_from(["--diff3", "--zdiff3", "-q"]), st.sampled_from([7, 9, 30]), st.booleans())
def test_it_is_the_merge_of_the_sides(
    three: tuple[Issues, Issues, Issues], style: str, size: int, is_dos: bool
) -> None:
    texts = [content(*one.values()) for one in three]
    texts = [text.replace(b"\n", b"\r\n") if is_dos else text for text in texts]
    text = conflicted(texts[0], texts[1], texts[2], style, f"--marker-size={size}")
    wanted = merge_files(*three)
    found = cleaned(text, texts[0])
    assert (found is not None) == any(map(is_marker, text.splitlines()))
    if found is None:
        return
    assert not may_hold_markers(io.BytesIO(found.content))
    assert lines(found.content) == lines(content(*wanted.issues))
    assert {repr(one) for one in found.conflicts} <= set(map(repr, wanted.conflicts))
    if style != "-q":
        assert lines(clean(text)) == lines(content(*wanted.issues))
    else:
        there = {one.id for one in wanted.issues}
        assert there <= set(ids(clean(text)))


@settings(deadline=None, max_examples=40)
@given(versions(), versions())
def test_blocks_inside_others_are_merged_first(
    three: tuple[Issues, Issues, Issues], others: tuple[Issues, Issues, Issues]
) -> None:
    inner = [content(*one.values()) for one in others]
    base = conflicted(inner[0], inner[1], inner[2], "--diff3", "--marker-size=9")
    merged = by_id(merge_files(*others).issues)
    ours, theirs = three[1], three[2]
    text = block(content(*ours.values()), base, content(*theirs.values()))
    assert lines(clean(text)) == lines(content(*merge_files(merged, ours, theirs).issues))


def block(ours: bytes, base: bytes | None, theirs: bytes, size: int = 7) -> bytes:
    before = b"" if base is None else b"|" * size + b" base\n" + base
    return b"<" * size + b" HEAD\n" + ours + before + b"=" * size + b"\n" + theirs + b">" * size + b" side\n"


# As people leave them


SIGNS = [b"<<<<<<< HEAD\n", b"||||||| base\n", b"=======\n", b">>>>>>> side\n", b"<<<<<<<<< x\n", b">>>>>>>>>\n"]
LINES = [render_line(numbered(number, day, notes=f"of day {day}")) for number in range(1, 5) for day in range(1, 4)]
OTHERS = [b"garbled\n", b'{"id":"app-9","tit\n', b"\xff\n", b"\r\n"]
PIECES = st.lists(st.sampled_from(SIGNS) | st.sampled_from(LINES) | st.sampled_from(OTHERS), max_size=12)


@settings(deadline=None, max_examples=300)
@given(PIECES)
def test_whatever_is_left_of_them_no_issue_of_a_side_is_lost(pieces: list[bytes]) -> None:
    text = b"".join(pieces)
    found = cleaned(text)
    if found is None:
        assert not any(map(is_marker, text.split(b"\n")))
        return
    assert cleaned(found.content) is None
    is_base = False
    shown: set[str] = set()
    in_base: set[str] = set()
    for line in text.splitlines():
        is_base = line.startswith(b"|") if is_marker(line) else is_base
        if line.endswith(b"}"):
            (in_base if is_base else shown).add(json.loads(line)["id"])
    there = {json.loads(line)["id"] for line in found.content.splitlines() if line.endswith(b"}")}
    # What a base has, one side may have removed.
    assert shown - in_base <= there <= shown | in_base
    assert b"garbled" in found.content or b"garbled" not in _outside(text)


def _outside(text: bytes) -> bytes:
    """What stands before the first marker."""
    return text[: min((text.find(one) for one in (b"<<<", b"|||", b"===", b">>>") if one in text), default=0)]


@pytest.mark.parametrize(
    "text",
    [
        b"<<<<<<< HEAD\nA1\n",
        b"A1\n=======\nA2\n",
        b"A1\n>>>>>>> side\nA2\n",
        b"<<<<<<< HEAD\nA1\n||||||| base\nA1\n",
        b"<<<<<<< HEAD\nA1\n||||||| base\nA1\n>>>>>>> side\n",
        b"||||||| base\nA1\n=======\n>>>>>>> side\n",
        b"<<<<<<< HEAD\nA1\n||||||| base\nA1\n||||||| base\n=======\n>>>>>>> side\n",
        b"<<<<<<< HEAD\nA1\n||||||| base\nA1\n========\n=======\n>>>>>>> side\n",
        b"<<<<<<< HEAD\n<<<<<<<<< x\nA1\n||||||| base\nA1\n=======\n>>>>>>> side\n",
        b"<<<<<<< x\n" * (DEPTH + 3) + b"A1\n||||||| base\nA1\n" + b"=======\n>>>>>>> side\n" * (DEPTH + 3),
    ],
)
def test_what_is_not_whole_removes_nothing(text: bytes) -> None:
    one, other = numbered(1), numbered(1, 2, notes="other")
    text = text.replace(b"A1\n", render_line(one)).replace(b"A2\n", render_line(other))
    assert set(ids(clean(text, content(one)))) == {"app-1"}


def test_what_one_side_removed_is_gone_only_when_the_ancestor_is_known() -> None:
    ours, theirs = content(numbered(1, 2, notes="ours")), content(numbered(2))
    base = content(numbered(1), numbered(2))
    assert ids(clean(block(ours, base, b""))) == ["app-1"]
    assert ids(clean(block(ours, None, theirs), base)) == ["app-1"]
    assert ids(clean(block(ours, None, theirs))) == ["app-1", "app-2"]


def test_a_conflict_is_told_once() -> None:
    before, one, other = numbered(1), numbered(1, 2, title="early"), numbered(1, 3, title="late")
    text = content(numbered(2)) + block(content(one), content(before), content(other)) + content(numbered(3))
    found = cleaned(text)
    assert found is not None
    assert [(told.issue_id, told.field, told.kept, told.other) for told in found.conflicts] == [
        ("app-1", "title", "late", "early")
    ]
    assert ids(found.content) == ["app-1", "app-2", "app-3"]


def test_an_issue_in_a_block_and_outside_of_it_is_one() -> None:
    one, other = numbered(1, 2, notes="outside"), numbered(1, 3, labels=["inside"])
    [line] = clean(content(one) + block(content(other), None, content(numbered(1)))).splitlines()
    found = json.loads(line)
    assert (found["notes"], found["labels"]) == ("outside", ["inside"])


def test_other_lines_stay_to_the_letter() -> None:
    foreign = b'{"title": "t",  "id": "app-7", "x": 1e3}'
    text = b"\xef\xbb\xbf" + block(content(numbered(1)), None, b"garbled\n") + foreign + b"\n\xff\n\n"
    assert lines(clean(text)) == lines(content(numbered(1), foreign + b"\n", b"garbled\n", b"\xff\n"))


def test_a_line_that_was_cut_off_stays_the_last_one() -> None:
    cut = b'{"id":"app-2","tit'
    assert clean(block(content(numbered(1)), None, b"") + cut).endswith(b"\n" + cut)
    assert clean(b"<<<<<<< HEAD\n" + content(numbered(3)) + cut).endswith(b"\n" + cut)
    assert clean(block(b"", None, b"") + content(numbered(1))[:-1]) == content(numbered(1))[:-1]


def test_an_issue_whose_line_is_garbled_on_one_side_counts_as_left_alone() -> None:
    base, garbled = content(numbered(1)), b'{"id": "app-1", "titl\n'
    assert lines(clean(block(garbled, base, base))) == lines(base + garbled)


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        (b"<<<<<<< HEAD\n", True),
        (b"||||||| 1a2b\r\n", True),
        (b"=======", True),
        (b">>>>>>>>>>> x y\n", True),
        (b"======\n", False),
        (b"<<<<<<<HEAD\n", False),
        (b" =======\n", False),
        (b'{"id":"<<<<<<< x"}\n', False),
        (b"======<\n", False),
    ],
)
def test_what_a_marker_is(line: bytes, is_one: bool) -> None:
    assert is_marker(line) == is_one
    assert (cleaned(line) is not None) == is_one


@pytest.mark.parametrize("marker", [b"<<<<<<< x", b"|||||||", b"=======\r", b">>>>>>> x"])
@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b"{}\n", b"{}" * 524_285 + b"\n", b"{}\n" * 349_524])
def test_they_are_found_wherever_they_stand(marker: bytes, before: bytes) -> None:
    file = io.BytesIO(before + marker + b"\n")
    assert may_hold_markers(file)
    assert file.tell() == 0
    assert not may_hold_markers(io.BytesIO(before + b"{}" + marker))
