"""Knows TODOs again after a change: through edits, moves within a file and between files, and renames of files.

Markers are compared in rounds, from what says most to what says least. In each round those of before and of now that
say the same make a group, and those of a group are paired in order, one with one. Where a group has more on one side,
each goes to the nearest one, lines being counted from the nearest marker that is known already. No round compares each
with each, so the time grows with the number of markers, whatever they say.
"""

from __future__ import annotations

import base64
import hashlib
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Final

from attrs import define, field, frozen

from issuelens.todos.found import Marker
from issuelens.todos.regex import regex

KEY_LENGTH: Final = 12
"""Characters of a key, of five bits each: that two of 100,000 meet has a chance of one in 200 million."""
BEGINNING: Final = 4
"""Words with which a text begins that is another one only from there on."""
WORDS: Final = 50
"""Words of a text that are looked at for one in common, of four letters or more."""
NEAR: Final = 50
"""Lines within which another text between the same lines is the same TODO, edited."""

_WORD: Final = regex(r"\w+")
_Say = Callable[["_Placed"], Hashable]
"""What a marker says in a round; None: nothing."""


def with_keys(path: str, before: Sequence[Marker], now: Sequence[Marker]) -> tuple[Marker, ...]:
    """The markers of a file with their keys.

    Args:
        path: the file's.
        before: what it held, with keys, in order.
        now: what it holds, in order.

    Returns:
        `now`, each with the key of the one in `before` that it is, else with a new one. A new key says nothing but
        path, words, lines around, and how many of the same stand before it.
    """
    return carried({path: before}, {path: now})[path]


def carried(
    before: Mapping[str, Sequence[Marker]], now: Mapping[str, Sequence[Marker]], taken: Collection[str] = ()
) -> dict[str, tuple[Marker, ...]]:
    """The markers of several files that changed together, with their keys: they may have moved between these files.

    Args:
        before: path -> what the file held, with keys. A file that was not there may be missing.
        now: path -> what the file holds. A file that is gone may be missing.
        taken: keys of other files, which no new marker gets.

    Returns:
        The paths of `now`, with what they hold.
    """
    match = _Match(_placed(before), _placed(now))
    for path in now.keys() & before.keys():
        match.within(path, path, _STRONG)
    for old, new in _renamed(before, now):
        match.within(old, new, (*_STRONG, *_WEAK))
    match.between(_BETWEEN)
    for path in now.keys() & before.keys():
        match.within(path, path, _WEAK)
    return match.keyed(_Keys({one.key for markers in before.values() for one in markers} | set(taken)))


@frozen(eq=False)
class _Placed:
    """A marker and where it is; compared by identity."""

    path: str
    marker: Marker


def _placed(files: Mapping[str, Sequence[Marker]]) -> dict[str, list[_Placed]]:
    return {path: [_Placed(path, one) for one in files[path]] for path in sorted(files)}


# What a marker says, from much to little


def _all(one: _Placed) -> Hashable:
    return one.marker.words, one.marker.around, one.marker.issue_id


def _words_around(one: _Placed) -> Hashable:
    return one.marker.words, one.marker.around


def _words_issue(one: _Placed) -> Hashable:
    return (one.marker.words, one.marker.issue_id) if one.marker.issue_id else None


def _words(one: _Placed) -> Hashable:
    return one.marker.words


def _issue(one: _Placed) -> Hashable:
    return one.marker.issue_id


def _around(one: _Placed) -> Hashable:
    return one.marker.around


def _beginning(one: _Placed) -> Hashable:
    words = [match[0].casefold() for match in islice(_WORD.finditer(one.marker.text), BEGINNING)]
    return (one.marker.tag, *words) if len(words) == BEGINNING else None


def _named_words_around(one: _Placed) -> Hashable:
    return _name(one.path), one.marker.words, one.marker.around


def _some_words(one: _Placed) -> Hashable:
    return one.marker.words if one.marker.text else None


_STRONG: Final[tuple[_Say, ...]] = (_all, _words_around, _words_issue, _issue, _words)
_WEAK: Final[tuple[_Say, ...]] = (_around, _beginning)
_BETWEEN: Final[tuple[_Say, ...]] = (_named_words_around, _all, _words_around, _some_words, _issue)


