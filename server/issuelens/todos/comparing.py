"""What an earlier scan saw, compared with what is there now."""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterator, Sequence
from typing import Final

from issuelens.todos import snapshot
from issuelens.todos.reading import Inside
from issuelens.todos.snapshot import CHANGED, NOTHING, Known, Snapshot, names_in

TRACKED: Final = 0
UNTRACKED: Final = 1
"""The two parts of a list."""


class Comparison:
    """The snapshot that an earlier scan gave, and the one that this scan will give. For the current folder."""

    def __init__(self, known: bytes, meant_for: str) -> None:
        before = snapshot.unpack(known, meant_for) if known else None
        self.is_whole = before is None
        self.names: list[list[bytes]] = [[], []]
        """The files of the earlier scan, tracked and untracked."""
        self._bytes = known
        self._meant_for = meant_for
        self._before = before or Snapshot(b"", b"", array("q"))
        self._stamps: list[array[int]] = [array("q"), array("q")]
        self._now: list[tuple[list[bytes], array[int]]] = []
        self._known = Known()

    def lists(self) -> list[tuple[list[bytes], array[int]]]:
        """The files of the earlier scan, and the stamps that they had: whoever looks at the files changes these."""
        self.names = [names_in(self._before.tracked), names_in(self._before.untracked)]
        count = len(self.names[TRACKED])
        self._stamps = [self._before.stamps[:count], self._before.stamps[count:]]
        return list(zip(self.names, self._stamps, strict=True))

    def is_listed(self, listed: bytes, part: int) -> bool:
        """Whether a list of git's has the same files as that of the earlier scan."""
        return listed == self._before[part]

    def stamps_of(self, names: list[bytes], part: int) -> array[int]:
        """The stamps of this scan's files, which are kept up to date by whoever reads the files."""
        before, stamps = self.names[part], self._stamps[part]
        if self.is_whole:
            stamps = array("q", bytes(8 * len(names)))
        elif names is not before:
            stamps = self._known.stamps(names, before, stamps, self.names[1 - part])
        self._now.append((names, stamps))
        return stamps

    def gone(self) -> Iterator[bytes]:
        """The files that are in no list any more."""
        return self._known.gone()

    def packed(self) -> bytes:
        """This scan's snapshot; empty when it is the earlier one."""
        stamps: array[int] = array("q")
        for _, one in self._now:
            stamps += one
        is_same = all(one is before for (one, _), before in zip(self._now, self.names, strict=True))
        if is_same and not self.is_whole and stamps == self._before.stamps:
            return b""
        tracked, untracked = (b"\0".join(names) for names, _ in self._now)
        return snapshot.pack(Snapshot(tracked, untracked, stamps), self._meant_for)


def compared(names: Sequence[bytes], stamps: Sequence[int], inside: Inside) -> array[int]:
    """The stamps of files in the current folder, but CHANGED for those that are not as they were."""
    found = array("q", stamps)
    last, is_entered, look = b"", True, os.lstat
    for number, (name, old) in enumerate(zip(names, stamps, strict=True)):
        if NOTHING <= old <= CHANGED:
            continue
        folder = name[: name.rfind(b"/") + 1]
        if folder != last:
            last, is_entered = folder, inside.holds(name)
        try:
            # As `stamp_of` has it, but for three numbers: with 100,000 files, a call for each would be felt.
            now = look(name)
            if is_entered and hash((now.st_size, now.st_mtime_ns, now.st_ctime_ns, now.st_ino)) == old:
                continue
        except OSError:
            pass  # it went away, which is seen when it is read
        found[number] = CHANGED
    return found
