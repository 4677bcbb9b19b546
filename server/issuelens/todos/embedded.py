"""The comments of any text: one entry for languages alone, and for those that hold others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from issuelens.todos import pages
from issuelens.todos.forms import Block
from issuelens.todos.languages import LANGUAGES, Holding, Language, language_for, language_named, resolved
from issuelens.todos.lexer import CommentKind, CommentSpan, comment_spans, spans_from
from issuelens.todos.markdown import markdown_spans, meets, moved, prose_spans
from issuelens.todos.notebook import notebook_spans
from issuelens.todos.regex import regex

DEPTH_LIMIT: Final = 3
"""Languages within languages, at most; what is deeper is not read."""
_TAG = r"(?P<tag><(?P<element>script|style|template|cfscript|docs|i18n)\b(?P<attributes>[^<>]{0,2000}+)>)"
_LANGUAGE = regex(r"\b(?:lang|type)[ \t]*=[ \t]*[\"']?(?:(?:text|application)/)?(?:x-)?([\w+.-]+)", re.IGNORECASE)
_USUAL: Final = {"script": "javascript", "style": "css", "cfscript": "javascript", "docs": "markdown", "i18n": "jsonc"}
_TYPES: Final = {"module": "javascript", "babel": "javascript", "ecmascript": "javascript", "json": "jsonc",
                 "ld+json": "jsonc", "importmap": "jsonc", "postcss": "scss"}  # fmt: skip
_PERHAPS: Final = ("{#", "{{/*", "{{- /*")
"""What begins a comment only where it ends, too: text of a page may have it."""
_FRONT = regex(r"\ufeff?\s{0,99}---[ \t]*(?:\r\n|[\r\n])(?P<body>(?s:.)*?)^---[ \t]*$", re.MULTILINE)
_SOURCE = regex(
    r"^[ \t]*#\+begin_(?P<kind>src|example|export|verse)\b(?:[ \t]+(?P<name>[\w+-]+))?[^\r\n]*",
    re.MULTILINE | re.IGNORECASE,
)
_HEADLINE = regex(r"^(?P<stars>\*+[ \t]+|[ \t]*[-+][ \t]+(?:\[[ xX-]\][ \t]+)?)\S[^\r\n]*+", re.MULTILINE)
_SOURCE_END = regex(r"^[ \t]*#\+end_(?:src|example|export|verse)\b", re.MULTILINE | re.IGNORECASE)
_BIRD = regex(r"^>(?P<code>[^\r\n]*)|^\\begin\{code\}(?P<lines>(?s:.)*?)(?:^\\end\{code\}|\Z)", re.MULTILINE)


def spans_of(text: str, language: Language, depth: int = 0) -> list[CommentSpan]:
    """The comments of a text and of the languages embedded in it, in order and apart.

    Args:
        text: the whole text.
        language: what it is written in.
        depth: how many languages it is embedded in.
    """
    language = resolved(language, text)
    if language.holding is None:
        return comment_spans(text, language)
    if depth > DEPTH_LIMIT:
        return []

    def within(part: str, held: Language) -> list[CommentSpan]:
        return spans_of(part, held, depth + 1)

    if language.holding is Holding.MARKDOWN:
        return markdown_spans(text, language, within)
    if language.holding is Holding.PROSE:
        return prose_spans(text, language)
    if language.holding is Holding.NOTEBOOK:
        return notebook_spans(text, within)
    return _READERS[language.holding](text, language, within)


Within = Callable[[str, Language], list[CommentSpan]]
"""Reads a part of a text in its language."""


def _host(text: str, language: Language, within: Within, position: int = 0) -> list[CommentSpan]:
    """Comments of a page, of its scripts and styles, and of the code in it (see `pages.parts_of`)."""
    spans: list[CommentSpan] = []
    pattern, blocks = _host_pattern(language)
    missing: set[str] = set()
    while (found := pattern.search(text, position)) is not None:
        end = found.end()
        if found["tag"]:
            end, held = _element(text, found)
            spans += _part(text, found.end(), end, held, within)
        elif found.lastgroup == "php":
            end = _php(text, end, spans)
        elif found.lastgroup is not None:
            end = _piece(text, found, language, within, spans)
        elif (closer := _closer(text, found, blocks[found[0]], missing)) is not None:
            end = min(len(text), _until(text, closer, end) + len(closer))
            spans.append(CommentSpan(found.start(), end, CommentKind.BLOCK, len(found[0]), closer))
        position = max(end, found.end())
    return spans


def _closer(text: str, found: re.Match[str], closer: str, missing: set[str]) -> str | None:
    """What ends a comment; None when nothing does, where that means that it is none."""
    if found[0] in _PERHAPS and (closer in missing or text.find(closer, found.end()) < 0):
        missing.add(closer)
        return None
    return closer


def _piece(text: str, found: re.Match[str], language: Language, within: Within, spans: list[CommentSpan]) -> int:
    """Reads code, or a comment of several tags, in a page; gives its end."""
    piece = pages.piece_of(text, found, language.name)
    if piece.language is None:
        if piece.opener:
            spans.append(CommentSpan(found.start(), piece.end, CommentKind.BLOCK, piece.opener, piece.closer))
    else:
        spans += _part(text, piece.start, piece.end, LANGUAGES[piece.language], within)
    return piece.end


def _host_pattern(language: Language) -> tuple[re.Pattern[str], dict[str, str]]:
    blocks = {form.opener: form.closer for form in language.forms if isinstance(form, Block)}
    if "host" not in language.compiled:
        ordered = sorted(blocks, key=len, reverse=True)
        parts = ["|".join(f"(?-i:{re.escape(one)})" for one in ordered), _TAG]
        if language.holding is Holding.PHP or language.name == "blade":
            parts.append(r"(?P<php><\?(?:php\b|=))")
        parts += pages.patterns_of(language)
        language.compiled["host"] = regex("|".join(parts), re.IGNORECASE | re.MULTILINE)
    return language.compiled["host"], blocks


def _until(text: str, closer: str, position: int) -> int:
    found = text.find(closer, position)
    return found if found >= 0 else len(text)


def _element(text: str, found: re.Match[str]) -> tuple[int, Language | None]:
    """Where an element's text ends, and its language (None: what stands there is page, or nothing we know)."""
    element = found["element"].lower()
    named = _LANGUAGE.search(found["attributes"])
    if found["attributes"].endswith("/") or (element == "template" and named is None):
        return found.end(), None
    name = named[1].lower() if named is not None else _USUAL[element]
    name = _TYPES.get(name, name)
    held = language_named(name) or language_for(f"x.{name}")
    if held is None or (held.holding not in (None, Holding.OUTLINE) and element != "docs"):
        return found.end(), None
    name = f"closing {element}"
    if name not in held.compiled:
        held.compiled[name] = regex(rf"</{element}\b", re.IGNORECASE)
    closing = held.compiled[name].search(text, found.end())
    return closing.start() if closing is not None else len(text), held


