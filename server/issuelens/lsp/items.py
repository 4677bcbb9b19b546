"""Completion items as JSON: what they have in common is said once where the client can, and none is converted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from attrs import define, frozen
from lsprotocol import types

from issuelens.domain.issue import IssueSummary
from issuelens.domain.plain import label
from issuelens.ipc.converter import dumps
from issuelens.lsp.catalogue import Catalogue
from issuelens.lsp.convert import range_json
from issuelens.lsp.protocol import Encoded

REFERENCE: Final = types.CompletionItemKind.Reference.value


@frozen
class Taken:
    """What the client takes of a completion; `has_range` and `has_data`: it lets them be said once for all items."""

    has_range: bool = False
    has_data: bool = False
    has_two_ranges: bool = False
    """It lets the person choose between insertion and replacement."""
    has_details: bool = False
    """It shows a title beside the label."""
    has_tags: bool = False
    is_markdown: bool = False

    @classmethod
    def of(cls, client: types.ClientCapabilities) -> Taken:
        """What these capabilities say."""
        completion = client.text_document.completion if client.text_document else None
        if completion is None:
            return cls()
        item = completion.completion_item or types.ClientCompletionItemOptions()
        common = (completion.completion_list and completion.completion_list.item_defaults) or ()
        return cls(
            has_range="editRange" in common,
            has_data="data" in common,
            has_two_ranges=bool(item.insert_replace_support),
            has_details=bool(item.label_details_support),
            has_tags=item.tag_support is not None,
            is_markdown=types.MarkupKind.Markdown in (item.documentation_format or ()),
        )


@frozen
class Item:
    """An item without its place and its last brace; `label` is what is written, as JSON."""

    head: bytes
    label: bytes


@frozen
class Form:
    """How issues are written.

    `lead` is what is typed before an id, `#` or nothing: editors compare it, too. `workspace` is their folder's URI,
    where each item has to say it.
    """

    lead: str
    has_details: bool
    has_tags: bool
    workspace: str | None


@define(eq=False)
class Items:
    """The items of one answer; a joined text is made once, for those who say the place once."""

    found: Sequence[Item]
    _whole: bytes | None = None

    @property
    def whole(self) -> bytes:
        """All of them without a place."""
        if self._whole is None:
            self._whole = b",".join(b"%s}" % one.head for one in self.found)
        return self._whole

    def written(self, edit: bytes) -> bytes:
        """All of them, each with these fields of its edit."""
        return b",".join(b'%s,"textEdit":{"newText":%s,%s}}' % (one.head, one.label, edit) for one in self.found)


def issue_items(catalogue: Catalogue, issues: Iterable[IssueSummary], form: Form) -> Items:
    """Issues as items, in their order; what is written of each is kept with the catalogue."""
    kept: dict[str, Item] = catalogue.cached.setdefault(("items", form), {})
    found = []
    for number, one in enumerate(issues):
        if one.id not in kept:
            kept[one.id] = _item(one, form)
        item = kept[one.id]
        found.append(Item(b'%s,"sortText":"%06d"' % (item.head, number), item.label))
    return Items(found)


def _item(one: IssueSummary, form: Form) -> Item:
    title = label(one.title)
    shape: dict[str, Any] = {"label": one.id, "kind": REFERENCE, "filterText": f"{form.lead}{one.id} {title}"}
    shape |= {"labelDetails": {"description": title}} if form.has_details else {"detail": title}
    if form.workspace is not None:
        shape["data"] = {"workspace": form.workspace}
    if one.is_closed:
        shape |= {"tags": [types.CompletionItemTag.Deprecated.value]} if form.has_tags else {"deprecated": True}
    return Item(dumps(shape)[:-1], dumps(one.id))


def plain_items(words: Iterable[tuple[str, str]], kind: types.CompletionItemKind) -> Items:
    """Words with what they mean, in this order."""
    found = []
    for number, (word, about) in enumerate(words):
        shape = {"label": word, "kind": kind.value, "sortText": f"{number:06d}"}
        found.append(Item(dumps(shape | ({"detail": about} if about else {}))[:-1], dumps(word)))
    return Items(found)


@frozen
class Place:
    """What an item is written over: up to the cursor, or with the rest of the word behind it."""

    before: types.Range
    whole: types.Range

    def as_json(self, taken: Taken) -> tuple[bytes, bytes]:
        """The fields that say so in an edit, and the value of `editRange`."""
        before = range_json(self.before)
        if not taken.has_two_ranges or self.whole == self.before:
            return b'"range":%s' % before, before
        both = b'"insert":%s,"replace":%s' % (before, range_json(self.whole))
        return both, b"{%s}" % both


def listed(
    found: Items, place: Place, taken: Taken, *, is_incomplete: bool = False, workspace: str | None = None
) -> Encoded:
    """The answer with these items.

    Args:
        found: the items, in their order.
        place: what they are written over.
        taken: what the client takes.
        is_incomplete: whether the client has to ask again when more is typed.
        workspace: the URI of the items' folder, where they are issues.
    """
    edit, edit_range = place.as_json(taken)
    common = []
    if taken.has_range:
        common.append(b'"editRange":%s' % edit_range)
    if taken.has_data and workspace is not None:
        common.append(b'"data":%s' % dumps({"workspace": workspace}))
    defaults = b'"itemDefaults":{%s},' % b",".join(common) if common else b""
    items = found.whole if taken.has_range else found.written(edit)
    flag = b"true" if is_incomplete else b"false"
    return Encoded(b'{"isIncomplete":%s,%s"items":[%s]}' % (flag, defaults, items))
