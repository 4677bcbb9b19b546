"""Each language of the table: a TODO in its comment is found, one in its string is not; and how languages are known."""

from __future__ import annotations

import re

import pytest
from tests.unit.todos.language_texts import HOLDING_TEXTS, PLAIN_TEXTS, TEXTS
from tests.unit.todos.rare_texts import RARE_TEXTS, SHARED_TEXTS

from issuelens.todos.embedded import spans_of
from issuelens.todos.languages import LANGUAGES, known_extensions, language_for, language_named, resolved
from issuelens.todos.lexer import CommentKind
from issuelens.todos.tables.ids import INTERPRETERS, LANGUAGE_IDS
from issuelens.todos.tables.names import EXTENSIONS, FILE_NAMES

ALL = {**TEXTS, **PLAIN_TEXTS, **HOLDING_TEXTS, **RARE_TEXTS, **SHARED_TEXTS}
WITHOUT_STRINGS = {"wgsl"}
"""Languages without any form in which a comment's sign is text."""


def named(path: str, language_id: str | None = None, first_line: str = "") -> str | None:
    """The name of the language that is found."""
    found = language_for(path, language_id, first_line)
    return found.name if found else None


def test_every_language_is_in_the_table() -> None:
    assert ALL.keys() == LANGUAGES.keys()
    assert len(LANGUAGES) > 150


def wrong_lines(name: str) -> list[int]:
    """The lines of a language's text on which a comment was not found, or something else was taken for one."""
    text = ALL[name]
    # In prose, only tasks count as what TODOs are looked for in.
    spans = [
        (span.start, span.end)
        for span in spans_of(text, LANGUAGES[name])
        if span.kind is not CommentKind.PROSE or text.startswith("- [", span.start)
    ]
    return [
        text[: found.start()].count("\n") + 1
        for found in re.finditer(r"TODO: (yes|no)", text)
        if any(start <= found.start() < end for start, end in spans) != (found[1] == "yes")
    ]


@pytest.mark.parametrize("texts", [TEXTS, PLAIN_TEXTS, HOLDING_TEXTS, RARE_TEXTS, SHARED_TEXTS])
def test_comments_count_and_strings_do_not(texts: dict[str, str]) -> None:
    assert {name: lines for name in texts if (lines := wrong_lines(name))} == {}


def test_every_language_has_a_text_with_both() -> None:
    assert [name for name, text in ALL.items() if "TODO: yes" not in text] == []
    lacking = {name for name, text in ALL.items() if "TODO: no" not in text and "TODO in prose" not in text}
    assert lacking == WITHOUT_STRINGS


def test_every_extension_and_file_name() -> None:
    for extension, name in EXTENSIONS.items():
        assert named(f"a/b.{extension}") == named(f"file:///B.{extension.upper()}") == name
    for file_name, name in FILE_NAMES.items():
        assert named(f"a/{file_name}") == named(file_name.upper()) == name
    assert set(known_extensions()) == EXTENSIONS.keys()


def test_every_language_id() -> None:
    assert LANGUAGE_IDS.keys().isdisjoint(LANGUAGES)
    for language_id, name in (*LANGUAGE_IDS.items(), *((name, name) for name in LANGUAGES)):
        assert named("x.unknown", language_id) == named("x.py", language_id.upper()) == name


def test_every_interpreter() -> None:
    for program, name in INTERPRETERS.items():
        assert named("run", first_line=f"#!/usr/bin/{program}") == name
        assert named("run", first_line=f"#!/usr/bin/env {program}") == name
        assert named("run", first_line=f"#! /usr/bin/env -S {program} -x") == name
        assert named("run", first_line=f"#!/usr/bin/env -S A=1 B=2 {program} -x") == name
    assert named("run", first_line="#!/usr/local/bin/python3.11 -I") == "python"


def test_names_come_in_an_order() -> None:
    assert named("x.py", "nonsense") == "python"
    assert named("x.ipynb", "python") == "python"  # A cell that the editor opened.
    assert named("x.py", "rust", "#!/bin/sh") == "rust"
    assert named("x.unknown") is None
    assert named("noextension") is None
    assert named("noextension", first_line="#!") is None
    assert named("Dockerfile.dev") == "dockerfile"
    assert named(".env.local") == "shellscript"
    assert named("a/x.blade.php") == "blade"
    assert named(".stylelintignore") == "hashes"
    assert named("tsconfig.build.json") == "jsonc"


