"""A field that two sides of a merge changed differently: what it is named, where its value stands in an issue.

A field is a name, `status` (with its dates and reasons), `metadata.key`, `dependencies.type id`, `comments.number`,
`comments.number.key`, or `issue` for one that was removed on one side. Values are as in issues.jsonl; None is none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from attrs import frozen

from issuelens.domain.closing import BY_COMMIT
from issuelens.domain.issue import MOMENTS, Issue
from issuelens.domain.moment import normal_moment
from issuelens.domain.plain import one_line
from issuelens.domain.shape import issue_to_json, issue_to_record
from issuelens.domain.vocabulary import TOMBSTONE

WHOLE: Final = "issue"
"""The field of a conflict about an issue that was removed on one side and changed on the other."""
CHANGED, REMOVED = "changed", "removed"
"""The values of that field."""
STATUS: Final = (
    *("status", "closed_at", "close_reason", "original_status"),
    *("deleted_at", "deleted_by", "delete_reason", "merged_into"),
)
"""Fields that move together."""
KEPT: Final = "kept"
OTHER: Final = "other"
"""The two values of a conflict: the one that stays, and the other one."""
MINE: Final = "mine"
THEIRS: Final = "theirs"
DISMISS: Final = "dismiss"
TAKES: Final = (MINE, THEIRS, OTHER, DISMISS)
"""What settles a conflict: the value of a side, the one that does not stay, or leaving the issue as it is."""
EDITED: Final = "edited"
"""How a conflict was settled whose field somebody has changed since."""
UNDONE: Final = "undone"
"""How a conflict was settled whose merge was taken back."""
_TEXT_OF_COMMENT: Final = ("text", "updated_at")
_PARTS: Final = ("metadata", "dependencies", "comments")

Shape = dict[str, Any]


@frozen(kw_only=True)
class KeptConflict:
    """A conflict that a merge has settled by its rules, kept until somebody has looked at it.

    `mine` says which of `kept` and `other` was this machine's; None: that is not known. `other_at` is when the side of
    the other value was changed. `revision` is the operation that merged, at the moment `at`. `settled` (mine, theirs,
    other, dismiss, edited, undone) and `settled_by`, a revision, say what became of it; both are None while it is open.
    """

    number: int
    issue_id: str
    field: str
    kept: Any
    other: Any
    mine: str | None
    other_at: str
    revision: int
    at: str
    settled: str | None = None
    settled_by: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether nobody has decided about it."""
        return self.settled_by is None

    def side_of(self, take: str) -> str | None:
        """Which of its values is meant: `kept` or `other`; None when it is not known which side had which."""
        if take in (OTHER, DISMISS):
            return OTHER if take == OTHER else KEPT
        if self.mine is None:
            return None
        return self.mine if take == MINE else (OTHER if self.mine == KEPT else KEPT)


_TOLD: Final = ("number", "issue_id", "field", "kept", "other", "mine", "revision", "at", "settled", "settled_by")


def conflict_to_json(one: KeptConflict) -> Shape:
    """The conflict as an answer has it."""
    return {name: getattr(one, name) for name in _TOLD}


def told_conflict(one: KeptConflict) -> str:
    """The conflict as a sentence."""
    sides = {KEPT: "", OTHER: ""}
    if one.mine is not None:
        sides = {name: " (mine)" if name == one.mine else " (theirs)" for name in sides}
    kept, other = brief_value(one.kept) + sides[KEPT], brief_value(one.other) + sides[OTHER]
    return f"{one.issue_id}: both sides had changed {one_line(one.field)}; {kept} stays, {other} does not."


def brief_value(value: Any, longest: int = 60) -> str:
    """A value in a message, as JSON in one line."""
    text = one_line(json.dumps(value, ensure_ascii=False, default=dict))
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def shape_of(issue: Issue) -> Shape:
    """The fields of an issue as a merge compares them: those that are not empty."""
    # In a record, a comment may have a text as id; here all have their numbers.
    comments = issue_to_json(issue)["comments"]
    return issue_to_record(issue) | ({"comments": comments} if comments else {})


