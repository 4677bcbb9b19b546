"""A merge of many lines in slices, each a transaction and an operation of its own, between which other writes go.

A crash between two loses nothing: the lines that were merged are bases by then, all others are still as no base is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from attrs import evolve

from issuelens.daemon.shared_file import FileScan, id_of

SLICE: Final = 10
"""Lines that are merged in one transaction;"""
SLICES: Final = 500
"""of a file that would need more than so many, more at a time."""

Scans = Mapping[str, FileScan]


def sliced(folder: Path, scans: Scans) -> list[Scans]:
    """The lines that differ, some at a time; the last part has the rest, and all else that is known of the files.

    All is one part where a line may say something about others: one without an id as we write it, a second one of the
    same issue, one that was cut off, or conflict markers.

    Args:
        folder: of the files.
        scans: what in them is not as its base, by their names.

    Raises:
        OSError, FileChanged: when a file can't be read, or is another one by now.
    """
    lines = [(name, one) for name, scan in scans.items() for one in scan.differing]
    size = max(SLICE, -(-len(lines) // SLICES))
    if len(lines) <= size or not _stand_alone(folder, scans):
        return [scans]
    return [
        _part(scans, lines[start : start + size], start + size >= len(lines)) for start in range(0, len(lines), size)
    ]


def _part(scans: Scans, lines: list[tuple[str, tuple[int, int]]], is_last: bool) -> Scans:
    found = {
        name: [line for other, line in lines if other == name] for name in dict.fromkeys(name for name, _ in lines)
    }
    if is_last:
        return {name: evolve(scan, differing=found.get(name, [])) for name, scan in scans.items()}
    return {name: evolve(scans[name], differing=differing, unchanged=0) for name, differing in found.items()}


def _stand_alone(folder: Path, scans: Scans) -> bool:
    if any(scan.clean is not None for scan in scans.values()):
        return False
    ids = [one for name, scan in scans.items() if scan.differing for one in _ids(folder / name, scan)]
    return None not in ids and len(set(ids)) == len(ids)


def _ids(path: Path, scan: FileScan) -> Iterator[str | None]:
    """The ids of the lines that differ; None for one that has none, or no end."""
    with scan.opened(path) as file:
        for _, offset in scan.differing:
            file.seek(offset)
            line = file.readline()
            yield id_of(line) if line.endswith(b"\n") else None
