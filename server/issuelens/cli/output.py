"""How answers are shown: JSON, plain text for pipes, tables with colour on a terminal."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from typing import Any

Shape = dict[str, Any]

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """The text without what could steer a terminal: control characters, escapes, changes of writing direction."""
    return _CONTROL.sub("\ufffd", text)


def on_terminal() -> bool:
    """Whether a person looks at it."""
    return sys.stdout.isatty()


def write(text: str) -> None:
    """Prints a line; what the terminal's encoding lacks is replaced."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding) + "\n")


def write_json(value: Any) -> None:
    """Prints one JSON document."""
    write(json.dumps(value, ensure_ascii=False, indent=2).encode("utf-8", "replace").decode())


def write_issues(issues: Sequence[Shape], as_json: bool, *, always_list: bool = False) -> None:
    """Prints changed or shown issues: one as an object, several as a list."""
    if as_json:
        write_json(list(issues) if always_list or len(issues) != 1 else issues[0])
    elif always_list:
        write_list(issues)
    else:
        for number, issue in enumerate(issues):
            if number:
                write("")
            write_card(issue)


def write_done(issues: Sequence[Shape], what: str, as_json: bool) -> None:
    """Prints what was done to issues, a line each."""
    if as_json:
        write_issues(issues, as_json)
        return
    for issue in issues:
        write(f"{issue['id']} {what}: {printable(issue['title'])}")


def write_list(issues: Sequence[Shape]) -> None:
    """Prints issues, a line each: id, status, priority, type, title, between tabs in a pipe."""
    if on_terminal():
        _table(issues)
        return
    for issue in issues:
        write("\t".join(_cells(issue)))


def _cells(issue: Shape) -> list[str]:
    title = printable(issue["title"])
    return [issue["id"], issue["status"], f"P{issue['priority']}", printable(issue["issue_type"]), title]


def _table(issues: Sequence[Shape]) -> None:
    # Imported here: rich takes longer to load than a whole answer in a pipe.
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if not issues:
        write("No issues.")
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("id", "status", "priority", "type", "title"):
        table.add_column(name, no_wrap=name != "title")
    for issue in issues:
        cells = _cells(issue)
        table.add_row(Text(cells[0], "cyan"), Text(cells[1], _style(issue["status"])), *map(Text, cells[2:]))
    Console(highlight=False).print(table)


def _style(status: str) -> str:
    return {"open": "green", "in_progress": "yellow", "closed": "dim", "blocked": "red"}.get(status, "")


def write_card(issue: Shape) -> None:
    """Prints everything about an issue."""
    write(f"{issue['id']}  {printable(issue['title'])}")
    facts = [issue["status"], f"P{issue['priority']}", issue["issue_type"], issue.get("assignee") or "nobody"]
    write("  " + " · ".join(printable(fact) for fact in facts))
    if issue.get("labels"):
        write(f"  labels: {printable(', '.join(issue['labels']))}")
    for one in issue.get("dependencies", ()):
        write(f"  {one['type']}: {one['depends_on_id']}")
    write(f"  created {issue['created_at'][:16]} by {printable(issue.get('created_by') or 'unknown')}")
    if issue.get("closed_at"):
        reason = f": {printable(issue['close_reason'])}" if issue.get("close_reason") else ""
        write(f"  closed {issue['closed_at'][:16]}{reason}")
    for line in issue.get("description", "").splitlines():
        write(f"  | {printable(line)}")
    for comment in issue.get("comments", ()):
        write_comment(comment)


def write_comment(comment: Shape) -> None:
    """Prints a comment."""
    write(f"  {printable(comment['author'])}, {comment['created_at'][:16]} (comment {comment['id']})")
    for line in comment["text"].splitlines():
        write(f"    {printable(line)}")
