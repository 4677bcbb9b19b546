"""Texts that hold other languages: each part is read in its own, and its places are those in the whole."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuelens.todos.embedded import spans_of
from issuelens.todos.found import findings_of
from issuelens.todos.grammar import find_todos
from issuelens.todos.languages import LANGUAGES, language_for
from issuelens.todos.lexer import CommentKind
from issuelens.todos.lines import LineIndex
from issuelens.todos.settings import ScanSettings
from issuelens.todos.sparse import PlaceReader


def comments(text: str, name: str) -> list[str]:
    """The comments' texts, without prose."""
    return [text[span.start : span.end] for span in spans_of(text, LANGUAGES[name]) if span.kind != CommentKind.PROSE]


def found(text: str, name: str) -> list[tuple[str, int, int]]:
    """The TODOs: text, line and column (from 0)."""
    todos = find_todos(text, LANGUAGES[name], tags=("TODO",), prefixes=())
    return [(todo.text, todo.line, todo.column) for todo in todos]


@pytest.mark.parametrize(
    "info",
    ["python", "py title='x'", "{python}", "{.python .numberLines}", "{r, echo=FALSE}", "{r}", "ruby", "sh", "yaml"],
)
def test_fences_are_read_by_their_first_word(info: str) -> None:
    assert comments(f"# A\n```{info}\nx <- 1 # c\n```\n# B\n", "markdown") == ["# c"]


@pytest.mark.parametrize("info", ["", "text", "unknown", "{}"])
def test_fences_of_nothing_we_know_are_left_out(info: str) -> None:
    text = f"```{info}\nTODO: no # TODO: no\n```\nTODO: yes\n"
    assert found(text, "markdown") == [("yes", 3, 0)]


def test_fences_nest_in_longer_ones_and_in_lists() -> None:
    text = "- a\n  ````md\n  ```js\n  let x = '// TODO: no' // TODO: a\n  ```\n  ````\n> ~~~c\n> /* TODO: b */\n> ~~~\n"
    assert [one[0] for one in found(text, "markdown")] == ["a", "b"]


def test_front_matter_is_no_prose() -> None:
    assert comments("---\na: '# b' # c\n---\n# Title\n", "markdown") == ["# c"]
    assert comments("+++\na = '# b' # c\n+++\n# Title\n", "markdown") == ["# c"]
    assert comments("---\nno front matter: # c\n", "markdown") == []


@pytest.mark.parametrize(
    ("attributes", "code", "expected"),
    [
        ("", "let s = '# a' // b", ["// b"]),
        (' lang="ts"', "let s: T = `// a` // b", ["// b"]),
        (' type="module"', "// b", ["// b"]),
        (" type='text/typescript'", "// b", ["// b"]),
        (' type="text/coffeescript"', "s = '# a' # b", ["# b"]),
        (' lang="coffee"', "s = '# a' # b", ["# b"]),
        (' type="application/json"', '{"a": "// a"}', []),
        (' type="text/x-template"', "<!-- b -->", ["<!-- b -->"]),
        (' src="a.js"', "", []),
    ],
)
def test_scripts_say_their_language(attributes: str, code: str, expected: list[str]) -> None:
    for name in ("html", "vue", "svelte", "astro", "php", "erb"):
        page = f"<p>it's // no</p>\n<SCRIPT{attributes}>{code}\n</script><p>// no</p><!-- c -->"
        assert comments(page, name) == [*expected, "<!-- c -->"]


def test_styles_say_their_language() -> None:
    assert comments("<style>// a\n/* b */</style>", "html") == ["/* b */"]
    assert comments('<style scoped lang="scss">// a\n/* b */</style>', "vue") == ["// a", "/* b */"]
    assert comments('<style lang="stylus">// a\n</style>', "vue") == ["// a"]
    assert comments('<template lang="pug">\n// a\n</template><template>// b</template>', "vue") == ["// a"]


def test_php_goes_in_and_out() -> None:
    page = "<p># no</p><?php # a ?>// no<?= '?>' // b\n?><script>// c\n</script><?php /* d ?> e */ echo 1;"
    assert comments(page, "php") == ["# a ", "// b", "// c", "/* d ?> e */"]
    assert comments("$a = '# no'; # yes\n", "php") == ["# yes"]


def test_a_markdown_comment_in_php_or_a_page_within_a_page_is_found() -> None:
    text = "```html\n<script>// a\n</script>\n```\n```php\n<?php // b\n```\n"
    assert comments(text, "markdown") == ["// a", "// b"]


