"""Lines of issues.jsonl, which are those of beads' JSONL: one issue an object, one object a line."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from attrs import evolve

from issuelens.domain.fields import NAME_LIMIT, TITLE_LIMIT, is_nested_deeper
from issuelens.domain.imports import Imported, Unreadable
from issuelens.domain.issue import MOMENTS, Comment, Dependency, Issue
from issuelens.domain.moment import normal_moment
from issuelens.domain.shape import OPTIONAL_TEXTS, ORIGINAL_ID, TEXTS, issue_from_json, issue_to_record
from issuelens.domain.vocabulary import PRIORITIES, Category

ID_LIMIT: Final = 200
"""Characters of an id."""
LEVELS: Final = 200
"""How deep a line's objects and lists may be; orjson writes 254 levels, and what is kept is written some deeper."""
COUNT_LIMIT: Final = 2**62
"""Numbers of comments and minutes below it fit into SQLite's 64 bits, with room to count on."""


class _Problem(Exception):
    """Why a line is no issue."""


def render_line(issue: Issue) -> bytes:
    """The issue's line, with its end: fields in a fixed order, empty ones left out, UTF-8 without escapes."""
    record = issue_to_record(issue)
    try:
        return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    except UnicodeEncodeError:
        # A lone surrogate is no character of UTF-8: only an escape can be read again.
        return json.dumps(record, separators=(",", ":")).encode() + b"\n"


def read_object(text: str) -> dict[str, Any]:
    """The object of a line.

    Raises:
        ValueError: saying why it is none.
    """
    shape = loaded(text)
    if not isinstance(shape, dict):
        raise ValueError("it is no JSON object")
    return shape


def loaded(text: str) -> Any:
    """The value of a JSON text, when every JSON library can write it again.

    Raises:
        ValueError: saying why not.
    """
    try:
        value = json.loads(text, parse_constant=_no_constant, parse_float=_finite, parse_int=_whole)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"it is no JSON: {error.msg} in column {error.colno}") from error
    if text.count("[") + text.count("{") > LEVELS and is_nested_deeper(value, LEVELS):
        raise ValueError("it is nested too deeply")
    return value


def _no_constant(word: str) -> Any:
    raise ValueError(f"it is no JSON: {word} is no number")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"it holds a number that is too large: {digits[:40]}")
    return number


def _whole(digits: str) -> int:
    if len(digits) > 18 and not -(2**63) <= int(digits[:40]) < 2**64:
        raise ValueError(f"it holds a number that is too large: {digits[:40]}")
    return int(digits)


def read_line(number: int, text: str, statuses: Mapping[str, Category]) -> Imported | Unreadable:
    """The issue of a line, or why there is none.

    A missing priority means 0, since beads leaves out zeros. Texts, ids and unknown fields are kept to the letter.
    """
    try:
        shape = read_object(text)
        kind = shape.get("_type", "issue")
        if kind != "issue":
            raise _Problem(f"_type: it is no issue but a {repr(kind)[:40]}")
        return imported(number, shape, statuses)
    except (_Problem, ValueError) as error:
        return Unreadable(number, str(error), text.rstrip("\n"))


def imported(number: int, shape: dict[str, Any], statuses: Mapping[str, Category]) -> Imported:
    """The issue of an object with beads' fields.

    Raises:
        ValueError: naming the field that does not fit.
    """
    shape.setdefault("priority", 0)
    _number_comments(shape.get("comments"))
    try:
        _check(shape)
    except _Problem as error:
        raise ValueError(str(error)) from error
    issue = issue_from_json(shape, statuses)
    comments = _renumbered(issue.comments)
    is_unique = len({one.id for one in issue.comments}) == len(comments)
    note = "" if is_unique else "comments with the same number got new ones"
    return Imported(number, evolve(issue, comments=comments, dependencies=_each_once(issue.dependencies)), note)


def _number_comments(comments: Any) -> None:
    """Gives comments whose id is a text, as in newer beads, or missing, the next number; the text is kept beside it."""
    if not isinstance(comments, list):
        return
    shapes = [one for one in comments if isinstance(one, dict)]
    numbers = [one["id"] for one in shapes if isinstance(one.get("id"), int)]
    highest = max(numbers, default=0)
    for one in shapes:
        if one.get("id") is None or isinstance(one["id"], str):
            highest += 1
            one |= {ORIGINAL_ID: one["id"]} if isinstance(one.get("id"), str) else {}
            one["id"] = highest


