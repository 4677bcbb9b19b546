"""What is answered about one issue: itself, its links, its history, its places in the code. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from issuelens.domain.document import read_document, render_document
from issuelens.domain.issue import Issue, IssueSummary
from issuelens.domain.operation import HistoryEntry
from issuelens.domain.shape import brief_to_json, issue_to_json
from issuelens.domain.vocabulary import BLOCKS, DEPENDENCY_TYPES, ISSUE_TYPES, PARENT_CHILD, PRIORITIES, TOMBSTONE
from issuelens.lsp.conflict_rows import shapes_of
from issuelens.todos.lines import LineIndex
from issuelens.todos.message import references_anywhere
from issuelens.todos.paths import shown_path

if TYPE_CHECKING:
    from issuelens.domain.config import Config
    from issuelens.lsp.catalogue import Catalogue
    from issuelens.storage.details import IssueDetails, Link
    from issuelens.todos.index import Place

CHOICES: Final = 500
"""People and labels that are offered."""
SEARCHED: Final = 200_000
"""Characters of an issue's texts that are looked through for ids."""
TEXT_LIMIT: Final = 200
"""Characters of a value in a history."""
OTHERS: Final = 300
"""Further fields that are shown, and OTHER_LIMIT characters of each."""
OTHER_LIMIT: Final = 2_000
EDITABLE: Final = (
    *("title", "description", "design", "acceptance_criteria", "notes", "status", "priority", "issue_type"),
    *("assignee", "labels", "parent", "due_at", "defer_until", "estimated_minutes", "external_ref"),
)
"""The fields that a form may change, by their names in an issue's document."""
_TEXTS: Final = ("description", "design", "acceptance_criteria", "notes")
_FORWARD: Final = {BLOCKS: "depends_on", PARENT_CHILD: "parent"}
_BACKWARD: Final = {BLOCKS: "blocks", PARENT_CHILD: "children"}
_HIDDEN: Final = frozenset({"updated_at", "original_status"})

Shape = dict[str, Any]


def details_shape(found: IssueDetails, word: str, config: Config) -> Shape:
    """An issue with its links. `fields` is what a form edits, in the form in which it is written; `word` named it."""
    issue = issue_to_json(found.issue)
    document = read_document(render_document(issue))
    return {
        "issue": issue,
        "category": str(found.issue.category),
        "fields": {name: document[name] for name in EDITABLE},
        "mergedFrom": word if word != found.issue.id and word in found.names else None,
        "others": list(islice(_others(found.issue), OTHERS)),
        "links": [
            *_grouped(found.depends_on, found.further_on, _FORWARD, is_forward=True),
            *_grouped(found.dependents, found.further_dependents, _BACKWARD, is_forward=False),
        ],
        "blocked": [
            {**({} if one.issue is None else brief_to_json(one.issue)), **({"via": one.via} if one.via else {})}
            for one in found.reasons
        ],
        "statuses": [{"name": name, "category": str(kind)} for name, kind in config.statuses.items()],
        "revision": found.revision,
        "conflicts": shapes_of(found.conflicts),
    }


def _others(issue: Issue) -> Iterator[Shape]:
    """What an issue has besides its own fields: the user's metadata, then what other tools have written."""
    for name, value in (*issue.metadata.items(), *issue.extra.items()):
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=dict)
        yield {"name": _short(name), "value": text if len(text) <= OTHER_LIMIT else f"{text[: OTHER_LIMIT - 1]}…"}


def _grouped(
    links: Sequence[Link], further: Mapping[str, int], names: Mapping[str, str], *, is_forward: bool
) -> Iterator[Shape]:
    kinds = dict.fromkeys([*names, *(one.type for one in links)])
    for kind in kinds:
        issues = [brief_to_json(one.issue) for one in links if one.type == kind]
        if issues:
            name = names.get(kind) or (kind if is_forward else f"{kind} of")
            one = {"kind": name, "type": kind, "forward": is_forward, "issues": issues}
            yield one | {"more": further.get(kind, 0)}


def choices_shape(catalogue: Catalogue) -> Shape:
    """What is offered while a field is edited."""
    return {
        "priorities": list(PRIORITIES),
        "types": list(ISSUE_TYPES),
        "people": list(catalogue.people[:CHOICES]),
        "labels": list(catalogue.labels[:CHOICES]),
        "linkTypes": list(DEPENDENCY_TYPES),
    }


def ids_within(issue: Mapping[str, Any], prefixes: frozenset[str]) -> list[str]:
    """The ids in an issue's texts, each once; what comes after SEARCHED characters is not looked at."""
    texts = [issue.get(name) or "" for name in _TEXTS] + [one["text"] for one in issue.get("comments", ())]
    text = "\n".join(texts)[:SEARCHED]
    return list(dict.fromkeys(one.id for one in references_anywhere(LineIndex(text), prefixes)))


def mentioned_shape(found: Mapping[str, IssueSummary]) -> list[Shape]:
    """The known ones of the ids in a text; `word` is how one is written there."""
    return [{"word": word, **brief_to_json(one)} for word, one in found.items() if one.status != TOMBSTONE]


# History


def history_shape(issue_id: str, entries: Iterable[HistoryEntry]) -> list[Shape]:
    """What happened to an issue, in the order given."""
    return [_entry(issue_id, one) for one in entries]


def _entry(issue_id: str, entry: HistoryEntry) -> Shape:
    event = entry.event
    own = next((one for one in entry.changes if one.issue_id == issue_id), None)
    return {
        "revision": event.revision,
        "operation": event.operation,
        "actor": event.actor,
        "client": event.client,
        "at": event.at,
        "undoes": event.undoes,
        "undoneBy": entry.undone_by,
        "issues": entry.change_count,
        "changes": [] if own is None else list(differences(own.before, own.after)),
    }


def differences(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Iterator[Shape]:
    """Each field that differs: `{field, before, after}`, of lists `{field, added, removed}`; texts are cut."""
    old, new = before or {}, after or {}
    for name in dict.fromkeys([*new, *old]):
        was, now = old.get(name), new.get(name)
        if name in _HIDDEN or was == now or not (was or now or before is not None):
            continue
        if isinstance(was, list) or isinstance(now, list):
            yield {"field": name, **_moved(was or [], now or [])}
        elif before is not None or name in ("title", "status", "priority"):
            yield {"field": name, "before": _short(was), "after": _short(now)}


def _moved(was: list[Any], now: list[Any]) -> dict[str, list[str]]:
    return {
        "added": [_short(_named(one)) for one in now if one not in was],
        "removed": [_short(_named(one)) for one in was if one not in now],
    }


def _named(one: Any) -> Any:
    if not isinstance(one, Mapping):
        return one
    return f"{one.get('type')} {one['depends_on_id']}" if "depends_on_id" in one else one.get("text", "")


def _short(value: Any) -> str:
    text = " ".join(("" if value is None else str(value)).split())
    return text if len(text) <= TEXT_LIMIT else f"{text[: TEXT_LIMIT - 1]}…"


# Places in the code


def place_shape(place: Place, uri: str) -> Shape:
    """A place where an issue stands: line and column from 0, columns in code points."""
    tag = getattr(place.one, "tag", None)
    one = {"path": shown_path(place.path), "uri": uri, "line": place.one.line, "column": place.one.column}
    return one | {"tag": tag, "text": _short(place.one.text)}