def test_org_has_sources() -> None:
    text = "* Head\n# a\n#+BEGIN_SRC python :x\ns = '# no' # b\n#+END_SRC\n#+title: no\n#+begin_src what\n# no\n"
    assert comments(text, "org") == ["# a", "# b"]


def notebook(*cells: tuple[str, object], **metadata: object) -> str:
    """A notebook of cells: kind and source."""
    made = [
        {"cell_type": kind, "metadata": {}, "outputs": [{"text": ["# TODO: no"]}], "source": s} for kind, s in cells
    ]
    return json.dumps({"cells": made, "metadata": metadata, "nbformat": 4}, indent=1)


def test_cells_are_read_in_the_kernels_language() -> None:
    source = ["s = '# TODO: no'\n", "# TODO: a\n", "x //= 2"]
    assert [one[0] for one in found(notebook(("code", source)), "notebook")] == ["a"]
    julia = {"kernelspec": {"name": "julia-1.9", "language": "julia"}}
    assert comments(notebook(("code", "#= a\nb =#"), **julia), "notebook") == ["#= a", "b =#"]
    scala = {"language_info": {"name": "scala"}}
    assert comments(notebook(("code", "// a"), ("raw", "// no"), **scala), "notebook") == ["// a"]


def test_places_are_those_in_the_file() -> None:
    text = notebook(
        ("markdown", "- [ ] TODO: a\n"), ("code", ['print("é\\t")  # TODO: b "q" \U0001f600\n', "# TODO: c"])
    )
    lines = LineIndex(text)
    for words, line, column in found(text, "notebook"):
        assert lines.line_text(line)[column:].startswith(f"TODO: {words[0]}")
    assert [one[0][0] for one in found(text, "notebook")] == ["a", "b", "c"]


def test_an_id_is_written_into_the_file_where_it_belongs() -> None:
    text = notebook(("code", ["x = 1\n", '# TODO: a \\ "b"\n']))
    todo = find_todos(text, LANGUAGES["notebook"], tags=("TODO",), prefixes=("app",))[0]
    lines = LineIndex(text)
    place = lines.line_start(todo.insert.line)
    insert = todo.insert
    changed = (
        text[: place + insert.start_column]
        + insert.before
        + "app-1a2b"
        + insert.after
        + text[place + insert.end_column :]
    )
    assert json.loads(changed)["cells"][0]["source"][1] == '# TODO(app-1a2b): a \\ "b"\n'


SOURCE = st.lists(
    st.sampled_from(['"', "\\", "\n", "\t", "é", "\U0001f600", "# a", "'", "x", "# TODO: y", "\r\n"])
).map("".join)


@given(SOURCE, st.booleans(), st.booleans())
def test_what_a_cell_holds_is_found_however_it_is_written(source: str, is_ascii: bool, is_list: bool) -> None:
    held = source.splitlines(keepends=True) if is_list else source
    text = json.dumps({"cells": [{"cell_type": "code", "source": held}]}, ensure_ascii=is_ascii)
    lines = [part for span in spans_of(source, LANGUAGES["python"])
             for part in source[span.start : span.end].replace("\r\n", "\n").split("\n") if part]  # fmt: skip
    inside = [json.loads(f'"{text[span.start : span.end]}"') for span in spans_of(text, LANGUAGES["notebook"])]
    assert inside == lines


def test_what_is_no_notebook_has_nothing() -> None:
    for text in (
        "",
        "[]",
        '{"cells": 1}',
        "# TODO: a",
        '{"a": {"cells": [{"source": "# b"}]}}',
        '{"cells": [{"source": "# b',
    ):
        assert comments(text, "notebook") == []


def test_a_cell_that_an_editor_opened_is_read_by_itself() -> None:
    language = language_for("vscode-notebook-cell:/a/b.ipynb#W0sZmlsZQ", "python")
    assert language is LANGUAGES["python"]
    assert find_todos("# TODO: a\n", language, tags=("TODO",), prefixes=())[0].column == 2


def test_a_real_file_of_each_kind(tmp_path: Path) -> None:
    for name, text in {"a.ipynb": notebook(("code", "# TODO: a")), "b.vue": "<script>// TODO: a\n</script>"}.items():
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        language = language_for(str(path))
        assert language is not None
        assert [todo.text for todo in find_todos(path.read_text("utf-8"), language, tags=("TODO",), prefixes=())] == [
            "a"
        ]


