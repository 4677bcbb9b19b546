"""What a document changes of its issue, when others may have changed that, too: a merge by field. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from attrs import frozen

from issuelens.domain.document import changed_fields, read_document, render_document
from issuelens.domain.shape import same_json

Fields = dict[str, Any]
_PARTS: Final = {
    "add_labels": "labels",
    "remove_labels": "labels",
    "set_metadata": "metadata",
    "unset_metadata": "metadata",
}
_BY_PART: Final = {"updated_at", "labels", "metadata"}
_MISSING: Final = object()


@frozen
class Merged:
    """What a document changes of the issue as it is now; `both`: fields that others have changed to something else."""

    fields: Fields
    both: tuple[str, ...]

    @property
    def without_both(self) -> Fields:
        """What others have not changed."""
        return {name: value for name, value in self.fields.items() if _PARTS.get(name, name) not in self.both}


def merged(base: str | None, now: Mapping[str, Any], text: str) -> Merged:
    """What a document changes of its issue.

    Args:
        base: the document as it was when its issue had all of it; None when nobody knows: all that differs may then be
            what others have changed.
        now: the issue as it is now, in its JSON shape.
        text: the document.

    Raises:
        InvalidField: when the document can't be read, or changes what can't be changed.
    """
    current, mine = read_document(render_document(now)), read_document(text)
    # It says of when the document is, which is no change.
    mine.pop("updated_at", None)
    if base is None:
        fields = changed_fields(current, mine)
        return Merged(fields, tuple(sorted({_PARTS.get(name, name) for name in fields})))
    before = read_document(base)
    own = {_PARTS.get(name, name) for name in changed_fields(before, mine)}
    wanted = current | {name: mine[name] for name in own if name in mine}
    if "labels" in own:
        wanted["labels"] = _labels(before.get("labels", []), current["labels"], mine["labels"])
    both = {name for name in current if current[name] != before.get(name)} - _BY_PART
    if "metadata" in own:
        wanted["metadata"], is_both = _metadata(before.get("metadata", {}), current["metadata"], mine["metadata"])
        both |= {"metadata"} if is_both else set()
    fields = changed_fields(current, wanted)
    return Merged(fields, tuple(sorted(both & own & {_PARTS.get(name, name) for name in fields})))


def _labels(before: list[str], now: list[str], mine: list[str]) -> list[str]:
    """The labels as both sides want them: what either has added, without what either has taken away."""
    added = [one for one in mine if one not in before and one not in now]
    return [one for one in now if one in mine or one not in before] + added


def _metadata(before: Fields, now: Fields, mine: Fields) -> tuple[Fields, bool]:
    """The metadata with what the document changes, and whether others have changed some of that to something else."""
    wanted, is_both = dict(now), False
    for name in {**before, **now, **mine}:
        was, there, here = (one.get(name, _MISSING) for one in (before, now, mine))
        if _is_same(was, here):
            continue
        is_both = is_both or not (_is_same(was, there) or _is_same(there, here))
        if here is _MISSING:
            wanted.pop(name, None)
        else:
            wanted[name] = here
    return wanted, is_both


def _is_same(one: Any, other: Any) -> bool:
    return one is other or (one is not _MISSING and other is not _MISSING and same_json(one, other))
