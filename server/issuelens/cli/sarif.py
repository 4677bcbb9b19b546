"""TODOs as SARIF 2.1.0 (docs.oasis-open.org/sarif/sarif/v2.1.0), for code scanning and viewers of findings."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from issuelens import __version__

if TYPE_CHECKING:
    from issuelens.domain.config import Config

Shape = dict[str, Any]

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
CLOSED: Final = "closed-ref"
"""The rule of TODOs whose issue is finished."""
ROOT: Final = "%SRCROOT%"
"""Names the top of the repository; viewers and code scanning know where that is."""
_LEVELS: Final = {"error": "error", "warning": "warning"}
"""A severity of config.toml -> a level; all others, of which one may hide it in editors, are a `note`."""
_EXTRAS: Final = ("issue", "owner", "external", "priority", "due", "author", "time", "commit")


def sarif(todos: Sequence[Shape], closed: Mapping[int, Shape], config: Config, prefix: str = "") -> Shape:
    """The log of one run.

    Args:
        todos: as `issuelens todos --json` has them.
        closed: number in `todos` -> where a finished issue is named, with its `status`.
        config: says how severe tags and rules are.
        prefix: from the top of the repository to the workspace's root, empty or with a slash at the end.
    """
    rules = sorted({one["tag"] for one in todos}) + ([CLOSED] if closed else [])
    results = []
    for number, one in enumerate(todos):
        place = _location(one, prefix)
        text = f"{one['tag']}: {one['text']}".rstrip(" :")
        results.append(_result(rules, one["tag"], _level(one["tag"], config), text, place, one))
        if number in closed:
            said = f"{one['issue']} is {closed[number]['status']}, and this {one['tag']} still names it."
            results.append(_result(rules, CLOSED, _level(CLOSED, config), said, place, one))
    driver = {
        "name": "Issuelens",
        "version": __version__,
        "rules": [_rule(one, config) for one in rules],
    }
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(name: str, config: Config) -> Shape:
    text = "A TODO comment whose issue is finished" if name == CLOSED else f"A {name} comment"
    return {
        "id": name,
        "shortDescription": {"text": text},
        "defaultConfiguration": {"level": _level(name, config)},
    }


def _level(rule: str, config: Config) -> str:
    if rule == CLOSED:
        return _LEVELS.get(config.diagnostics.closed_reference, "note")
    return _LEVELS.get(config.todos.style(rule).severity or config.diagnostics.untracked_todo, "note")


def _result(rules: Sequence[str], rule: str, level: str, text: str, location: Shape, one: Shape) -> Shape:
    return {
        "ruleId": rule,
        "ruleIndex": rules.index(rule),
        "level": level,
        "message": {"text": text},
        "locations": [location],
        "partialFingerprints": {"issuelensKey/v1": f"{one['key']}:{rule}" if rule == CLOSED else one["key"]},
        "properties": {name: one[name] for name in _EXTRAS if one.get(name) is not None},
    }


def _location(one: Shape, prefix: str) -> Shape:
    from issuelens.todos.paths import real_path

    uri = quote(os.fsencode(prefix + real_path(one["path"])), safe="/")
    region = {"startLine": one["line"], "startColumn": one["column"]}
    return {"physicalLocation": {"artifactLocation": {"uri": uri, "uriBaseId": ROOT}, "region": region}}