def value_at(shape: Mapping[str, Any], field: str) -> Any:
    """The value of a field of a conflict in an issue; None for none."""
    if field == WHOLE:
        return REMOVED if shape.get("status") == TOMBSTONE else CHANGED
    if field == "status":
        return {name: shape[name] for name in STATUS if name in shape}
    part, _, key = field.partition(".")
    if field in shape or part not in _PARTS or not key:
        return shape.get(field)
    if part == "metadata":
        metadata = shape.get("metadata")
        return metadata.get(key) if isinstance(metadata, Mapping) else None
    return _dependency(shape, key) if part == "dependencies" else _comment_value(shape, key)


def with_value(shape: Mapping[str, Any], field: str, value: Any) -> Shape:
    """An issue's fields with another value for a field of a conflict.

    Raises:
        LookupError: when what it is a part of is not there any more.
    """
    if field == "status":
        new = {name: one for name, one in dict(value or {}).items() if name in STATUS}
        return {name: one for name, one in shape.items() if name not in STATUS} | new
    part, _, key = field.partition(".")
    if field in shape or part not in _PARTS or not key:
        return _put(shape, field, value)
    if part == "metadata":
        return _put(shape, part, _put(shape.get(part) or {}, key, value))
    if part == "dependencies":
        others = [one for one in shape.get(part, ()) if _key(one) != key]
        return _put(shape, part, others if value is None else [*others, value])
    return _put(shape, part, _comments_with(shape.get(part, ()), key, value))


def is_same_value(field: str, one: Any, other: Any) -> bool:
    """Whether two values say the same; one moment may be written in two ways."""
    return _sorted(meaning(field, one)) == _sorted(meaning(field, other))


def meaning(field: str, value: Any) -> Any:
    """A value without what is only its spelling, without who made the same dependency, and when.

    Nor does it matter when a commit has closed an issue: each clone closes it when it hears of the commit.
    """
    if isinstance(value, str):
        return instant(value) if field in MOMENTS else value
    if not isinstance(value, Mapping):
        return value
    if field == "status":
        is_by_commit = str(value.get("close_reason", "")).startswith(BY_COMMIT)
        return {key: meaning(key, one) for key, one in value.items() if not (is_by_commit and key == "closed_at")}
    if field.startswith("dependencies."):
        return {key: one for key, one in value.items() if key not in ("created_at", "created_by")}
    return value


def instant(moment: str | None) -> str:
    """A moment in a form that sorts, with as many digits as it has; what is none sorts as it is."""
    try:
        return normal_moment(moment or "").removesuffix("Z")
    except ValueError:
        return moment or ""


def _sorted(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=dict)


def _put(shape: Mapping[str, Any], name: str, value: Any) -> Shape:
    rest = {key: one for key, one in shape.items() if key != name}
    return rest if value is None else rest | {name: value}


def _key(dependency: Mapping[str, Any]) -> str:
    return f"{dependency['type']} {dependency['depends_on_id']}"


def _dependency(shape: Mapping[str, Any], key: str) -> Any:
    return next((one for one in shape.get("dependencies", ()) if _key(one) == key), None)


def _comment_value(shape: Mapping[str, Any], key: str) -> Any:
    number, _, name = key.partition(".")
    found = next((one for one in shape.get("comments", ()) if str(one["id"]) == number), None)
    if found is None or name:
        return found and found.get(name)
    return {each: found[each] for each in _TEXT_OF_COMMENT if each in found}


def _comments_with(comments: Any, key: str, value: Any) -> list[Shape]:
    number, _, name = key.partition(".")
    if not any(str(one["id"]) == number for one in comments):
        raise LookupError(f"comment {number}")
    if value is None and not name:
        return [one for one in comments if str(one["id"]) != number]
    return [one if str(one["id"]) != number else _comment_with(one, name, value) for one in comments]


def _comment_with(comment: Mapping[str, Any], name: str, value: Any) -> Shape:
    if name:
        return _put(comment, name, value)
    return {key: one for key, one in comment.items() if key not in _TEXT_OF_COMMENT} | dict(value)
