"""What reads text from elsewhere, each with seeds and with the errors that it says it raises."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from attrs import frozen

from issuelens.domain.config import config_to_json
from issuelens.domain.config_reader import parse_config
from issuelens.domain.document import changed_fields, read_document, render_document
from issuelens.domain.errors import InvalidConfig, InvalidField, InvalidQuery, Refused
from issuelens.domain.fields import checked_metadata, checked_text, checked_title, is_encodable
from issuelens.domain.ids import checked_prefix, prefix_from_name
from issuelens.domain.imports import Imported, Unreadable
from issuelens.domain.issue import Issue
from issuelens.domain.moment import checked_future, normal_moment, parse_day, parse_span, read_moment
from issuelens.domain.query import parse_query, render_query
from issuelens.domain.reference import find_references, is_issue_id
from issuelens.domain.shape import issue_to_json
from issuelens.domain.vocabulary import STATUS_CATEGORIES
from issuelens.ipc.converter import Messages, dumps, loads_request
from issuelens.ipc.framing import BrokenFrame, FrameBuffer, frame
from issuelens.ipc.limits import strict_loads
from issuelens.ipc.messages import OPERATIONS
from issuelens.sync.importers import Format, detect_format, read_issues
from issuelens.sync.jsonl import read_line, render_line
from issuelens.sync.merge import merge_files
from issuelens.todos.grammar import analyse
from issuelens.todos.languages import LANGUAGES, language_for
from issuelens.todos.lines import LineIndex
from reliability.fuzz import seeds

PREFIXES: Final = frozenset({"app", "my-app"})
TAGS: Final = ("TODO", "FIXME", "HACK", "XXX", "BUG")
NOW: Final = "2026-06-01T12:00:00.000000Z"


class Wrong(AssertionError):
    """A parser's answer is not what it must be."""


@frozen
class Target:
    """One parser: `run` gets bytes and may raise the errors in `raises`, nothing else."""

    run: Callable[[bytes], None]
    seeds: tuple[bytes, ...]
    raises: tuple[type[Exception], ...] = ()
    weight: int = 1


def text_of(content: bytes) -> str:
    """Text as JSON or a file could give it, halves of characters included."""
    return content.decode("utf-8", "surrogatepass") if b"\xed" in content and _passes(content) else _replaced(content)


def _passes(content: bytes) -> bool:
    try:
        content.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def _replaced(content: bytes) -> str:
    return content.decode("utf-8", "replace")


def _must(holds: bool, what: str) -> None:
    if not holds:
        raise Wrong(what)


# domain


def _query(content: bytes) -> None:
    query = parse_query(text_of(content))
    _must(parse_query(render_query(query)) == query, "a rendered query is read as another one")
    query.narrowed("open")


def _config(content: bytes) -> None:
    json.dumps(config_to_json(parse_config(text_of(content))))


def _document(content: bytes) -> None:
    fields = read_document(text_of(content))
    json.dumps(fields)
    try:
        changed_fields({"id": "app-1a2b", "title": "x", "labels": ["a"], "metadata": {"k": 1}}, fields)
    except InvalidField:
        return


def _written_document(content: bytes) -> None:
    """An issue with any text in it comes back from its document."""
    text = text_of(content).replace("\r", "")
    if not is_encodable(text) or "\0" in text:
        return
    try:
        title, body = checked_title(text[:80]), checked_text("description", text).strip("\n").rstrip()
    except InvalidField:
        return
    issue = {"id": "app-1a2b", "title": title, "description": body, "labels": [], "metadata": {"k": text[:40]}}
    found = read_document(render_document(issue))
    _must(found["title"] == title, "a title does not come back from its document")
    _must(found["description"] == body, "a description does not come back from its document")
    _must(found["metadata"] == issue["metadata"], "metadata do not come back from their document")


def _moments(content: bytes) -> None:
    text = text_of(content)
    parse_span(text)
    parse_day(text, datetime(2026, 6, 1, tzinfo=UTC))
    with suppress(InvalidField):
        checked_future("due_at", text, NOW, end_of_day=True)
    moment = normal_moment(text)
    read_moment(moment)
    _must(normal_moment(moment) == moment, "a kept moment is read as another one")


def _ids(content: bytes) -> None:
    text = text_of(content)
    checked_prefix(prefix_from_name(text))
    is_issue_id(text, PREFIXES)
    for one in find_references(text, PREFIXES):
        _must(text[one.start : one.end] == one.id, "a reference is not where it is said to be")
    checked_prefix(text)


def _metadata(content: bytes) -> None:
    value = strict_loads(content)
    if isinstance(value, dict):
        dumps(checked_metadata(value))


# ipc


def _frames(content: bytes) -> None:
    whole, cut = _framed(content, len(content) or 1), _framed(content, max(1, sum(content) % 7))
    _must(whole == cut, "frames depend on how the bytes were cut")


def _framed(content: bytes, size: int) -> tuple[list[bytes], str | bytes]:
    buffer, found = FrameBuffer(), []
    try:
        for start in range(0, len(content), size):
            buffer.feed(content[start : start + size])
            while (one := buffer.next()) is not None:
                found.append(one)
    except BrokenFrame as error:
        return found, str(error)
    return found, buffer.rest()


def _message(content: bytes) -> None:
    value = loads_request(content)
    dumps({"id": value.get("id") if isinstance(value, dict) else None})


_MESSAGES = Messages()