def _each_once(dependencies: tuple[Dependency, ...]) -> tuple[Dependency, ...]:
    """The first with each target and type, in the order in which the database gives them."""
    found = {one.key: one for one in reversed(dependencies)}
    return tuple(found[key] for key in sorted(found))


def _renumbered(comments: tuple[Comment, ...]) -> tuple[Comment, ...]:
    """Comments whose numbers are told apart: each double gets the next free number."""
    highest = max((one.id for one in comments), default=0)
    taken: set[int] = set()
    found = []
    for one in comments:
        if one.id in taken:
            highest += 1
            one = evolve(one, id=highest)
        taken.add(one.id)
        found.append(one)
    return tuple(sorted(found, key=lambda one: one.id))


def _check(shape: Mapping[str, Any]) -> None:
    for name in ("id", "title"):
        if not isinstance(shape.get(name), str) or not shape[name].strip():
            raise _Problem(f"{name}: it is missing")
    _check_id(shape["id"])
    if len(shape["title"]) > TITLE_LIMIT:
        raise _Problem(f"title: it has {len(shape['title']):,} characters, {TITLE_LIMIT} are allowed")
    for name in (*TEXTS, *OPTIONAL_TEXTS, "status", "issue_type"):
        _typed(shape, name, str, "a text")
    _check_numbers(shape)
    for name in MOMENTS:
        _moment(shape, name)
    _each(shape, "labels", _check_label)
    _each(shape, "dependencies", lambda one: _check_dependency(one, shape["id"]))
    _each(shape, "comments", _check_comment)


def _check_numbers(shape: Mapping[str, Any]) -> None:
    priority = shape["priority"]
    if not isinstance(priority, int) or isinstance(priority, bool) or priority not in PRIORITIES:
        raise _Problem(f"priority: {repr(priority)[:40]} is not 0 (most urgent) to 4")
    _typed(shape, "estimated_minutes", int, "a whole number")
    if abs(shape.get("estimated_minutes") or 0) >= COUNT_LIMIT:
        raise _Problem("estimated_minutes: it is too large")


def _check_id(text: str) -> None:
    if len(text) > ID_LIMIT or any(one.isspace() or not one.isprintable() for one in text):
        raise _Problem(f"id: {text[:40]!r} can't be one")


def _typed(shape: Mapping[str, Any], name: str, cls: type, what: str) -> None:
    value = shape.get(name)
    if value is not None and (not isinstance(value, cls) or isinstance(value, bool)):
        raise _Problem(f"{name}: it must be {what}, not {json.dumps(value)[:40]}")


def _moment(shape: Mapping[str, Any], name: str) -> None:
    _typed(shape, name, str, "a text")
    if shape.get(name):
        try:
            normal_moment(shape[name])
        except ValueError as error:
            raise _Problem(f"{name}: {error}") from error


def _each(shape: Mapping[str, Any], name: str, check: Callable[[Any], None]) -> None:
    values = shape.get(name)
    if values is None:
        return
    if not isinstance(values, list):
        raise _Problem(f"{name}: it must be a list")
    for value in values:
        check(value)


def _check_label(value: Any) -> None:
    if not isinstance(value, str) or not value or len(value) > NAME_LIMIT:
        raise _Problem(f"labels: {json.dumps(value)[:40]} can't be one")


def _check_dependency(value: Any, issue_id: str) -> None:
    if not isinstance(value, dict) or not isinstance(value.get("depends_on_id"), str) or not value["depends_on_id"]:
        raise _Problem("dependencies: one does not say on what (depends_on_id)")
    for name in ("issue_id", "type", "created_at", "created_by"):
        _typed(value, name, str, "a text")
    if (value.get("issue_id") or issue_id) != issue_id:
        raise _Problem(f"dependencies: one is of another issue, {value['issue_id'][:40]}")


def _check_comment(value: Any) -> None:
    if not isinstance(value, dict) or not isinstance(value.get("text"), str):
        raise _Problem("comments: one has no text")
    if not isinstance(value.get("id"), int) or isinstance(value["id"], bool) or not 0 <= value["id"] < COUNT_LIMIT:
        raise _Problem("comments: one has no number (id)")
    for name in ("author", "created_at", "updated_at"):
        _typed(value, name, str, "a text")
