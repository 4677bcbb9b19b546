"""Everything about one issue, as text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from issuelens.cli.output import Shape, one_line, printable, status_style, styled, write

_TEXTS: Final = {"description": "", "design": "design", "acceptance_criteria": "acceptance criteria", "notes": "notes"}
_MOMENTS: Final = {"due_at": "due", "defer_until": "deferred until"}


def write_card(issue: Shape) -> None:
    """Prints an issue, with what is derived of it where that was read."""
    for line in _lines(issue):
        write(line)
    for comment in issue.get("comments", ()):
        write_comment(comment)


def _lines(issue: Shape) -> Iterator[str]:
    yield f"{styled(issue['id'], 'id')}  {one_line(issue['title'])}"
    status = styled(one_line(issue["status"]), status_style(issue["status"]))
    facts = [f"P{issue['priority']}", issue["issue_type"], issue.get("assignee") or "nobody"]
    yield "  " + " · ".join([status, *(one_line(fact) for fact in facts)])
    yield from _facts(issue)
    yield from _links(issue)
    yield from _moments(issue)
    for one in issue.get("departures", ()):
        yield f"  {departure(one)}"
    for name, heading in _TEXTS.items():
        if issue.get(name):
            yield from [f"  {heading}:"] if heading else []
            yield from (f"  | {printable(line)}" for line in issue[name].splitlines())


def _facts(issue: Shape) -> Iterator[str]:
    if issue.get("labels"):
        yield f"  labels: {one_line(', '.join(issue['labels']))}"
    if issue.get("estimated_minutes") is not None:
        yield f"  estimate: {issue['estimated_minutes']} minutes"
    if issue.get("external_ref"):
        yield f"  external: {one_line(issue['external_ref'])}"
    if issue.get("metadata"):
        yield f"  metadata: {one_line(json.dumps(issue['metadata'], ensure_ascii=False))}"


def _links(issue: Shape) -> Iterator[str]:
    for one in issue.get("dependencies", ()):
        yield f"  {one_line(one['type'])}: {one_line(one['depends_on_id'])}"
    for one in issue.get("blocked_by", ()):
        yield f"  {reason(one)}"
    for one in issue.get("dependents", ()):
        yield f"  is waited for by {_brief(one)}"
    children = issue.get("children", ())
    if children:
        closed = sum(one.get("category") == "done" for one in children)
        yield f"  children: {closed} of {len(children)} finished"
        yield from (f"    {_brief(one)}" for one in children)


def _brief(one: Shape) -> str:
    return f"{one_line(one['id'])} ({one_line(one['status'])}): {one_line(one['title'])}"


def reason(one: Shape) -> str:
    """Why an issue is blocked: `waits for app-9f3c: Title`."""
    via = f" (by its ancestor {one_line(one['via'])})" if one.get("via") else ""
    if "id" not in one:
        return f"has the status blocked{via}"
    return f"waits for {one_line(one['id'])}: {one_line(one['title'])}{via}"


_WENT: Final = {
    "edited": "the id was edited away",
    "file_deleted": "the file was deleted",
    "left_out": "the file is no longer searched",
}


def departure(one: Shape) -> str:
    """Where an issue stood in the code: `Was in the code at src/a.py:12 until 2026-11-28 (the file was deleted).`"""
    why = _WENT.get(one["reason"], one_line(one["reason"]))
    return f"Was in the code at {one_line(one['path'])}:{one['line']} until {one['at'][:10]} ({why})."


def _moments(issue: Shape) -> Iterator[str]:
    for name, word in _MOMENTS.items():
        if issue.get(name):
            yield f"  {word} {issue[name][:16]}"
    yield f"  created {issue['created_at'][:16]} by {one_line(issue.get('created_by') or 'unknown')}"
    for name, why in {"closed": "close_reason", "deleted": "delete_reason"}.items():
        if issue.get(f"{name}_at"):
            because = f": {one_line(issue[why])}" if issue.get(why) else ""
            yield f"  {name} {issue[f'{name}_at'][:16]}{because}"
    if issue.get("merged_into"):
        yield f"  merged into {one_line(issue['merged_into'])}"


def write_comment(comment: dict[str, Any]) -> None:
    """Prints a comment."""
    edited = ", edited" if comment.get("updated_at") else ""
    write(f"  {one_line(comment['author'])}, {one_line(comment['created_at'][:16])} (comment {comment['id']}{edited})")
    for line in comment["text"].splitlines():
        write(f"    {printable(line)}")
