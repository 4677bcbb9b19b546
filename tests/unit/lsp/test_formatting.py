"""Formatting an issue's document loses nothing of it."""

from __future__ import annotations

import pytest

from issuelens.domain.document import render_document
from issuelens.lsp.documents import Documents
from issuelens.lsp.features.formatting import formatted

TEXT = render_document({"title": "One", "description": "Words."}, is_new=True).replace("\n\nWords.", "\n\n\nWords.")


def test_a_document_comes_into_its_form() -> None:
    assert formatted(TEXT) == TEXT.replace("\n\n\n", "\n\n")


@pytest.mark.parametrize("line", ["# a remark", "title: One # a remark", "  # a remark"])
def test_comments_are_not_lost(line: str) -> None:
    text = TEXT.replace("title: One", line if "title" in line else f"{line}\ntitle: One")
    assert formatted(text) == text


@pytest.mark.parametrize("title", ['"One #two"', "'One #two'", "C#"])
def test_what_is_no_comment_is_formatted(title: str) -> None:
    text = TEXT.replace("title: One", f"title: {title}")
    assert formatted(text) != text


def test_ends_of_lines_stay_those_of_the_document() -> None:
    document = Documents("utf-16").made("file:///p/.issues/edit/a.md", TEXT.replace("\n", "\r\n"))
    text = document.in_its_lines(formatted(document.text))
    assert "\n" not in text.replace("\r\n", "")
    assert text.replace("\r\n", "\n") == formatted(TEXT)
    assert Documents("utf-16").made("file:///p/a.md", TEXT).in_its_lines(TEXT) == TEXT