@define(eq=False)
class _Match:
    """Who is whom. `known` holds, for a marker of now, the one that it was."""

    before: dict[str, list[_Placed]]
    now: dict[str, list[_Placed]]
    known: dict[_Placed, _Placed] = field(factory=dict)
    _gone: set[_Placed] = field(factory=set)

    def within(self, old: str, new: str, rounds: Iterable[_Say]) -> None:
        """Pairs what one file held with what it holds, under its name or a new one."""
        for say in rounds:
            earlier, later = self._open(self.before[old], self.now[new])
            if not earlier or not later:
                return
            uneven = []
            for olds, news in _groups(say, earlier, later):
                if len(olds) == len(news):
                    self._pair(zip(olds, news, strict=True), say, self._drift(new) if say is _around else None)
                else:
                    uneven.append((olds, news))
            drift = self._drift(new) if uneven else None
            for olds, news in uneven:
                assert drift is not None
                self._pair(_nearest(olds, news, drift), say, drift)

    def between(self, rounds: Iterable[_Say]) -> None:
        """Pairs what left some file with what came to another one."""
        for say in rounds:
            earlier, later = self._open(_flat(self.before), _flat(self.now))
            for olds, news in _groups(say, earlier, later):
                self._pair(zip(olds, news, strict=False), say, None)

    def keyed(self, keys: _Keys) -> dict[str, tuple[Marker, ...]]:
        """The markers of now, with keys."""
        return {path: tuple(self._keyed(one, keys) for one in markers) for path, markers in self.now.items()}

    def _keyed(self, one: _Placed, keys: _Keys) -> Marker:
        was = self.known.get(one)
        return one.marker._replace(key=keys.take(was.marker.key if was else "") or keys.new(one))

    def _open(self, before: list[_Placed], now: list[_Placed]) -> tuple[list[_Placed], list[_Placed]]:
        return [one for one in before if one not in self._gone], [one for one in now if one not in self.known]

    def _pair(self, pairs: Iterable[tuple[_Placed, _Placed]], say: _Say, drift: _Drift | None) -> None:
        for old, new in pairs:
            if say is not _around or drift is None or _is_edit(old, new, drift):
                self.known[new] = old
                self._gone.add(old)

    def _drift(self, path: str) -> _Drift:
        known = [(self.known[one].marker.line, one.marker.line) for one in self.now[path] if one in self.known]
        return _Drift.of(known)


def _flat(files: Mapping[str, list[_Placed]]) -> list[_Placed]:
    return [one for markers in files.values() for one in markers]


def _groups(say: _Say, before: Iterable[_Placed], now: Iterable[_Placed]) -> list[tuple[list[_Placed], list[_Placed]]]:
    """Those that say the same, of both sides, in the order in which they stand."""
    groups: dict[Hashable, tuple[list[_Placed], list[_Placed]]] = defaultdict(lambda: ([], []))
    for side, markers in ((0, before), (1, now)):
        for one in markers:
            said = say(one)
            if said is not None:
                groups[said][side].append(one)
    return [group for group in groups.values() if group[0] and group[1]]


@frozen
class _Drift:
    """Where the lines of before are now, as far as the markers tell that are known."""

    before: list[int]
    moved: list[int]

    @classmethod
    def of(cls, known: Iterable[tuple[int, int]]) -> _Drift:
        """From pairs of a line of before and one of now."""
        pairs = sorted(known)
        return cls([old for old, _ in pairs], [new - old for old, new in pairs])

    def line(self, one: _Placed) -> int:
        """The line of now at which a marker of before is expected."""
        line = one.marker.line
        if not self.before:
            return line
        at = max(0, bisect_right(self.before, line) - 1)
        expected, last = line + self.moved[at], self._now(at)
        if at + 1 < len(self.before) and expected >= self._now(at + 1) > last:
            return self._now(at + 1) - 1  # what stood between two is not expected behind the second
        return expected

    def _now(self, at: int) -> int:
        return self.before[at] + self.moved[at]


def _nearest(olds: list[_Placed], news: list[_Placed], drift: _Drift) -> list[tuple[_Placed, _Placed]]:
    """Pairs each one of the side that has fewer with a near one of the other, without changing their order."""
    old_lines, new_lines = [drift.line(one) for one in olds], [one.marker.line for one in news]
    if len(olds) < len(news):
        return [(olds[at], news[to]) for at, to in enumerate(_near_places(old_lines, new_lines))]
    return [(olds[to], news[at]) for at, to in enumerate(_near_places(new_lines, old_lines))]


def _near_places(few: list[int], many: list[int]) -> list[int]:
    """For each of the few, the place in the many of one that is near, rising."""
    spare, at, places = len(many) - len(few), 0, []
    for line in few:
        while spare and abs(many[at + 1] - line) < abs(many[at] - line):
            at, spare = at + 1, spare - 1
        places.append(at)
        at += 1
    return places