def _params(content: bytes) -> None:
    value = loads_request(content)
    for operation in OPERATIONS.values():
        try:
            dumps(_MESSAGES.write(_MESSAGES.read(value, operation)))
        except InvalidField as error:
            dumps({"message": error.message, "details": error.details})


# sync


def _imported(kind: Format) -> Callable[[bytes], None]:
    def run(content: bytes) -> None:
        detect_format("x.jsonl", content[:100])
        found = read_issues(io.BytesIO(content), kind, "x", prefix="app", statuses=STATUS_CATEGORIES)
        for one in found:
            if isinstance(one, Imported):
                _come_back(one.issue)
            else:
                _must(bool(one.reason), "a line is put aside without a reason")

    return run


def _come_back(issue: Issue) -> None:
    dumps(issue_to_json(issue))
    # Comments that came without numbers get them once, then they stay.
    once = _written_and_read(issue)
    _must(render_line(_written_and_read(once)) == render_line(once), "a line that was written is read as another issue")


def _written_and_read(issue: Issue) -> Issue:
    again = read_line(1, render_line(issue).decode(), STATUS_CATEGORIES)
    if isinstance(again, Unreadable):
        raise Wrong(f"a line that was written can't be read: {again.reason}")
    return again.issue


def _merge(content: bytes) -> None:
    sides = [_side(part) for part in content.split(b"\n~~~\n")[:3]]
    base, ours, theirs = [*sides, {}, {}, {}][:3]
    one, other = merge_files(base, ours, theirs), merge_files(base, theirs, ours)
    lines = [b"".join(render_line(issue) for issue in merged.issues) for merged in (one, other)]
    _must(lines[0] == lines[1], "it matters whose side is called ours")
    for issue in one.issues:
        _come_back(issue)


def _side(content: bytes) -> dict[str, Issue]:
    found = {}
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
        one = read_line(number, line, STATUS_CATEGORIES)
        if not isinstance(one, Unreadable) and is_encodable(json.dumps(issue_to_json(one.issue), ensure_ascii=False)):
            found[one.issue.id] = one.issue
    return found


# todos

_NAMES: Final = tuple(sorted(LANGUAGES))


def _comments(content: bytes) -> None:
    """The first byte says in which language the rest is."""
    name, text = _NAMES[content[0] % len(_NAMES)] if content else "python", text_of(content[1:])
    lines = LineIndex(text)
    todos, found = analyse(text, LANGUAGES[name], tags=TAGS, prefixes=PREFIXES)
    for todo in todos:
        line = lines.line_text(todo.line)
        _must(line[todo.column :].startswith(todo.tag), "a tag is not where it is said to be")
        insert = lines.line_text(todo.insert.line)
        _must(0 <= todo.insert.start_column <= todo.insert.end_column <= len(insert), "an id goes beyond its line")
    for one in found:
        _must(lines.line_text(one.line)[one.column : one.end_column] == one.id, "an id is not where it is said to be")


def _language(content: bytes) -> None:
    path, _, rest = text_of(content).partition("\n")
    language_for(path, rest[:20], rest)


# cli


def _pictures(content: bytes) -> None:
    from issuelens.cli.output import one_line, printable

    for text in (one_line(text_of(content)), printable(text_of(content))):
        _must(re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", text) is None, "a control character comes through")


def _lexed() -> tuple[bytes, ...]:
    return tuple(bytes([_NAMES.index(name)]) + text for name, text in seeds.SOURCES.items() if name in _NAMES)


_SYNC: Final[tuple[type[Exception], ...]] = (Refused,)

TARGETS: Final[dict[str, Target]] = {
    "query": Target(_query, seeds.QUERIES, (InvalidQuery,), 3),
    "config": Target(_config, seeds.CONFIGS, (InvalidConfig,), 2),
    "document": Target(_document, seeds.DOCUMENTS, (InvalidField,), 1),
    "written-document": Target(_written_document, seeds.TEXTS, (), 1),
    "moments": Target(_moments, seeds.MOMENTS, (ValueError,), 3),
    "ids": Target(_ids, seeds.TEXTS, (InvalidField,), 3),
    "metadata": Target(_metadata, seeds.OBJECTS, (InvalidField, ValueError, RecursionError), 2),
    "frames": Target(_frames, tuple(frame(one) * 2 for one in seeds.OBJECTS), (), 4),
    "message": Target(_message, seeds.OBJECTS, (ValueError,), 3),
    "params": Target(_params, seeds.PARAMS, (InvalidField, ValueError), 2),
    "import-beads": Target(_imported(Format.BEADS), seeds.BEADS, _SYNC, 4),
    "import-ancestor": Target(_imported(Format.ANCESTOR), seeds.ANCESTOR, _SYNC, 2),
    "import-todotxt": Target(_imported(Format.TODOTXT), seeds.TODOTXT, _SYNC, 2),
    "import-github": Target(_imported(Format.GITHUB), seeds.GITHUB, _SYNC, 2),
    "merge": Target(_merge, seeds.MERGES, (), 2),
    "comments": Target(_comments, _lexed(), (), 6),
    "language": Target(_language, seeds.TEXTS, (), 2),
    "pictures": Target(_pictures, seeds.TEXTS, (), 2),
}
"""Name -> target; `weight` says how often it has its turn."""


def describe(error: BaseException) -> str:
    """An error in a line."""
    text = f"{type(error).__name__}: {error}"
    return text if len(text) < 200 else f"{text[:200]}…"


def value_of(content: bytes) -> Any:
    """The JSON of an input, where it has one."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
