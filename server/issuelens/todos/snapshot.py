"""What a scan saw: the files and a stamp each, so that the next scan reads only what differs.

A stamp is 0 when nothing is held of a file, UNREAD when files of its name are not read, CHANGED when it must be read
again in any case; else it stands for size, times and inode.
"""

from __future__ import annotations

import json
import os
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

NOTHING: Final = 0
UNREAD: Final = 1
CHANGED: Final = 2
RACY_NS: Final = 2_000_000_000
"""A file that was changed less than this before the scan began may change again without another time (FAT has 2 s)."""
_MAGIC: Final = b"issuelens scan 1\n"
_SIZE_LIMIT: Final = 1 << 28
"""Bytes of an unpacked snapshot; a larger one is a fault."""


class Snapshot(NamedTuple):
    """The files of a scan: tracked and untracked names, each joined by NUL and sorted, and the stamps of both."""

    tracked: bytes
    untracked: bytes
    stamps: array[int]


def stamp_of(status: os.stat_result) -> int:
    """The stamp of a file as it is."""
    # Python's hash of whole numbers is the same in each process.
    found = hash((status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino))
    return found if not NOTHING <= found <= CHANGED else 3


def lasting_stamp(status: os.stat_result, racy_ns: int) -> int:
    """The stamp to keep of a file that is read; CHANGED when it was changed at `racy_ns` (of the Epoch) or later."""
    is_racy = status.st_ctime_ns >= racy_ns or (os.name == "nt" and status.st_mtime_ns >= racy_ns)
    return CHANGED if is_racy else stamp_of(status)


def names_in(joined: bytes) -> list[bytes]:
    """The names of one part."""
    return joined.split(b"\0") if joined else []


def pack(snapshot: Snapshot, meant_for: str) -> bytes:
    """The snapshot as bytes; `meant_for` says for which settings and Python it is good."""
    head = {
        "for": meant_for,
        "tracked": len(snapshot.tracked),
        "untracked": len(snapshot.untracked),
        "stamps": len(snapshot.stamps),
    }
    # Part by part: all of them at once would be the most memory that a scan takes.
    packing, total, packed = zlib.compressobj(1), 0, []
    for part in (snapshot.tracked, snapshot.untracked, memoryview(snapshot.stamps).cast("B")):
        total = zlib.crc32(part, total)
        packed.append(packing.compress(part))
    line = json.dumps({**head, "sum": total}).encode() + b"\n"
    return b"".join((_MAGIC, line, *packed, packing.flush()))


def unpack(content: bytes, meant_for: str) -> Snapshot | None:
    """The snapshot; None when it is damaged, or of other settings."""
    try:
        return _unpacked(content, meant_for)
    except (ValueError, KeyError, TypeError, zlib.error):
        return None


def _unpacked(content: bytes, meant_for: str) -> Snapshot | None:
    line, _, packed = content[len(_MAGIC) :].partition(b"\n")
    if not content.startswith(_MAGIC):
        return None
    head = json.loads(line)
    lengths = [head["tracked"], head["untracked"], head["stamps"]]
    if head["for"] != meant_for or not all(type(one) is int and 0 <= one <= _SIZE_LIMIT for one in lengths):
        return None
    tracked, untracked, count = lengths
    stamps = array("q")
    length = tracked + untracked + count * stamps.itemsize
    unpacking = zlib.decompressobj()
    body = unpacking.decompress(packed, length + 1) if length <= _SIZE_LIMIT else b""
    if not unpacking.eof or len(body) != length or zlib.crc32(body) != head["sum"]:
        return None
    stamps.frombytes(body[tracked + untracked :])
    snapshot = Snapshot(body[:tracked], body[tracked : tracked + untracked], stamps)
    names = sum(part.count(b"\0") + 1 for part in snapshot[:2] if part)
    return snapshot if names == count else None


class Known:
    """Gives names of a list the stamps that the same names had before; both lists are sorted."""

    def __init__(self) -> None:
        self.missing: list[bytes] = []
        self.fresh: set[bytes] = set()

    def stamps(
        self, names: Sequence[bytes], before: Sequence[bytes], stamps: Sequence[int], elsewhere: Sequence[bytes] = ()
    ) -> array[int]:
        """The stamp of each name; remembers those that are gone, and those that are new.

        One that was `elsewhere`, in the other list, is to be read: what it held there may be gone.
        """
        found, position = array("q"), 0
        for name in names:
            while position < len(before) and before[position] < name:
                self._gone(before[position], stamps[position])
                position += 1
            if position < len(before) and before[position] == name:
                found.append(stamps[position])
                position += 1
            else:
                at = bisect_left(elsewhere, name)
                found.append(CHANGED if elsewhere[at : at + 1] == [name] else NOTHING)
                self.fresh.add(name)
        for rest in range(position, len(before)):
            self._gone(before[rest], stamps[rest])
        return found

    def _gone(self, name: bytes, stamp: int) -> None:
        if stamp not in (NOTHING, UNREAD):
            self.missing.append(name)

    def gone(self) -> Iterator[bytes]:
        """The names that are in neither list any more."""
        return (name for name in self.missing if name not in self.fresh)