def _is_edit(old: _Placed, new: _Placed, drift: _Drift) -> bool:
    """Whether one is the other with another text: between the same lines there may as well stand a new one."""
    if old.marker.issue_id and new.marker.issue_id:
        return False  # another issue's, else it were paired by its id
    return abs(drift.line(old) - new.marker.line) <= NEAR or bool(_text_words(old) & _text_words(new))


def _text_words(one: _Placed) -> set[str]:
    words = islice(_WORD.finditer(one.marker.text), WORDS)
    return {match[0].casefold() for match in words if len(match[0]) > 3}


# Renamed files


def _renamed(before: Mapping[str, Sequence[Marker]], now: Mapping[str, Sequence[Marker]]) -> list[tuple[str, str]]:
    """Files that went from one path to another: all they hold is alike, or most of what only they held, or the name."""
    gone = {path: before[path] for path in sorted(before) if before[path] and not now.get(path)}
    come = {path: now[path] for path in sorted(now) if now[path] and not before.get(path)}
    pairs = [*_alike(gone, come, by_name=True), *_alike(gone, come, by_name=False)]
    pairs += _mostly(gone, come)
    for old, new in pairs:
        gone.pop(old, None)
        come.pop(new, None)
    return pairs + _named_alike(gone, come)


_Files = dict[str, Sequence[Marker]]


def _alike(gone: _Files, come: _Files, *, by_name: bool) -> list[tuple[str, str]]:
    """Pairs those that hold the same, and takes them from both."""
    waiting: dict[Hashable, list[str]] = defaultdict(list)
    for path in reversed(gone):
        waiting[_content(path, gone[path], by_name)].append(path)
    pairs = []
    for path in list(come):
        olds = waiting.get(_content(path, come[path], by_name))
        if olds:
            pairs.append((olds.pop(), path))
            del gone[pairs[-1][0]], come[path]
    return pairs


def _content(path: str, markers: Sequence[Marker], by_name: bool) -> Hashable:
    return _name(path) if by_name else "", tuple((one.words, one.around) for one in markers)


def _mostly(gone: _Files, come: _Files) -> list[tuple[str, str]]:
    """Pairs those that have most in common, of what one file alone held."""
    holders: dict[Hashable, set[str]] = defaultdict(set)
    for path, markers in gone.items():
        for one in markers:
            holders[one.words, one.around].add(path)
    votes: Counter[tuple[str, str]] = Counter()
    for path, markers in come.items():
        for said in {(one.words, one.around) for one in markers}:
            if len(holders.get(said, ())) == 1:
                votes[next(iter(holders[said])), path] += 1
    pairs, taken = [], set()
    for (old, new), _ in sorted(votes.items(), key=lambda one: (-one[1], one[0])):
        if (0, old) not in taken and (1, new) not in taken:
            pairs.append((old, new))
            taken |= {(0, old), (1, new)}
    return pairs


def _named_alike(gone: _Files, come: _Files) -> list[tuple[str, str]]:
    """Pairs those that alone have a name, and went to another folder."""
    names = Counter(map(_name, gone)), Counter(map(_name, come))
    folders = {_name(path): path for path in come}
    return [(path, folders[_name(path)]) for path in gone if names[0][_name(path)] == names[1].get(_name(path), 0) == 1]


def _name(path: str) -> str:
    return path.rpartition("/")[2]


# New keys


@define(eq=False)
class _Keys:
    """Keys that are in use; a carried one is given once, a new one is not among them."""

    used: set[str]
    _given: set[str] = field(factory=set)
    _seen: Counter[tuple[str, str, str]] = field(factory=Counter)

    def take(self, key: str) -> str:
        """The key, or nothing when there is none or another marker has it."""
        if not key or key in self._given:
            return ""
        self._given.add(key)
        return key

    def new(self, one: _Placed) -> str:
        """A key that none has."""
        said = (one.path, one.marker.words, one.marker.around)
        while True:
            key = _key(*said, self._seen[said])
            self._seen[said] += 1
            if key not in self.used:
                self.used.add(key)
                return key


def _key(path: str, words: str, around: str, number: int) -> str:
    text = "\0".join((path, words, around, str(number))).encode("utf-8", "surrogateescape")
    return base64.b32encode(hashlib.blake2b(text, digest_size=10).digest())[:KEY_LENGTH].decode().lower()
