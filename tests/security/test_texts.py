"""Malicious text in issues, settings and names of files: what editors and terminals are given of it."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from tests.support.cli import Place, on_terminal

from issuelens.domain.issue import Issue, IssueSummary
from issuelens.domain.plain import CONTROL, message
from issuelens.domain.shape import issue_from_json
from issuelens.domain.vocabulary import STATUS_CATEGORIES
from issuelens.lsp.cards import Card, markdown_card, plain_card
from issuelens.lsp.features.code_lens import title_of

MALICE = (
    "[Click](command:workbench.action.terminal.sendSequence?%7B%7D)",
    "![x](https://evil.example/pixel.png)",
    "<img src=x onerror=alert(1)><script>alert(1)</script>",
    "<https://evil.example> <command:x> https://evil.example www.evil.example a@evil.example",
    "[a]: data:text/html,x\n\n[a] [a][] [x][a]",
    "```\ncode\n```\n~~~\n    indented\n\tindented",
    "# heading\n===\n---\n***\n> quote\n- list\n1. list\n1) list\n+ list\n| a | b |\n|---|---|",
    "`code` *a* **b** _c_ ~~d~~ \\* &lt;b&gt; &#60; $(trash) $x$",
    "a  \nb\\\nc",
    "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\ \x1b[31mred\x1b[2J\x9b31m\x07\r\x08",
    "\u202egnp.exe\u2066x\u2069",
)
SIGNS = (
    "".join(chr(one) for one in range(0x20, 0x7F) if not chr(one).isalnum()) + " \t\n\r\x0b\x0c\x1b\x85\u2028\u202e\x00"
)
texts = st.one_of(
    st.sampled_from(MALICE),
    st.text(st.one_of(st.sampled_from(SIGNS), st.sampled_from("ab1")), max_size=60),
    st.lists(st.sampled_from((*MALICE, "\n\n", "    ", "\t")), max_size=4).map("".join),
)
PLAIN = {"paragraph_open", "paragraph_close", "inline", "text", "softbreak", "hardbreak", "text_special"}
OURS = {"strong_open", "strong_close", "em_open", "em_close"}
LINKED = re.compile(r"\[[^\]]+\]\(((?:https?://|command:|file:)[^)\s]+)", re.IGNORECASE)
"""How VS Code finds links in its messages (src/vs/base/common/linkedText.ts)."""


def issue_of(one: str, two: str, three: str) -> Issue:
    """An issue that says these texts wherever it can."""
    comment = {"id": 1, "author": two, "text": three, "created_at": "2026-01-01T00:00:00Z"}
    shape = {"id": "app-1a2b", "title": one, "status": "open", "priority": 1, "issue_type": two or "bug"}
    shape |= {"description": three, "assignee": two, "labels": [two, three], "comments": [comment]}
    return issue_from_json({**shape, "created_at": "2026-01-01T00:00:00Z"}, STATUS_CATEGORIES)


def tokens(text: str) -> Iterator[Token]:
    """What a CommonMark parser with tables and strikethrough makes of a text."""
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text):
        yield token
        yield from token.children or ()


@given(texts, texts, texts)
@example(*MALICE[:3])
@example(MALICE[6], MALICE[7], MALICE[5])
def test_text_of_an_issue_is_never_markup_in_a_hover(one: str, two: str, three: str) -> None:
    card = markdown_card(Card(issue=issue_of(one, two, three)))
    found = list(tokens(card))
    assert {token.type for token in found} <= PLAIN | OURS
    # The id is strong, the author of a comment emphasised, and nothing else is.
    assert sum(token.type == "strong_open" for token in found) <= 1
    assert sum(token.type == "em_open" for token in found) <= 1
    assert not CONTROL.search(card)


@given(texts, texts, texts)
def test_text_of_an_issue_has_no_escapes_in_plain_cards_lenses_and_messages(one: str, two: str, three: str) -> None:
    issue = issue_of(one, two, three)
    assert not CONTROL.search(plain_card(Card(issue=issue)))
    summary = IssueSummary(id=one or "x", title=one, status="open", priority=1, issue_type="bug", assignee=two or None)
    lens = title_of(summary)
    assert "$(" not in lens
    assert not CONTROL.search(lens)
    assert "\n" not in lens
    assert not LINKED.search(message(three))
    assert not CONTROL.search(message(three))


def hostile(place: Place) -> str:
    """An issue whose every field is malicious, as no request could make it; its id in the database."""
    steering = "\x1b]8;;https://evil.example\x1b\\x\x1b[2J\x9b31m\u202e\x07"
    shape: dict[str, Any] = {"id": "app-1a2b", "title": f"T {steering}", "status": "open", "priority": 1}
    shape |= dict.fromkeys(
        ("description", "design", "acceptance_criteria", "notes", "external_ref"), f"D {steering}\n\n{steering}"
    )
    shape |= {"issue_type": "epic", "assignee": f"A{steering}", "created_by": steering, "labels": [f"l{steering}"]}
    shape |= {"comments": [{"id": 1, "author": f"C{steering}", "text": steering, "created_at": "2026-01-01T00:00:00Z"}]}
    shape |= {"metadata": {"k": steering}, "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"}
    shape |= {"dependencies": [{"issue_id": "app-1a2b", "depends_on_id": "app-2b3c", "type": f"t{steering}"}]}
    place.space.jsonl.write_text(json.dumps(shape) + "\n")
    place.ok("sync")
    place.close()
    odd = f"app-9z9{steering}"
    with sqlite3.connect(place.space.database) as connection:
        connection.execute("UPDATE issue SET id = ? WHERE id = 'app-1a2b'", (odd,))
    connection.close()
    return odd


COMMANDS = (
    *(("list",), ("search", "T"), ("ready",), ("stale", "--days", "0"), ("board",), ("stats",), ("epic", "status")),
    *(("history",), ("duplicates",), ("todos",), ("doctor",), ("config", "list"), ("daemon", "status")),
    ("daemon", "logs"),
)


@pytest.mark.usefixtures("patient_daemon")
def test_no_command_prints_an_escape_that_an_issue_a_setting_or_a_file_brought(tmp_path: Path) -> None:
    place = Place(tmp_path / "p")
    try:
        odd = hostile(place)
        (place.root / "a\x1b[31m\n\u202e.py").write_text("# TODO: \x1b[2J\x9b1m\u202e x\n")
        for command in (*COMMANDS, ("show", odd), ("comment", "list", odd), ("dep", "tree", odd)):
            for options in ((), ("--json",)):
                done = place.do(*command, *options)
                assert not CONTROL.search(done.out + done.err), (command, options)
        for command in (("list",), ("show", odd), ("board",)):
            # There, colours are ours; nothing else is.
            rest = re.sub(r"\x1b\[[0-9;]*m", "", on_terminal(place.root, *command).screen)
            assert "app-9z9" in rest
            assert not CONTROL.search(rest), command
        name = tmp_path / "x\x1b[31m\u202e.jsonl"
        name.write_text("{\n")
        assert not CONTROL.search(place.do("import", str(name)).err)
        place.space.config_file.write_text('prefix = "app"\n"\\u001b[31m\\u009b\\u202e" = "[x](command:y)"\n')
        for command in (("config", "list"), ("create", "x"), ("doctor",)):
            done = place.do(*command)
            assert not CONTROL.search(done.out + done.err), command
    finally:
        place.close()
