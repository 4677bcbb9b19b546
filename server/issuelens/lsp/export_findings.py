"""What is wrong with the lines of `issues.jsonl`. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from issuelens.domain.config import DiagnosticConfig
from issuelens.domain.conflict import KeptConflict, told_conflict
from issuelens.domain.errors import IssuelensError
from issuelens.domain.issue import Issue
from issuelens.domain.plain import printable
from issuelens.domain.shape import issue_from_json
from issuelens.domain.tags import Severity
from issuelens.domain.vocabulary import BLOCKS
from issuelens.lsp.findings import Finding

LIMIT: Final = 50_000_000
"""Characters of a file that is looked at."""
FINDINGS: Final = 200
"""Findings that are told; more of them help nobody."""
MARKERS: Final = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")
"""How lines begin that git left where it could not merge."""
CONFLICT_RULE: Final = "conflict"
LINE_RULE: Final = "invalid-line"


def export_findings(text: str, rules: DiagnosticConfig, conflicts: Sequence[KeptConflict] = ()) -> list[Finding]:
    """What is to be said of the exported issues, the first FINDINGS; `conflicts` are those that are open."""
    if len(text) > LIMIT:
        words = f"The file has more than {LIMIT:,} characters and is not looked at."
        return [_on_line(0, "", words, severity=Severity.INFORMATION)]
    found: list[Finding] = []
    lines: dict[str, int] = {}
    waits: dict[str, list[str]] = {}
    for number, line in enumerate(text.split("\n")):
        if len(found) >= FINDINGS:
            break
        if line.strip():
            found += _of_line(number, line, lines, waits)
    found += _conflicts(conflicts, lines, rules)
    found += _cycles(waits, lines, rules)
    return found[:FINDINGS]


def _of_line(number: int, line: str, lines: dict[str, int], waits: dict[str, list[str]]) -> Iterator[Finding]:
    if line.startswith(MARKERS):
        way = "“Merge both sides” (`issuelens sync --no-git`)"
        words = f"Git left both sides here. {way} merges them and writes the file clean."
        yield _on_line(number, line, words)
        return
    issue = _issue(line)
    if isinstance(issue, str):
        yield _on_line(number, line, printable(issue))
        return
    if issue.id in lines:
        yield _on_line(number, line, f"{issue.id} stands on line {lines[issue.id] + 1}, too.")
    lines.setdefault(issue.id, number)
    waits.setdefault(issue.id, [one.depends_on_id for one in issue.dependencies if one.type == BLOCKS])


def _conflicts(
    conflicts: Sequence[KeptConflict], lines: Mapping[str, int], rules: DiagnosticConfig
) -> Iterator[Finding]:
    for one in conflicts:
        if one.issue_id in lines:
            words = printable(told_conflict(one))
            yield _on_line(lines[one.issue_id], "", words, rule=CONFLICT_RULE, severity=rules.conflict)


def _issue(line: str) -> Issue | str:
    """The issue of a line, or why it is none."""
    try:
        shape = json.loads(line)
        if not isinstance(shape, dict):
            return "This line is no issue: it is no JSON object."
        if not isinstance(shape.get("id"), str):
            return "This line is no issue: it has no id."
        return issue_from_json(shape)
    except json.JSONDecodeError as error:
        return f"This line is no JSON: {error.msg}, column {error.colno}."
    except IssuelensError as error:
        return f"This line is no issue: {error.message}"
    except (TypeError, KeyError, ValueError, RecursionError, AttributeError) as error:
        return f"This line is no issue: it has not the form of one ({type(error).__name__}: {error})."


def _cycles(waits: Mapping[str, Sequence[str]], lines: Mapping[str, int], rules: DiagnosticConfig) -> Iterator[Finding]:
    """One finding for each circle of issues that wait for each other, on the line of the first of them."""
    state: dict[str, int] = {}
    for begin in waits:
        path: list[str] = []
        stack: list[tuple[str, int]] = [(begin, 0)] if begin not in state else []
        while stack:
            one, at = stack.pop()
            if at == 0:
                state[one] = 1
                path.append(one)
            following = waits.get(one, ())
            if at < len(following):
                stack.append((one, at + 1))
                other = following[at]
                if state.get(other) == 1:
                    circle = [*path[path.index(other) :], other]
                    text = f"These wait for each other: {' → '.join(circle[:10])}"
                    yield _on_line(lines[other], "", text, rule="cycle", severity=rules.cycle)
                elif other not in state and other in waits:
                    stack.append((other, 0))
            else:
                state[one] = 2
                path.pop()


def _on_line(
    number: int, line: str, words: str, *, rule: str = LINE_RULE, severity: Severity = Severity.ERROR
) -> Finding:
    return Finding(rule=rule, severity=severity, message=words, line=number, column=0, end_column=max(1, len(line)))