def test_prose_counts_by_lines() -> None:
    assert found("* TODO Write\n** Done\nTODO in a text\n", "org") == [("Write", 0, 2)]
    assert found("A TODO is a word.\n\nTODO: a\n\n.. TODO: b\n   c\n", "restructuredtext") == [("a", 2, 0), ("b", 4, 3)]
    assert found("TODO: a\n\n// TODO: b\n", "asciidoc") == [("a", 0, 0), ("b", 2, 3)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("restructuredtext", "It logs::\n\n   TODO: no\n\n   - TODO: no\n\nTODO: a\n"),
        ("restructuredtext", ".. code-block:: console\n\n   # TODO: no\n\n.. TODO: a\n"),
        ("restructuredtext", ".. code-block:: python\n\n   # TODO: a\n\n.. parsed-literal::\n\n   TODO: no\n"),
        ("restructuredtext", "5. TODO LIST\n------------\n\nTODO: a\n"),
        ("restructuredtext", "- It logs::\n\n     TODO: no\n\n- TODO: a\n"),
        ("asciidoc", "....\nTODO: no\n....\n\nTODO: a\n"),
        ("asciidoc", "----\nTODO: no\n----\n\n[source,ruby]\n----\n# TODO: a\n----\n"),
        ("org", "#+BEGIN_EXAMPLE\n* TODO no\n#+END_EXAMPLE\n- [ ] TODO a\n- [x] TODO no\n"),
    ],
)
def test_what_prose_shows_as_it_is_asks_for_nothing(name: str, text: str) -> None:
    assert [one[0] for one in found(text, name)] == ["a"]
    settings = ScanSettings(tags=("TODO",), prefixes=frozenset())
    places = [one.start() for one in re.finditer("TODO", text)]
    near = PlaceReader(settings).findings("x", text, LANGUAGES[name], places)
    assert near == findings_of("x", text, LANGUAGES[name], settings)


def test_ids_count_in_what_prose_shows_as_in_an_open_document() -> None:
    text = "TODO: a\n\n::\n\n   see app-1a2b\n"
    language, settings = LANGUAGES["restructuredtext"], ScanSettings(tags=("TODO",), prefixes=frozenset({"app"}))
    near = PlaceReader(settings).findings("x", text, language, [0, text.index("app-")])
    assert [one.id for one in near.mentions] == ["app-1a2b"]
    assert near == findings_of("x", text, language, settings)


def test_documentation_is_told_from_other_strings() -> None:
    assert found('(defun f ()\n  "Sends.\nTODO: a"\n  (g "TODO: no"))\n', "emacs-lisp") == [("a", 2, 0)]
    assert found('  @doc """\n  Sends.\n  TODO: a\n  """\n  x = """\n  TODO: no\n  """\n', "elixir") == [("a", 2, 2)]
    assert found('def f():\n    """TODO: a"""\n    x = """TODO: no"""\n', "python") == [("a", 1, 7)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("elixir", '@doc "TODO: a"\n'),
        ("elixir", '@doc ~S"""\nTODO: a\n"""\n'),
        ("elixir", '@doc """\nIt is #{x}.\nTODO: a\n"""\n'),
        ("julia", '"""\nIt is $(x).\n\nTODO: a\n"""\nfunction f end\n'),
        ("julia", '"TODO: a"\nf(x) = 1\n'),
        ("julia", '@doc raw"""\nTODO: a\n"""\n'),
        ("python", 'def f(): """TODO: a"""\n'),
        ("graphql", '"TODO: a"\ntype T\n'),
        ("clojure", "(comment TODO a)\n"),
        ("clojure", '#_ "TODO: a"\n'),
        ("perl", "1;\n__END__\n\n=head1 A\n\nTODO: a\n"),
        ("latex", "\\iffalse\nTODO: a\n\\fi\n\\verb|% TODO: no|\n"),
        ("latex", "\\begin{comment}\nTODO: a\n\\end{comment}\n"),
        ("yaml", "{{- /* TODO: a */ -}}\nb: 'TODO: no'\n"),
        ("makefile", "a:\n\t@# TODO: a\n"),
        ("bat", "call :b &:: TODO: a\n"),
        ("yaml", "- run: |\n    # TODO: a\n    b\nc: |\n  # TODO: no\n"),
        ("mdx", "import A from 'a' // TODO: a\n\n// no code, hence no comment\n"),
        ("erlang", "%% @doc TODO a\n"),
        ("python", 'def f(b):\n    """Sums.\n\n    :param b: TODO a\n    """\n'),
    ],
)
def test_more_of_documentation_and_comments(name: str, text: str) -> None:
    assert [one[0].rstrip(')"]}') for one in found(text, name)] == ["a"]


