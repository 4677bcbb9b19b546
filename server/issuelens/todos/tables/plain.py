"""Configuration, build files, markup and templates."""

from __future__ import annotations

from typing import Final

from issuelens.todos.forms import (
    BLANK,
    BLANK_HASH,
    C_BLOCK,
    COLUMN,
    DOUBLE,
    DOUBLE_LINES,
    HASH,
    PERCENT,
    PLAIN_BACKTICK,
    PLAIN_TRIPLE_SINGLE,
    SHELL_HASH,
    SINGLE,
    SINGLE_LINES,
    SLASHES,
    XML_BLOCK,
    Alone,
    Block,
    Form,
    Heredoc,
    Indented,
    Line,
    Marked,
    Quoted,
    Skipped,
    quoted,
)
from issuelens.todos.language import Holding, Language

_FIRST_HASH: Final = Line(opener="#", is_first=True)
_FIRST_SEMICOLON: Final = Line(opener=";", is_first=True)
_VALUE: Final = BLANK + "[{,:("
_GO_OPENERS: Final = ("{{/*", "{{- /*")
"""Comments of Go's templates."""
_YAML: Final = (
    BLANK_HASH,
    *(Block(opener=opener, closer="*/") for opener in _GO_OPENERS),
    Indented(opener="|", only_behind=" \t", is_comment=False, is_scalar=True),
    Indented(opener=">", only_behind=" \t", is_comment=False, is_scalar=True),
    Quoted(opener='"', closer='"', spans_lines=True, only_behind=_VALUE),
    Quoted(opener="'", closer="'", spans_lines=True, escape="", pairs=("''",), only_behind=_VALUE),
)
_MAKE: Final = (
    Skipped(opener="\\", count=1, only_before="#\\"),
    Skipped(opener="$", count=1, only_before="#$"),
    Line(opener="#", only_behind=BLANK + ";)@", is_continued=True),
)
_XML: Final = (XML_BLOCK, Quoted(opener="<![CDATA[", closer="]]>", escape="", spans_lines=True))
_LINKED: Final = tuple(Line(opener=opener, is_first=True) for opener in ("[//]: #", "[comment]: #", "[comment]: <>"))
"""Definitions of links that nothing refers to, which Markdown shows nowhere."""
_CODE_LINES: Final = tuple(Block(opener=f"{blank}//", closer="\n") for blank in " \t")
"""Comments of code that stands in a page with no sign but a name and a brace around it."""
_JINJA: Final = Block(opener="{#", closer="#}")


def _with(name: str, *forms: Form, holding: Holding | None = None, is_markup: bool = False) -> Language:
    return Language(name, forms, holding=holding, is_markup=is_markup)