def _part(text: str, start: int, end: int, held: Language | None, within: Within) -> Iterator[CommentSpan]:
    if held is not None:
        yield from (moved(span, start) for span in within(text[start:end], held))


def _php(text: str, position: int, spans: list[CommentSpan]) -> int:
    for span in spans_from(text, LANGUAGES["php-code"], position):
        if span.kind is CommentKind.PROSE:
            return span.end
        spans.append(span)
    return len(text)


def _php_text(text: str, language: Language, within: Within) -> list[CommentSpan]:
    # A piece of PHP, as in a fence of Markdown, is code from its beginning.
    is_page = "<?" in text or text[:200].lstrip().startswith("<")
    return _host(text, language, within) if is_page else comment_spans(text, LANGUAGES["php-code"])


def _component(text: str, language: Language, within: Within) -> list[CommentSpan]:
    front = _FRONT.match(text)
    if front is None:
        return _host(text, language, within)
    code = _part(text, front.start("body"), front.end("body"), LANGUAGES["typescript"], within)
    return [*code, *_host(text, language, within, front.end())]


def _org(text: str, language: Language, within: Within) -> list[CommentSpan]:
    spans: list[CommentSpan] = []
    position = 0
    while (opening := _SOURCE.search(text, position)) is not None:
        spans += _outline(text, position, opening.start(), language)
        closing = _SOURCE_END.search(text, opening.end())
        end = closing.start() if closing is not None else len(text)
        held = language_named(opening["name"]) or language_for(f"x.{opening['name']}") if opening["name"] else None
        spans += _part(text, opening.end(), end, held, within)
        position = closing.end() if closing is not None else len(text)
    return spans + _outline(text, position, len(text), language)


def _outline(text: str, start: int, end: int, language: Language) -> list[CommentSpan]:
    """The comments and headlines between two places; a headline's stars are its opener."""
    spans = [moved(span, start) for span in comment_spans(text[start:end], language)]
    spans += [
        CommentSpan(found.start(), found.end(), CommentKind.PROSE, len(found["stars"]))
        for found in _HEADLINE.finditer(text, start, end)
    ]
    return sorted(spans, key=lambda span: span.start)


def _literate(text: str, _: Language, within: Within) -> list[CommentSpan]:
    # What is no code becomes blank: so every place stays where it is.
    parts: list[str] = []
    position = 0
    for found in _BIRD.finditer(text):
        start, end = found.span("code" if found["code"] is not None else "lines")
        parts += [_blank(text[position:start]), text[start:end]]
        position = end
    return within("".join([*parts, _blank(text[position:])]), LANGUAGES["haskell"])


_WORDS = regex(r"[^\r\n]")


def _blank(text: str) -> str:
    return _WORDS.sub(" ", text)


def _plain(text: str, language: Language, within: Within) -> list[CommentSpan]:  # noqa: ARG001 - as the others
    """Plain text, from its first line to its last."""
    return [CommentSpan(0, len(text), CommentKind.TEXT, 0)] if text else []


def _outlined(text: str, language: Language, within: Within) -> list[CommentSpan]:
    """Comments of a page that its indentation orders, then those of the code in it."""
    spans = comment_spans(text, language)
    for start, end, held in pages.code_of(text, language.name):
        if not meets(CommentSpan(start, end, CommentKind.LINE, 0), spans):
            spans = sorted([*spans, *_part(text, start, end, LANGUAGES[held], within)], key=lambda span: span.start)
    return spans


_READERS: Final = {
    Holding.OUTLINE: _outlined,
    Holding.PLAIN: _plain,
    Holding.HTML: _host,
    Holding.TEMPLATE: _host,
    Holding.PHP: _php_text,
    Holding.COMPONENT: _component,
    Holding.ORG: _org,
    Holding.LITERATE: _literate,
}