def test_documentation_that_asks_needs_no_mark() -> None:
    text = 'def f():\n    """TODO describe this"""\n\ndef g():\n    """TODO items run.\n\n    TODO means it.\n    """\n'
    assert found(text, "python") == [("describe this", 1, 7)]
    assert found('def f():\n    """Sums.\n\n    Returns:\n        TODO say what\n    """\n', "python") == [
        ("say what", 4, 8)
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("elixir", 'x = [\n  "TODO: a"\n]\n'),
        ("julia", 'x = [\n  "TODO: a",\n]\n'),
        ("python", 'if x: """TODO: a"""\n'),
        ("latex", "\\verb|% TODO: a|\n"),
    ],
)
def test_other_strings_are_no_documentation(name: str, text: str) -> None:
    assert found(text, name) == []


@pytest.mark.parametrize(
    ("kind", "source"),
    [
        ("code", "#\tTODO: a"),
        ("code", "#\u00a0TODO: a"),
        ("code", 'def f():\n\t"""TODO: a"""'),
        ("code", 'def f():\n\t"""Sums.\n\n\tTODO: a"""'),
        ("markdown", "*\tTODO: a"),
        ("markdown", "\tTODO: a"),
        ("markdown", "<!--\tTODO: a -->"),
    ],
)
def test_escapes_around_words_are_no_part_of_them(kind: str, source: str) -> None:
    assert [one[0] for one in found(notebook((kind, source)), "notebook")] == ["a"]


def test_an_escaped_blank_makes_no_item_of_prose() -> None:
    assert found(notebook(("markdown", "\tTODO a")), "notebook") == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("blade", "<?php\n// TODO: a\n?>\n@php\n  # TODO: b\n@endphp\n<p>// TODO: no</p>"),
        ("razor", "@{\n  /* TODO: a */\n}\n@code {\n  f(); /* TODO: b */\n}\n<p>TODO: no</p>"),
        ("liquid", "{%- comment %}TODO: a{% endcomment -%}\n{% style %}\n/* TODO: b */\n{% endstyle %}"),
        ("html", "{# TODO: a #}\n{{- /* TODO: b */ -}}\n<p>{# TODO: no</p>"),
        ("html", '{% comment "x" %}\nTODO: a\n{% endcomment %}<!-- TODO: b -->'),
        ("astro", "<ul>{\n  // TODO: a\n  /* TODO: b */\n  list.map(f)\n}</ul>\n"),
        ("vue", '<i18n lang="yaml">\n# TODO: a\n</i18n>\n<docs>\nTODO: b\n</docs>\n'),
        ("pug", "- var x = 1 // TODO: a\np // TODO: no\nstyle.\n  /* TODO: b */\n  a {}\np= f('// TODO: no')\n"),
        ("haml", "- x = 1 # TODO: a\n%p # TODO: no\n:ruby\n  # TODO: b\n"),
        ("slim", "= f x # TODO: a\np # TODO: no\njavascript:\n  // TODO: b\n  let a;\n"),
        ("jsp", "<%! // TODO: a\n%><%-- TODO: b --%>"),
    ],
)
def test_code_stands_in_pages_in_many_ways(name: str, text: str) -> None:
    assert [one[0].strip("%}# *-/") for one in found(text, name)] == ["a", "b"]


def test_a_cell_may_name_its_language_in_its_first_line() -> None:
    def cell(*lines: str) -> str:
        return json.dumps({"cells": [{"cell_type": "code", "source": "\n".join(lines)}], "nbformat": 4})

    for first, code in {
        "%%javascript": "// TODO: a",
        "%%script lua": "-- TODO: a",
        "%%writefile a/b.sql": "-- TODO: a",
        "%%time": "# TODO: a",
    }.items():
        text = cell(first, code)
        assert [text[span.start : span.end] for span in spans_of(text, LANGUAGES["notebook"])] == [code]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("markdown", "[//]: # (TODO: a)"),
        ("handlebars", "{{~! TODO: a ~}}"),
        ("liquid", "{% # TODO: a %}"),
        ("razor", "@{\n  x(); // TODO: a\n}"),
        ("blade", "@php\n  // TODO: a\n@endphp"),
        ("haml", "%p\n  - # TODO: a"),
        ("pascal", "{$IFDEF TODO}\n{ TODO: a }"),
        ("cobol", "000100* TODO: a"),
        ("bat", "if exist x (rem TODO: a"),
        ("sed", "s/# TODO: b/x/; # TODO: a"),
        ("sql", "REM TODO: a"),
        ("graphql", '"""\nTODO: a\n"""\ntype T'),
    ],
)
def test_what_else_is_a_comment(name: str, text: str) -> None:
    found = find_todos(text, LANGUAGES[name], tags=("TODO",), prefixes=())
    assert [todo.text.rstrip(" })%~") for todo in found] == ["a"]