def test_a_template_is_read_as_what_is_made_of_it() -> None:
    assert [named(f"a/{name}") for name in ("config.h.in", "app.conf.example", "x.html.j2", "x.j2")] == [
        "cpp",
        "conf",
        "jinja",
        "jinja",
    ]
    assert named("a.unknown.in") is None
    found = language_for("play.yml.j2")
    assert found is not None
    text = "# TODO: one\n{# TODO: two #}\na: '# TODO: no' # TODO: three\n"
    spans = [(span.start, span.end) for span in spans_of(text, found)]
    assert [text[start:end] for start, end in spans] == ["# TODO: one", "{# TODO: two #}", "# TODO: three"]


def test_more_names_come_in_an_order() -> None:
    assert named("x.py", None, "\ufeff#!/bin/bash") == "python"
    assert named("run", first_line="\ufeff#!/bin/bash -e\n") == "shellscript"


@pytest.mark.parametrize(
    ("extension", "text", "name"),
    [
        ("m", "@interface A : B\n@end\n", "objective-c"),
        ("m", "% A file of numbers\nx = [1 2 3];\n", "octave"),
        ("m", "function y = f(x)\n  y = x';\nend\n", "octave"),
        ("m", "", "m-file"),
        ("v", "Require Import Arith.\nLemma a : 1 = 1.\n", "coq"),
        ("v", "module main\n\nfn main() {\n}\n", "v"),
        ("v", "module counter(input clk);\nendmodule\n", "v-file"),
        ("ts", "<?xml version='1.0'?><TS></TS>", "xml"),
        ("ts", "export const a = 1", "ts-file"),
        ("pl", ":- module(a, []).\n", "prolog"),
        ("pl", "use strict;\n", "pl-file"),
        ("pp", "program A;\nuses B;\n", "pascal"),
        ("pp", "class a { }\n", "pp-file"),
        ("m", ":- module a.\n", "prolog"),
        ("m", "(* A *)\nf[x_] := x\n", "mathematica"),
        ("pl", "% A\nparent(a, b).\n", "prolog"),
        ("sql", "CREATE TABLE `a` (b INT) ENGINE=InnoDB;\n", "mysql"),
        ("sql", "SELECT 1;\n", "sql-file"),
        ("cls", "VERSION 1.0 CLASS\n", "vb"),
        ("cls", "public with sharing class A {\n}\n", "apex"),
        ("cls", "\\ProvidesClass{a}\n", "cls-file"),
        ("pro", "QT += core\n", "conf"),
        ("pro", "pro a, b\nend\n", "semicolons"),
        ("pro", "-keep class a.B\n", "hashes"),
        ("pro", "a(X) :- b(X).\n", "pro-file"),
        ("inc", "<?php\n", "php"),
        ("inc", 'SUMMARY = "a"\n', "conf"),
        ("inc", "#define A 1\n", "c"),
        ("inc", "{ A }\nprocedure B;\n", "pascal"),
        ("inc", "! A\n      integer b\n", "fortran"),
        ("inc", "; A\n  mov a, b\n", "assembly"),
        ("r", "REBOL []\n", "red"),
        ("fs", "#version 330\n", "glsl"),
        ("fs", "\\ A\n: b ( c -- d ) e ;\n", "forth"),
        ("mod", "set A;\n", "conf"),
        ("mod", "var a;\nmodel;\nend;\n", "slashes-and-percents"),
        ("mod", "MODULE A;\nEND A.\n", "mod-file"),
        ("st", "PROGRAM a\nEND_PROGRAM\n", "slashes-and-stars"),
        ("f", ": sq dup * ;\n", "forth"),
        ("cl", "__kernel void f() {}\n", "c"),
        ("d", "a.o: a.c \\\n b.h\n", "makefile"),
        ("d", "#!/usr/sbin/dtrace -s\n", "c"),
        ("d", "module a;\n", "d-file"),
        ("vim", "vim9script\n", "vim9"),
        ("cfc", "<cfcomponent>\n", "cfm"),
        ("ftl", "<#if a>\n", "freemarker"),
        ("tpl", '{{ define "a" }}\n', "gotemplate"),
        ("ll", "define i32 @main() {\n", "semicolons"),
        ("rules", "rules_version = '2';\n", "proto"),
        ("s", "| A\n\tmove.l d0,d1\n", "m68k"),
        ("gp", "\\\\ A\n", "pari"),
        ("config", "a = b\n", "hashes"),
    ],
)
def test_the_text_decides_where_languages_share_an_extension(extension: str, text: str, name: str) -> None:
    found = language_for(f"a.{extension}")
    assert found is not None
    assert not found.is_stateless
    assert resolved(found, text).name == name


def test_what_editors_name_is_known() -> None:
    editors = "javascriptreact typescriptreact objective-cpp csharp fsharp vb bat dockercompose jsonc coffeescript"
    neovim = "sh bash zsh vim lua python cpp cs tex rst org eruby htmldjango conf dosini gitconfig make cmake dosbatch"
    for name in (*editors.split(), *neovim.split()):
        assert language_named(name) is not None, name
