"""Merges what two sides made of the same issues since they were one. Pure, and the same whichever side is called ours.

Rules, for an issue that both sides changed; the *later* side is the one with the later `updated_at`:

- A field that one side changed is taken from it. When both did, differently, the later side's value stays and the other
  one is told as a Conflict; with equal moments it is the greater value, as rendered in JSON.
- Status, its dates and its reasons are one field. A new tombstone meets a changed issue: the later one stays, the
  tombstone when they are equal; all other fields are merged in either case.
- Labels, dependencies, and the keys of `metadata` and of other tools' fields are merged one by one, with removals.
- Comments are the same by author, moment and text, or, when edited, by number, author and moment. Both sides' stay, but
  for those removed on one and left alone on the other; of two with one number, the later written gets a new number.
- What was removed on one side and changed on the other stays: an issue, a dependency, a comment, a key.
- An issue that one side left alone is taken from the other side to the letter, its absence included.

What holds when several clones merge what others have merged (each is a property test, or one of the simulations in
`reliability/clones`):

- Whichever side is ours, the result is the same, and merging it once more with either side changes nothing.
- Labels, dependencies, comments, and fields that one clone changed, or also the one that changed the issue last, are
  the same in whatever order three clones meet.
- A field that two clones changed, while a third one changed something else in the issue later, hangs on the order: a
  line has one moment for the issue, and a merge makes it that of the later side. All orders keep one of the values
  that were written and tell the others, and clones whose histories have met have the same.
- Over histories that cross (merges with several ancestors, rebases, cherry-picks), every value that was written is
  there, or was overwritten or removed by somebody who had it, or was told. What was removed stays so when histories are
  only merged; a rebase or a cherry-pick may bring it back.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

import attrs
from attrs import define, evolve, field, frozen

from issuelens.domain.conflict import CHANGED, REMOVED, STATUS, WHOLE, instant, meaning, shape_of
from issuelens.domain.issue import Issue
from issuelens.domain.shape import KNOWN, issue_from_json
from issuelens.domain.vocabulary import TOMBSTONE
from issuelens.sync.jsonl import render_line

OURS: Final = "ours"
THEIRS: Final = "theirs"
"""The sides of a merge, as git calls them."""
_PARTS: Final = ("labels", "dependencies", "comments", "metadata")
_SCALARS: Final = tuple(sorted(KNOWN - {*STATUS, *_PARTS, "id", "updated_at"}))
_TEXT_OF_COMMENT: Final = ("text", "updated_at")
_FIXED_OF_COMMENT: Final = ("id", "issue_id", "author", "created_at")

_Shape = dict[str, Any]
_Key = tuple[Any, ...]


class _Missing:
    """The value of a key that is not there."""


_MISSING: Final = _Missing()


@frozen
class Conflict:
    """A field that both sides changed differently: the value that stays, and the other one; None for none.

    Fields and values are those of domain.conflict. `kept_from` is the side that has the value that stays, OURS or
    THEIRS, or None where there are no sides; `other_at` is when the issue of the other value was changed.
    """

    issue_id: str
    field: str
    kept: Any
    other: Any
    kept_from: str | None = attrs.field(default=None, eq=False, repr=False, kw_only=True)
    other_at: str = attrs.field(default="", eq=False, repr=False, kw_only=True)

    def to_json(self) -> dict[str, Any]:
        """As answers have it."""
        return {"issue_id": self.issue_id, "field": self.field, "kept": self.kept, "other": self.other}


@frozen
class Merged:
    """What became of one issue: None when it was removed."""

    issue: Issue | None
    conflicts: tuple[Conflict, ...] = ()


@frozen
class MergedFile:
    """What became of all issues of a file, sorted by id."""

    issues: tuple[Issue, ...]
    conflicts: tuple[Conflict, ...]


def merge_files(base: Mapping[str, Issue], ours: Mapping[str, Issue], theirs: Mapping[str, Issue]) -> MergedFile:
    """Merges all issues of three files, each by its id."""
    found = [merge_issue(base.get(one), ours.get(one), theirs.get(one)) for one in sorted({**base, **ours, **theirs})]
    issues = tuple(one.issue for one in found if one.issue is not None)
    return MergedFile(issues, tuple(conflict for one in found for conflict in one.conflicts))


def merge_issue(base: Issue | None, ours: Issue | None, theirs: Issue | None) -> Merged:
    """Merges one issue.

    Args:
        base: as it was when both sides had the same; None when it was not there.
        ours: as one side has it now, None when it is not there.
        theirs: as the other one has it.
    """
    if ours is None or theirs is None:
        return _one_sided(base, ours or theirs, OURS if theirs is None else THEIRS)
    if _is_same(ours, theirs) or (base is not None and _is_same(ours, base)):
        return Merged(theirs)
    if base is not None and _is_same(theirs, base):
        return Merged(ours)
    earlier, later = sorted((ours, theirs), key=lambda one: (instant(one.updated_at), render_line(one)))
    return _Merge(base, later, earlier, OURS if later is ours else THEIRS).merged()


def _one_sided(base: Issue | None, there: Issue | None, side: str) -> Merged:
    if there is None or base is None:
        return Merged(there)
    if _is_same(base, there):
        return Merged(None)
    return Merged(there, (Conflict(there.id, WHOLE, CHANGED, REMOVED, kept_from=side),))


@define
class _Merge:
    """The merge of an issue that both sides have and both changed. Whatever is done, `later` comes first.

    `side` is whose issue the later one is.
    """

    base: Issue | None
    later: Issue
    earlier: Issue
    side: str
    _conflicts: list[Conflict] = field(factory=list)

    def merged(self) -> Merged:
        """The issue, and what was decided."""
        before, first, second = map(_shape, (self.base, self.later, self.earlier))
        shape = {"id": self.later.id, "updated_at": first.get("updated_at")}
        for name in _SCALARS:
            shape[name] = self._picked(name, *(one.get(name, _MISSING) for one in (before, first, second)))
        shape |= self._status(*(_only(one, STATUS) for one in (before, first, second)))
        shape["labels"] = _labels(*(one.get("labels", ()) for one in (before, first, second)))
        keyed = [_by_target(one.get("dependencies", ())) for one in (before, first, second)]
        shape["dependencies"] = list(self._keyed("dependencies.", *keyed).values())
        shape["comments"] = self._comments(*(_unowned(one.get("comments", ())) for one in (before, first, second)))
        shape |= self._rest(before, first, second)
        return Merged(self._issue(shape), tuple(self._conflicts))

    def _issue(self, shape: _Shape) -> Issue:
        issue = issue_from_json({name: value for name, value in shape.items() if value is not _MISSING})
        # Its category hangs on the workspace's statuses, which a side knows.
        source = self.later if issue.status == self.later.status else self.earlier
        return evolve(issue, category=source.category)

    # Values

    def _picked(self, name: str, before: Any, first: Any, second: Any, at: tuple[str, str] | None = None) -> Any:
        """The value of the side that changed it, else of the later one (`at` holds the moments of both)."""
        if _text(second) in (_text(before), _text(first)):
            return first
        if _text(first) == _text(before):
            return second
        first_at, second_at = at or (instant(self.later.updated_at), instant(self.earlier.updated_at))
        is_first = (first_at, _text(first)) > (second_at, _text(second))
        kept, other = (first, second) if is_first else (second, first)
        return self._settled(name, kept, other, is_first=is_first)

    def _settled(self, name: str, kept: Any, other: Any, *, is_first: bool) -> Any:
        """Notes a conflict, unless both say the same; the value that stays, of the later side when `is_first`."""
        if _text(meaning(name, kept)) != _text(meaning(name, other)):
            side = self.side if is_first else (THEIRS if self.side == OURS else OURS)
            at = (self.earlier if is_first else self.later).updated_at
            told = Conflict(self.later.id, name, _told(kept), _told(other), kept_from=side, other_at=at)
            self._conflicts.append(told)
        return kept

    def _keyed(self, name: str, before: Mapping[str, Any], first: _Shape, second: _Shape) -> _Shape:
        """Merges key by key, the base's in their order, then the new ones; a field is named `name` and the key."""
        there, found = first.keys() | second.keys(), {}
        for key in (*(one for one in before if one in there), *sorted(there - before.keys())):
            values = [one.get(key, _MISSING) for one in (before, first, second)]
            found[key] = self._with_removal(name + key, *values)
        return {key: value for key, value in found.items() if value is not _MISSING}

    def _with_removal(self, name: str, before: Any, first: Any, second: Any) -> Any:
        """As `_picked`, but what was removed on one side and changed on the other stays."""
        if first is not _MISSING and second is not _MISSING:
            return self._picked(name, before, first, second)
        there = second if first is _MISSING else first
        if before is _MISSING:
            return there
        if _text(there) == _text(before):
            return _MISSING
        return self._settled(name, there, _MISSING, is_first=second is _MISSING)

    # Parts

    def _status(self, before: _Shape, first: _Shape, second: _Shape) -> _Shape:
        """The status with what belongs to it; a new tombstone gives way to a later change only."""
        if (first.get("status") == TOMBSTONE) == (second.get("status") == TOMBSTONE):
            return dict(self._picked("status", before, first, second))
        is_first_deleted = first.get("status") == TOMBSTONE
        deleted, there = (first, second) if is_first_deleted else (second, first)
        if _text(deleted) == _text(before):
            # It was one before; the other side has restored it.
            return there
        side, other = (self.later, self.earlier) if is_first_deleted else (self.earlier, self.later)
        is_revived = instant(other.updated_at) > max(instant(side.updated_at), instant(side.deleted_at))
        kept, lost = (there, deleted) if is_revived else (deleted, there)
        return dict(self._settled("status", kept, lost, is_first=kept is first))

    def _rest(self, before: _Shape, first: _Shape, second: _Shape) -> _Shape:
        """Metadata and other tools' fields; metadata that another tool made something else is one value."""
        values = [one.get("metadata", {}) for one in (before, first, second)]
        if all(isinstance(one, Mapping) for one in values):
            found = {"metadata": self._keyed("metadata.", *values)}
        else:
            found = {"metadata": self._with_removal("metadata", *values)}
        return found | self._keyed("", *(_without(one, KNOWN) for one in (before, first, second)))

    def _comments(self, before: list[_Shape], first: list[_Shape], second: list[_Shape]) -> list[_Shape]:
        known = _recognised(before, {})
        ones = _recognised(first, known)
        others = _recognised(second, ones | known)
        found = [self._comment(known.get(key), ones.get(key), others.get(key)) for key in {**ones, **others}]
        highest = max((one["id"] for one in (*before, *first, *second)), default=0)
        return _numbered([one for one in found if one], {one["id"] for one in known.values()}, highest)

    def _comment(self, before: _Shape | None, first: _Shape | None, second: _Shape | None) -> _Shape | None:
        """One comment; None when it was removed."""
        if first is None or second is None:
            return self._comment_of_one(before, first if second is None else second, is_first=second is None)
        name, sides = f"comments.{first['id']}", (before or {}, first, second)
        at = (instant(first.get("updated_at")), instant(second.get("updated_at")))
        texts = [_only(one, _TEXT_OF_COMMENT) for one in sides]
        text: _Shape = self._picked(name, texts[0], texts[1], texts[2], None if at[0] == at[1] else at)
        rest = self._keyed(f"{name}.", *(_without(one, (*_TEXT_OF_COMMENT, *_FIXED_OF_COMMENT)) for one in sides))
        number = _number(sides[0].get("id"), first["id"], second["id"])
        return _only(first, _FIXED_OF_COMMENT) | {"id": number} | text | rest

    def _comment_of_one(self, before: _Shape | None, there: _Shape | None, *, is_first: bool) -> _Shape | None:
        if there is None or _says_same(before, there):
            return None
        if before is not None:
            told = _only(there, _TEXT_OF_COMMENT)
            self._settled(f"comments.{there['id']}", told, _MISSING, is_first=is_first)
        return there


