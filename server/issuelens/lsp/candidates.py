"""Issues as completion items, in the order in which they are likely to be meant."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from lsprotocol import types

from issuelens.domain.issue import IssueSummary
from issuelens.domain.plain import label
from issuelens.domain.vocabulary import Category

LIMIT: Final = 1_000
"""Items of one answer."""
_WAITING: Final = frozenset({"blocked", "deferred"})


def ranked(issues: Sequence[IssueSummary], *, near: Collection[str], branch: str, me: str) -> list[IssueSummary]:
    """The issues, the likeliest first.

    Those of the branch, those that the file names, the person's own that are under way, others under way, what is to be
    done by priority, what waits, what is finished.

    Args:
        issues: all, the newest first.
        near: the ids in the file.
        branch: the name of the branch.
        me: who is typing.
    """
    words = {word for word in branch.casefold().replace("/", "-").replace("_", "-").split("-") if len(word) > 3}

    def rank(one: IssueSummary) -> tuple[Any, ...]:
        is_branch = _names(branch, one.id) or (bool(words) and len(words & set(one.title.casefold().split())) >= 2)
        is_doing = one.category is Category.DOING
        return (
            one.is_closed,
            not is_branch,
            one.id not in near,
            not (is_doing and one.assignee == me),
            not is_doing,
            one.status in _WAITING,
            one.priority,
        )

    return sorted(issues, key=rank)


def _names(branch: str, issue_id: str) -> bool:
    """Whether the branch has the id, and not as the beginning of a longer one."""
    before, found, after = branch.partition(issue_id)
    is_child = after[:1] == "." and after[1:2].isdigit()
    return bool(found) and not before[-1:].isalnum() and not after[:1].isalnum() and not is_child


def items(issues: Iterable[IssueSummary], lead: str, workspace: str) -> list[dict[str, Any]]:
    """Completion items as plain JSON.

    Args:
        issues: in their order.
        lead: what is typed before an id, `#` or nothing: editors compare it, too.
        workspace: the URI of their folder.
    """
    return [_item(number, one, lead, workspace) for number, one in enumerate(issues)]


def _item(number: int, one: IssueSummary, lead: str, workspace: str) -> dict[str, Any]:
    title = label(one.title)
    shape: dict[str, Any] = {
        "label": one.id,
        "kind": types.CompletionItemKind.Reference.value,
        "detail": title,
        "labelDetails": {"description": title},
        "filterText": f"{lead}{one.id} {title}",
        "sortText": f"{number:06d}",
        "data": {"workspace": workspace, "id": one.id},
    }
    return shape | {"tags": [types.CompletionItemTag.Deprecated.value]} if one.is_closed else shape


def plain_items(words: Iterable[tuple[str, str]], kind: types.CompletionItemKind) -> list[dict[str, Any]]:
    """Words with what they mean, in this order."""
    return [
        {"label": word, "kind": kind.value, "sortText": f"{number:06d}", **({"detail": about} if about else {})}
        for number, (word, about) in enumerate(words)
    ]