PLAIN: Final = (
    _with("yaml", *_YAML),
    _with("toml", HASH, quoted('"""', lines=True), PLAIN_TRIPLE_SINGLE, DOUBLE, quoted("'", escape="")),
    _with(
        "ini", _FIRST_HASH, _FIRST_SEMICOLON, Line(opener="#", only_behind=" \t"), Line(opener=";", only_behind=" \t")
    ),
    _with("properties", _FIRST_HASH, Line(opener="!", is_first=True)),
    _with("systemd", _FIRST_HASH, _FIRST_SEMICOLON),
    _with("hashes", _FIRST_HASH),
    _with("conf", BLANK_HASH, Line(opener=";", is_first=True), DOUBLE, SINGLE),
    _with("robots", HASH),
    _with("gettext", Line(opener="#", only_behind=COLUMN), DOUBLE),
    _with("makefile", *_MAKE),
    _with(
        "just",
        HASH,
        quoted('"""', lines=True),
        quoted("'''", lines=True, escape=""),
        DOUBLE_LINES,
        quoted("'", lines=True, escape=""),
        quoted("`", lines=True),
    ),
    _with(
        "cmake",
        Marked(opener="#[", marks="=", then="[", close="]", after="]", is_comment=True),
        HASH,
        Skipped(opener="\\", count=1),
        Marked(opener="[", marks="=", then="[", close="]", after="]"),
        DOUBLE_LINES,
    ),
    _with("dockerfile", SHELL_HASH, Heredoc(opener="<<", not_behind="<", modifiers="-"), DOUBLE, SINGLE),
    _with("meson", HASH, PLAIN_TRIPLE_SINGLE, SINGLE),
    _with("gn", HASH, DOUBLE),
    _with("ninja", _FIRST_HASH),
    _with("nginx", BLANK_HASH, DOUBLE_LINES, SINGLE_LINES),
    Language(
        "graphql",
        (HASH, quoted('"""', lines=True, documentation=True), quoted('"', documentation=True, alone=Alone.LINE)),
        docstrings=True,
    ),
    _with(
        "latex",
        *(
            Quoted(opener=f"\\begin{{{name}}}", closer=f"\\end{{{name}}}", escape="", spans_lines=True)
            for name in ("verbatim", "lstlisting", "minted")
        ),
        *(
            Block(opener=opener, closer=closer)
            for opener, closer in (("\\begin{comment}", "\\end{comment}"), ("\\iffalse", "\\fi"))
        ),
        *(Quoted(opener=f"\\verb{sign}", closer=sign, escape="") for sign in "|!+"),
        Skipped(opener="\\", count=1),
        PERCENT,
    ),
    _with("bibtex", PERCENT),
    _with("mermaid", Line(opener="%%", is_first=True), DOUBLE),
    _with("plantuml", Line(opener="'", is_first=True), Block(opener="/'", closer="'/"), DOUBLE),
    _with("typst", SLASHES, C_BLOCK, quoted("```", lines=True, escape=""), PLAIN_BACKTICK, DOUBLE_LINES),
    _with("markdown", XML_BLOCK, *_LINKED, holding=Holding.MARKDOWN, is_markup=True),
    _with("mdx", XML_BLOCK, Block(opener="{/*", closer="*/}"), holding=Holding.MARKDOWN, is_markup=True),
    _with(
        "restructuredtext",
        Indented(opener=".. ", is_first=True, not_before="[_|"),
        holding=Holding.PROSE,
        is_markup=True,
    ),
    _with(
        "asciidoc",
        Block(opener="////", closer="////", only_behind=COLUMN),
        Line(opener="//", only_behind=COLUMN),
        holding=Holding.PROSE,
        is_markup=True,
    ),
    _with("org", Line(opener="# ", is_first=True), holding=Holding.ORG, is_markup=True),
    _with("xml", *_XML),
    _with("html", XML_BLOCK, _JINJA, *(Block(opener=one, closer="*/") for one in _GO_OPENERS), holding=Holding.HTML),
    _with("vue", XML_BLOCK, holding=Holding.HTML),
    _with("svelte", XML_BLOCK, holding=Holding.HTML),
    _with("astro", XML_BLOCK, Block(opener="{/*", closer="*/}"), holding=Holding.COMPONENT),
    _with("php", XML_BLOCK, holding=Holding.PHP),
    _with("erb", XML_BLOCK, Block(opener="<%#", closer="%>"), holding=Holding.TEMPLATE),
    _with("ejs", XML_BLOCK, Block(opener="<%#", closer="%>"), holding=Holding.TEMPLATE),
    _with("jinja", XML_BLOCK, _JINJA, holding=Holding.HTML),
    _with("twig", XML_BLOCK, _JINJA, holding=Holding.HTML),
    _with(
        "liquid",
        XML_BLOCK,
        *(Block(opener=opener, closer="%}") for opener in ("{% #", "{%- #")),
        holding=Holding.HTML,
    ),
    _with(
        "handlebars",
        XML_BLOCK,
        *(Block(opener=opener, closer="--}}") for opener in ("{{!--", "{{~!--")),
        *(Block(opener=opener, closer="}}") for opener in ("{{!", "{{~!")),
        holding=Holding.HTML,
    ),
    _with("mustache", XML_BLOCK, Block(opener="{{!", closer="}}"), holding=Holding.HTML),
    _with("blade", XML_BLOCK, Block(opener="{{--", closer="--}}"), *_CODE_LINES, holding=Holding.HTML),
    _with("razor", XML_BLOCK, Block(opener="@*", closer="*@"), *_CODE_LINES, holding=Holding.HTML),
    _with("pug", Indented(opener="//", is_first=True), holding=Holding.OUTLINE),
    _with(
        "haml",
        Indented(opener="-#", is_first=True),
        Indented(opener="- #", is_first=True),
        Indented(opener="/", is_first=True),
        holding=Holding.OUTLINE,
    ),
    _with("slim", Indented(opener="/", is_first=True), holding=Holding.OUTLINE),
    _with("sass", Indented(opener="//", is_first=True), SLASHES, C_BLOCK, DOUBLE, SINGLE),
    _with("notebook", holding=Holding.NOTEBOOK),
    _with("literate-haskell", holding=Holding.LITERATE),
)