def _says_same(before: _Shape | None, there: _Shape) -> bool:
    """Whether a comment is as it was, whatever its number."""
    return before is not None and _text(_without(there, ("id",))) == _text(_without(before, ("id",)))


def _number(before: int | None, first: int, second: int) -> int:
    """A comment's number: of the side that gave it another one; of both, the higher, which was given last."""
    return max({first, second} - {before}, default=first)


def _recognised(comments: Iterable[_Shape], known: Mapping[_Key, _Shape]) -> dict[_Key, _Shape]:
    """Comments by what tells them apart: the key in `known` of the same comment, else one of its own."""
    found = _by_words(comments)
    places = {_place(one): key for key, one in known.items() if key not in found}
    keys = {key: key if key in known else places.get(_place(one)) for key, one in found.items()}
    return {_key_of_edited(key, one, keys[key], known): one for key, one in found.items()}


def _by_words(comments: Iterable[_Shape]) -> dict[_Key, _Shape]:
    """Comments by author, moment, text, and a count, since the same words may have been said twice."""
    seen: Counter[_Key] = Counter()
    found = {}
    for one in comments:
        words = (one["author"], one["created_at"], one["text"])
        found[(*words, seen[words])] = one
        seen[words] += 1
    return found


def _place(comment: _Shape) -> _Key:
    """What an edited comment keeps."""
    return comment["id"], comment["author"], comment["created_at"]


