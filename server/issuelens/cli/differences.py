"""What differs between two states of an issue, a line each field."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from issuelens.cli.output import Shape, one_line
from issuelens.domain.conflict import brief_value

_LONGEST: Final = 60
_NAMED: Final[dict[str, Callable[[Any], str]]] = {
    "comments": lambda one: f"comment {one['id']}",
    "dependencies": lambda one: f"{one['type']} {one['depends_on_id']}",
    "labels": str,
}


def differences(before: Shape, after: Shape) -> list[str]:
    """Lines such as `priority: 2 -> 0` and `labels: +ui -old`; the time of the change itself is left out."""
    if not before:
        return ["created"]
    names = [name for name in {**before, **after} if name != "updated_at" and before.get(name) != after.get(name)]
    return [_line(name, before.get(name), after.get(name)) for name in names]


def _line(name: str, old: Any, new: Any) -> str:
    if name in _NAMED:
        return f"{name}: {' '.join(_moved(name, old or [], new or []))}"
    return f"{name}: {_short(old)} -> {_short(new)}"


def _moved(name: str, old: list[Any], new: list[Any]) -> Iterator[str]:
    named = _NAMED[name]
    before, after = ({named(one): one for one in side} for side in (old, new))
    yield from (f"+{one_line(key)}" for key in after if key not in before)
    yield from (f"-{one_line(key)}" for key in before if key not in after)
    yield from (f"~{one_line(key)}" for key in after if key in before and before[key] != after[key])


def _short(value: Any) -> str:
    if value is None or value == "":
        return "none"
    text = one_line(str(value))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def settled_field(conflict: Shape) -> str:
    """What a merge has settled, as a sentence: the field, the value that stays, and the other one."""
    kept, other = (brief_value(conflict[name]) for name in ("kept", "other"))
    return f"{one_line(conflict['field'])} was changed here and in the file; {kept} stays, {other} does not."
