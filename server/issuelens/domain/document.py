"""An issue as a document: Markdown with front matter, to be edited by a person and read again.

    ---
    id: app-1a2b
    title: Round half up
    priority: 1
    labels: [money]
    updated: 2026-01-01T00:00:00.000000Z
    ---

    The description.

    ## Design <!-- issuelens:design -->

Front matter is YAML 1.2 (yaml.org/spec/1.2.2). A section begins with its mark, so that texts may have headings of their
own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from issuelens.domain.errors import InvalidField
from issuelens.domain.shape import same_json
from issuelens.domain.vocabulary import PARENT_CHILD

FIELDS: Final = {
    "id": "id",
    "title": "title",
    "status": "status",
    "priority": "priority",
    "type": "issue_type",
    "assignee": "assignee",
    "labels": "labels",
    "parent": "parent",
    "due": "due_at",
    "defer": "defer_until",
    "estimate": "estimated_minutes",
    "external": "external_ref",
    "metadata": "metadata",
    "updated": "updated_at",
}
"""Name in the front matter -> field of the issue."""
READ_ONLY: Final = ("id", "updated")
SECTIONS: Final = {"design": "Design", "acceptance_criteria": "Acceptance criteria", "notes": "Notes"}
"""Field -> heading of its section; the description comes before all."""
LIMIT: Final = 5_000_000
"""Characters of a document."""

_MARK = re.compile(r"^.*<!-- issuelens:([a-z_]+) -->[ \t]*$", re.MULTILINE)
_LIKE_A_MARK = re.compile(r"<!-- (\\*)issuelens:")
_ESCAPED_MARK = re.compile(r"<!-- \\(\\*)issuelens:")
_FRONT = re.compile(r"---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)

Document = dict[str, Any]
"""Field of an issue -> its value, as `read_document` gives it: texts, `labels` a list, `metadata` an object."""


# Writing


def render_document(issue: Mapping[str, Any], *, is_new: bool = False) -> str:
    """The document of an issue.

    Args:
        issue: in its JSON shape (`domain.shape`).
        is_new: leaves out the fields that only an existing issue has; for templates.
    """
    values = {name: value for name, value in _front(issue).items() if not (is_new and name in READ_ONLY)}
    parts = [f"---\n{_yaml(values)}---\n", f"\n{_escaped(issue.get('description') or '')}\n"]
    for field, heading in SECTIONS.items():
        text = _escaped(issue.get(field) or "")
        parts.append(f"\n## {heading} <!-- issuelens:{field} -->\n" + (f"\n{text}\n" if text else ""))
    return "".join(parts)


def _front(issue: Mapping[str, Any]) -> dict[str, Any]:
    parents = [one["depends_on_id"] for one in issue.get("dependencies", ()) if one["type"] == PARENT_CHILD]
    return {
        "id": issue.get("id", ""),
        "title": issue.get("title", ""),
        "status": issue.get("status", "open"),
        "priority": issue.get("priority", 2),
        "type": issue.get("issue_type", "task"),
        "assignee": issue.get("assignee") or "",
        "labels": list(issue.get("labels", ())),
        "parent": parents[0] if parents else "",
        "due": _short_moment(issue.get("due_at"), "T23:59:59"),
        "defer": _short_moment(issue.get("defer_until"), "T00:00:00"),
        "estimate": issue.get("estimated_minutes", ""),
        "external": issue.get("external_ref") or "",
        "metadata": dict(issue.get("metadata") or {}),
        "updated": issue.get("updated_at", ""),
    }


def _short_moment(text: str | None, whole_day: str) -> str:
    """A date where the moment is the one that a date means."""
    if not text:
        return ""
    return text[:10] if text[10:19] == whole_day and not text[19:].strip(".0Z") else text


def _yaml(values: Mapping[str, Any]) -> str:
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.default_flow_style = None
    yaml.width = 1_000_000
    yaml.allow_unicode = True
    yaml.encoding = None  # type: ignore[assignment] # gives text in place of bytes
    written = _Written()
    yaml.dump({name: None if value == "" else _quoted(value) for name, value in values.items()}, written)
    return "".join(written.parts)


_HARMLESS = re.compile(r"[^\W_](?:[\w ./@+()'-]*[\w)])?\Z")


def _quoted(value: Any) -> Any:
    """The value with marks around texts that have signs; ruamel leaves some without that can't be read again."""
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    if isinstance(value, Mapping):
        return {_quoted(name): _quoted(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_quoted(one) for one in value]
    if isinstance(value, str) and not _HARMLESS.match(value):
        return DoubleQuotedScalarString(value)
    return value


class _Written:
    """What ruamel writes; a stream without input or output."""

    def __init__(self) -> None:
        self.parts: list[str] = []

    def write(self, text: str) -> None:
        self.parts.append(text)


def _escaped(text: str) -> str:
    return _LIKE_A_MARK.sub(r"<!-- \\\1issuelens:", text)


# Reading


def read_document(text: str) -> Document:
    """The fields that a document has. Fields that it leaves out are not among them; empty ones are empty texts.

    Raises:
        InvalidField: named after what can't be read; `details["line"]` counts from 1 where it is known.
    """
    if len(text) > LIMIT:
        raise InvalidField("document", f"it has {len(text):,} characters, {LIMIT:,} are allowed")
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    front = _FRONT.match(text)
    if front is None:
        raise InvalidField("front matter", "it is missing; begin with a line ---, fields, and another line ---", line=1)
    return _fields(front[1]) | _sections(text[front.end() :])


def _fields(text: str) -> Document:
    found: Document = {}
    plain, typed = _mapping(text, "base"), _mapping(text, "safe")
    for name, value in plain.items():
        if name not in FIELDS:
            raise InvalidField(str(name)[:60], f"it is no field; known are {', '.join(FIELDS)}", line=_line(text, name))
        found[FIELDS[name]] = _value(name, value, typed.get(name), _line(text, name))
    return found


def _value(name: str, plain: Any, typed: Any, line: int | None) -> Any:
    if name == "metadata":
        if typed is not None and not isinstance(typed, dict):
            raise InvalidField(name, "it must be fields of its own, indented", line=line)
        return _json_ready(typed or {})
    if name == "labels":
        return _labels(plain, line)
    if not isinstance(plain, str):
        raise InvalidField(name, "it must be a text in one line", line=line)
    plain = "" if typed is None else plain.strip()
    return _number(name, plain, line) if name in ("priority", "estimate") and plain else plain


def _labels(plain: Any, line: int | None) -> list[str]:
    words = plain.split(",") if isinstance(plain, str) else plain
    if not isinstance(words, list) or not all(isinstance(one, str) for one in words):
        raise InvalidField("labels", "it must be a list such as [ui, backend]", line=line)
    return sorted({one.strip() for one in words if one.strip()} - ({"null", "~"} if isinstance(plain, str) else set()))


def _number(name: str, text: str, line: int | None) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise InvalidField(name, f"it must be a whole number, not {text[:40]!r}", line=line)
    return int(text)


def _json_ready(value: Any) -> Any:
    """YAML's dates as texts; all else is JSON already."""
    if isinstance(value, dict):
        return {str(name): _json_ready(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_json_ready(one) for one in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _mapping(text: str, kind: str) -> dict[str, Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.events import AliasEvent
    from ruamel.yaml.reader import ReaderError

    try:
        # An alias could make a small text an endless value.
        if any(isinstance(event, AliasEvent) for event in YAML(typ=kind, pure=True).parse(text)):
            raise InvalidField("front matter", "it holds an alias (*name); write the value out")
        found = YAML(typ=kind, pure=True).load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark is not None else None
        where = f"line {line}: " if line else ""
        raise InvalidField("front matter", f"{where}{error.problem or 'it is no YAML'}", line=line) from error
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 2
        raise InvalidField(
            "front matter", f"line {line}: it holds a control character; remove it", line=line
        ) from error
    except TypeError as error:
        # ruamel.yaml asks whether a dict is in a dict.
        raise InvalidField("front matter", "it has fields as the name of a field; use a word") from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise InvalidField("front matter", f"it is no YAML ({type(error).__name__})") from error
    if found is not None and not isinstance(found, dict):
        raise InvalidField("front matter", "it must be fields such as `title: …`, a line each")
    return found or {}


def _line(text: str, name: str) -> int | None:
    """Where a field stands in the document; its first line is the `---`."""
    for number, line in enumerate(text.split("\n"), 2):
        if line.startswith(f"{name}:"):
            return number
    return None


def _sections(text: str) -> Document:
    found: Document = {}
    field, begin = "description", 0
    for mark in _MARK.finditer(text):
        if mark[1] not in SECTIONS:
            raise InvalidField("section", f"{mark[1]!r} is none; known are {', '.join(SECTIONS)}")
        found[field] = _unescaped(text[begin : mark.start()])
        field, begin = mark[1], mark.end()
        if field in found:
            raise InvalidField("section", f"{field} stands there twice")
    found[field] = _unescaped(text[begin:])
    return found


def _unescaped(text: str) -> str:
    return _ESCAPED_MARK.sub(r"<!-- \1issuelens:", text.strip("\n").rstrip())


# Comparing


def changed_fields(before: Document, after: Document) -> Document:
    """What differs, as the fields of an UpdateIssues; empty when nothing does.

    Raises:
        InvalidField: for a change of what can't be changed.
    """
    for name in READ_ONLY:
        field = FIELDS[name]
        if field in after and after[field] != before.get(field):
            raise InvalidField(name, f"it can't be changed, and says {after[field]!r}; put {before.get(field)!r} back")
    different = {name: value for name, value in after.items() if not same_json(value, before.get(name))}
    labels, metadata = different.pop("labels", None), different.pop("metadata", None)
    if different.get("estimated_minutes") == "":
        different["estimated_minutes"] = -1
    for name in ("title", "status", "priority", "issue_type"):
        if different.get(name) == "":
            raise InvalidField(name, "it is empty; give it a value")
    return different | _label_changes(before, labels) | _metadata_changes(before, metadata)


def _label_changes(before: Document, labels: list[str] | None) -> Document:
    if labels is None:
        return {}
    old = before.get("labels", [])
    added, removed = [one for one in labels if one not in old], [one for one in old if one not in labels]
    return ({"add_labels": added} if added else {}) | ({"remove_labels": removed} if removed else {})


def _metadata_changes(before: Document, metadata: dict[str, Any] | None) -> Document:
    if metadata is None:
        return {}
    old = before.get("metadata", {})
    new = {name: value for name, value in metadata.items() if name not in old or not same_json(old[name], value)}
    gone = [name for name in old if name not in metadata]
    return ({"set_metadata": new} if new else {}) | ({"unset_metadata": gone} if gone else {})
