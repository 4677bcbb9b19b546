"""Which lines of a file are merged together."""

from __future__ import annotations

from pathlib import Path

from issuelens.daemon.parts import stamp_of
from issuelens.daemon.shared_file import FileScan
from issuelens.daemon.slices import SLICE, SLICES, Scans, sliced


def scans(folder: Path, lines: list[bytes], name: str = "issues.jsonl") -> Scans:
    path = folder / name
    path.write_bytes(b"".join(lines))
    scan = FileScan(stamp_of(path), unchanged=7)
    offset = 0
    for number, line in enumerate(lines, 1):
        scan.differing.append((number, offset))
        offset += len(line)
    return {name: scan}


def lines(count: int, begin: int = 0) -> list[bytes]:
    return [b'{"id":"app-%d"}\n' % number for number in range(begin, begin + count)]


def sizes(parts: list[Scans]) -> list[list[int]]:
    return [[len(scan.differing) for scan in part.values()] for part in parts]


def test_few_are_merged_at_once(tmp_path: Path) -> None:
    found = scans(tmp_path, lines(SLICE))
    assert sliced(tmp_path, found) == [found]


def test_many_in_slices_and_what_was_unchanged_is_counted_once(tmp_path: Path) -> None:
    found = scans(tmp_path, lines(2 * SLICE + 1))
    parts = sliced(tmp_path, found)
    assert sizes(parts) == [[SLICE], [SLICE], [1]]
    assert [part["issues.jsonl"].unchanged for part in parts] == [0, 0, 7]
    assert [one for part in parts for one in part["issues.jsonl"].differing] == found["issues.jsonl"].differing


def test_several_files_are_cut_as_one(tmp_path: Path) -> None:
    (tmp_path / "issues").mkdir()
    both = {**scans(tmp_path, lines(SLICE - 1), "issues/00.jsonl"), **scans(tmp_path, lines(3, 100), "issues/01.jsonl")}
    parts = sliced(tmp_path, both)
    assert sizes(parts) == [[SLICE - 1, 1], [0, 2]]
    assert [*parts[-1]] == [*both]


def test_a_very_large_file_has_larger_slices(tmp_path: Path) -> None:
    count = SLICE * SLICES * 2
    assert sizes(sliced(tmp_path, scans(tmp_path, lines(count)))) == [[2 * SLICE]] * SLICES


def test_lines_that_say_something_about_others_stay_together(tmp_path: Path) -> None:
    many = lines(3 * SLICE)
    for wrong in ([*many, many[0]], [*many, b"no issue\n"], [*many, b'{"id":"app-cut"']):
        found = scans(tmp_path, wrong)
        assert sliced(tmp_path, found) == [found]
    marked = scans(tmp_path, many)
    marked["issues.jsonl"].clean = b""
    assert sliced(tmp_path, marked) == [marked]
