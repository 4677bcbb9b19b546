"""How answers are shown: JSON, plain text for pipes; tables, trees and colour (`cli.pictures`) on a terminal."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from issuelens.domain import plain
from issuelens.domain.plain import CONTROL

printable, one_line = plain.printable, plain.one_line
Shape = dict[str, Any]

SHOWN: Final = 50
"""Changed issues that are listed on a terminal; of more, the number is told."""
_STEERING = re.compile(rf"\x1b(?!\[(?:0|2|3[1-6])m)|(?!\x1b){CONTROL.pattern}")
"""The same as CONTROL, but for the colours that `styled` writes."""


def on_terminal() -> bool:
    """Whether a person looks at it."""
    return sys.stdout.isatty()


_COLOURS: Final = {"id": "36", "dim": "2", "open": "32", "in_progress": "33", "blocked": "31", "deferred": "35"}
"""Styles as SGR parameters (ECMA-48, 8.3.117)."""


def styled(text: str, style: str) -> str:
    """The text in a colour where a person looks at it and has not said NO_COLOR (no-color.org)."""
    if style not in _COLOURS or not on_terminal() or os.environ.get("NO_COLOR"):
        return text
    return f"\x1b[{_COLOURS[style]}m{text}\x1b[0m"


def status_style(status: str) -> str:
    """The style of a status; finished ones are dim."""
    return "dim" if status in ("resolved", "closed", "archived", "tombstone") else status


def write(text: str) -> None:
    """Prints a line; what could steer a terminal is replaced, whoever wrote it, and what its encoding lacks."""
    write_as_it_is(_STEERING.sub("\ufffd", text))


def write_as_it_is(text: str) -> None:
    """Prints a line for a program that reads it; what the encoding lacks is replaced."""
    encoding = sys.stdout.encoding or "utf-8"
    with told_when_unwritable():
        sys.stdout.write(text.encode(encoding, "replace").decode(encoding) + "\n")


@contextmanager
def told_when_unwritable() -> Iterator[None]:
    """Raises what can be told in a line when the answer can't be written. A reader that has left is no such fault.

    Raises:
        Refused: then; what the command was to change is changed nevertheless.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        from issuelens.domain.errors import Refused

        # What waits to be written must not fail once more when the process ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise Refused(f"The answer can't be written: {error.strerror}. What was to be changed is changed.") from error


def say(text: str) -> None:
    """Tells the person something that is no part of the answer (standard error)."""
    sys.stderr.write(f"{printable(text)}\n")


def write_json(value: Any) -> None:
    """Prints one JSON document; what could steer a terminal stands there as JSON's own escapes."""
    text = json.dumps(value, ensure_ascii=False, indent=2).encode("utf-8", "replace").decode()
    write(CONTROL.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text))


def write_rows(rows: Sequence[Sequence[str]], names: Sequence[str]) -> None:
    """Prints rows: a table on a terminal, between tabs in a pipe. Cells hold what is printable in one line."""
    if on_terminal():
        from issuelens.cli.pictures import print_table

        print_table(rows, names)
        return
    for row in rows:
        write("\t".join(row))


def write_list(issues: Sequence[Shape]) -> None:
    """Prints issues, a line each: id, status, priority, type, title."""
    if on_terminal() and not issues:
        write("No issues.")
    else:
        write_rows([cells(issue) for issue in issues], ("id", "status", "priority", "type", "title"))


def counted(number: int, what: str = "issue") -> str:
    """A number with its word: `1 issue`, `1,200 issues`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def cells(issue: Shape) -> list[str]:
    """What a line shows of an issue."""
    return [
        one_line(issue["id"]),
        one_line(issue["status"]),
        f"P{issue['priority']}",
        one_line(issue["issue_type"]),
        one_line(issue["title"]),
    ]


def as_one_or_list(issues: Sequence[Shape]) -> Any:
    """One issue as an object, several as a list."""
    return issues[0] if len(issues) == 1 else list(issues)


def write_changed(issues: Sequence[Shape], what: str, *, as_json: bool, dry_run: bool = False) -> None:
    """Prints what was done to issues, a line each.

    Args:
        issues: as they are now.
        what: for instance `closed`.
        as_json: prints the issues.
        dry_run: says what would be done.
    """
    if as_json:
        write_json(as_one_or_list(issues))
        return
    verb = "would be" if dry_run else "is"
    shown = issues[:SHOWN] if on_terminal() else issues
    for issue in shown:
        write(f"{issue['id']} {verb} {what}: {one_line(issue['title'])}")
    if len(shown) < len(issues):
        write(f"… and {len(issues) - len(shown):,} more, {len(issues):,} in all.")
    if not issues:
        write("No issue is meant; nothing was changed.")