def _key_of_edited(key: _Key, one: _Shape, place: _Key | None, known: Mapping[_Key, _Shape]) -> _Key:
    """The key of the comment in the same place, when it or this one was edited; else the comment's own."""
    if place is None or not one["created_at"]:
        return key
    return place if one.get("updated_at") or known[place].get("updated_at") else key


def _numbered(comments: list[_Shape], old: set[int], highest: int) -> list[_Shape]:
    """Comments told apart by numbers, in their order; of two with the same, the later written gets a new one."""
    taken: set[int] = set()
    found = []
    for one in sorted(comments, key=lambda one: (one["id"] not in old, one["created_at"], _text(one))):
        if one["id"] in taken:
            highest += 1
            one = one | {"id": highest}
        taken.add(one["id"])
        found.append(one)
    return sorted(found, key=lambda one: int(one["id"]))


def _labels(before: Iterable[str], first: Iterable[str], second: Iterable[str]) -> list[str]:
    old, ones, others = set(before), set(first), set(second)
    return sorted((ones & others) | (ones - old) | (others - old))


def _by_target(dependencies: Iterable[_Shape]) -> _Shape:
    found: _Shape = {}
    for one in dependencies:
        found.setdefault(f"{one['type']} {one['depends_on_id']}", one)
    return found


def _shape(issue: Issue | None) -> _Shape:
    return {} if issue is None else shape_of(issue)


def _unowned(comments: Iterable[_Shape]) -> list[_Shape]:
    return [_without(one, ("issue_id",)) for one in comments]


def _only(shape: _Shape, names: Iterable[str]) -> _Shape:
    return {name: shape[name] for name in names if name in shape}


def _without(shape: _Shape, names: Iterable[str]) -> _Shape:
    return {name: value for name, value in shape.items() if name not in names}


def _is_same(one: Issue, other: Issue) -> bool:
    """Whether both are the same to the letter; `1` and `true` are not, though Python takes them for equal."""
    return one is other or render_line(one) == render_line(other)


def _text(value: Any) -> str:
    """A value in the form in which it is compared; one that is not there comes before all others."""
    return "" if value is _MISSING else json.dumps(value, ensure_ascii=False, sort_keys=True, default=dict)


def _told(value: Any) -> Any:
    return None if value is _MISSING else value
