"""TODO comments: their forms, what they are not, and how an id is written into them."""

from __future__ import annotations

import pytest
from tests.support.todos import kept, with_id

from issuelens.todos.grammar import TodoComment, analyse, find_todos
from issuelens.todos.languages import LANGUAGES

PYTHON = LANGUAGES["python"]
TAGS = ("TODO", "FIXME", "XXX")


def todos(text: str, language: str = "python") -> list[TodoComment]:
    return find_todos(text, LANGUAGES[language], tags=TAGS, prefixes={"app"})


@pytest.mark.parametrize(
    ("comment", "text", "told", "written"),
    [
        ("TODO: round up", "round up", {}, "TODO(app-9z9z): round up"),
        ("TODO round up", "round up", {}, "TODO(app-9z9z) round up"),
        ("TODO:round up", "round up", {}, "TODO(app-9z9z):round up"),
        ("TODO", "", {}, "TODO(app-9z9z)"),
        ("TODO():", "", {}, "TODO(app-9z9z):"),
        ("FIXME!", "", {}, "FIXME(app-9z9z)!"),
        ("XXX - odd", "odd", {}, "XXX(app-9z9z) - odd"),
        ("TODO, later", "later", {}, "TODO(app-9z9z), later"),
        ("TODO: -1 is wrong", "-1 is wrong", {}, "TODO(app-9z9z): -1 is wrong"),
        ("TODO/FIXME: both", "both", {}, "TODO/FIXME(app-9z9z): both"),
        # Who.
        ("TODO(anna): taxes", "taxes", {"owner": "anna"}, "TODO(app-9z9z, anna): taxes"),
        ("TODO(@anna) taxes", "taxes", {"owner": "anna"}, "TODO(app-9z9z, @anna) taxes"),
        ("TODO( anna ): taxes", "taxes", {"owner": "anna"}, "TODO( app-9z9z, anna ): taxes"),
        ("TODO(Anna Smith): taxes", "taxes", {"owner": "Anna Smith"}, "TODO(app-9z9z, Anna Smith): taxes"),
        ("TODO(a@example.org): x", "x", {"owner": "a@example.org"}, "TODO(app-9z9z, a@example.org): x"),
        ("TODO (anna): taxes", "taxes", {"owner": "anna"}, "TODO (app-9z9z, anna): taxes"),
        ("TODO (anna) taxes", "(anna) taxes", {}, "TODO(app-9z9z) (anna) taxes"),
        ("TODO (@anna) taxes", "taxes", {"owner": "anna"}, "TODO (app-9z9z, @anna) taxes"),
        ("TODO @bob: look", "look", {"owner": "bob"}, "TODO(app-9z9z) @bob: look"),
        ("TODO: @bob look", "look", {"owner": "bob"}, "TODO(app-9z9z): @bob look"),
        ("TODO: @param is wrong", "@param is wrong", {}, "TODO(app-9z9z): @param is wrong"),
        ("TODO: @types/node", "@types/node", {}, "TODO(app-9z9z): @types/node"),
        # Issues, here and elsewhere.
        ("TODO(app-1a2b): taxes", "taxes", {"issue_id": "app-1a2b"}, "TODO(app-9z9z): taxes"),
        ("TODO (app-1a2b) taxes", "taxes", {"issue_id": "app-1a2b"}, "TODO (app-9z9z) taxes"),
        ("TODO(#123): taxes", "taxes", {"external": "#123"}, "TODO(app-9z9z, #123): taxes"),
        ("TODO (#123) taxes", "taxes", {"external": "#123"}, "TODO (app-9z9z, #123) taxes"),
        ("TODO(JIRA-12) taxes", "taxes", {"external": "JIRA-12"}, "TODO(app-9z9z, JIRA-12) taxes"),
        ("TODO(other-1a2b): taxes", "taxes", {"owner": "other-1a2b"}, "TODO(app-9z9z, other-1a2b): taxes"),
        ("TODO(b/123): x", "x", {"external": "b/123"}, "TODO(app-9z9z, b/123): x"),
        ("TODO(a/b#12): x", "x", {"external": "a/b#12"}, "TODO(app-9z9z, a/b#12): x"),
        ("TODO(bug 12): x", "x", {"external": "bug 12"}, "TODO(app-9z9z, bug 12): x"),
        (
            "TODO(https://example.org/1): x",
            "x",
            {"external": "https://example.org/1"},
            "TODO(app-9z9z, https://example.org/1): x",
        ),
        # How urgent, and until when.
        ("TODO [p1] look", "look", {"priority": 1}, "TODO(app-9z9z) [p1] look"),
        ("TODO[P0]: look", "look", {"priority": 0}, "TODO(app-9z9z)[P0]: look"),
        ("TODO: [p4] look", "look", {"priority": 4}, "TODO(app-9z9z): [p4] look"),
        ("TODO [p5] look", "[p5] look", {}, "TODO(app-9z9z) [p5] look"),
        ("TODO: look [p2]", "look", {"priority": 2}, "TODO(app-9z9z): look [p2]"),
        ("TODO: swap (p2)", "swap (p2)", {}, "TODO(app-9z9z): swap (p2)"),
        ("TODO: [p1] [p2] look", "[p2] look", {"priority": 1}, "TODO(app-9z9z): [p1] [p2] look"),
        ("TODO (due 2027-01-31) look", "look", {"due": "2027-01-31"}, "TODO(app-9z9z) (due 2027-01-31) look"),
        ("TODO [due 2027-01-31]: look", "look", {"due": "2027-01-31"}, "TODO(app-9z9z) [due 2027-01-31]: look"),
        ("TODO [2027-01-31]: look", "look", {"due": "2027-01-31"}, "TODO(app-9z9z) [2027-01-31]: look"),
        ("TODO (due 2027-02-31) look", "(due 2027-02-31) look", {}, "TODO(app-9z9z) (due 2027-02-31) look"),
        ("TODO: look (due 2027-01-31)", "look", {"due": "2027-01-31"}, "TODO(app-9z9z): look (due 2027-01-31)"),
        # Several.
        (
            "TODO(@ann) [p1] (due 2027-01-31): look",
            "look",
            {"owner": "ann", "priority": 1, "due": "2027-01-31"},
            "TODO(app-9z9z, @ann) [p1] (due 2027-01-31): look",
        ),
        (
            "TODO(ann, p0, due 2027-01-31, #12): look",
            "look",
            {"owner": "ann", "priority": 0, "due": "2027-01-31", "external": "#12"},
            "TODO(app-9z9z, ann, p0, due 2027-01-31, #12): look",
        ),
        (
            "TODO(ann,app-1a2b): look",
            "look",
            {"owner": "ann", "issue_id": "app-1a2b"},
            "TODO(ann,app-9z9z): look",
        ),
        # What is none of these stays as it is.
        ("TODO(see the wiki, page 3!): x", "x", {}, "TODO(app-9z9z, see the wiki, page 3!): x"),
        ("TODO(f(x)): y", "(f(x)): y", {}, "TODO(app-9z9z)(f(x)): y"),
        (f"TODO({'x ' * 61}): y", f"({'x ' * 61}): y", {}, f"TODO(app-9z9z)({'x ' * 61}): y"),
        # How it is written.
        ("[TODO] look", "look", {}, "[TODO(app-9z9z)] look"),
        ("[TODO: look]", "look", {}, "[TODO(app-9z9z): look]"),
        ("(TODO: look)", "look", {}, "(TODO(app-9z9z): look)"),
        ("@TODO look", "look", {}, "@TODO(app-9z9z) look"),
        ("**TODO:** look", "look", {}, "**TODO(app-9z9z):** look"),
        ("**TODO** look", "look", {}, "**TODO(app-9z9z)** look"),
        ("=== TODO: look ===", "look", {}, "=== TODO(app-9z9z): look ==="),
        ("1. TODO look", "look", {}, "1. TODO(app-9z9z) look"),
        ("- [ ] TODO look", "look", {}, "- [ ] TODO(app-9z9z) look"),
        ("🚧 TODO: look", "look", {}, "🚧 TODO(app-9z9z): look"),
        ("Works. TODO: look", "look", {}, "Works. TODO(app-9z9z): look"),
        ("Works - TODO: look", "look", {}, "Works - TODO(app-9z9z): look"),
        ("Works (FIXME: look)", "look", {}, "Works (FIXME(app-9z9z): look)"),
        ("Works.  XXX look", "look", {}, "Works.  XXX(app-9z9z) look"),
        ("Works (XXX look)", "look", {}, "Works (XXX(app-9z9z) look)"),
        ("Works. TODO - look", "look", {}, "Works. TODO(app-9z9z) - look"),
        ("Works. TODO look", "look", {}, "Works. TODO(app-9z9z) look"),
        ("Works; FIXME this breaks", "this breaks", {}, "Works; FIXME(app-9z9z) this breaks"),
        ("Works (TODO look)", "look", {}, "Works (TODO(app-9z9z) look)"),
        ("(TODO) look", "look", {}, "(TODO(app-9z9z)) look"),
        ("[XXX look", "look", {}, "[XXX(app-9z9z) look"),
        ("(TODO, look again)", "look again", {}, "(TODO(app-9z9z), look again)"),
        ("raw (TODO) and wide", "and wide", {}, "raw (TODO(app-9z9z)) and wide"),
        ("memory TODO: look", "look", {}, "memory TODO(app-9z9z): look"),
        ("22.2.3  FIXME: look", "look", {}, "22.2.3  FIXME(app-9z9z): look"),
        ("else TODO: look", "look", {}, "else TODO(app-9z9z): look"),
        ("for the data TODO(ann): look", "look", {"owner": "ann"}, "for the data TODO(app-9z9z, ann): look"),
        ("@list:\tXXX: look", "look", {}, "@list:\tXXX(app-9z9z): look"),
        ("@list: FIXME look", "look", {}, "@list: FIXME(app-9z9z) look"),
        ("MS: FIXME look", "look", {}, "MS: FIXME(app-9z9z) look"),
        ("BB FIXME look", "look", {}, "BB FIXME(app-9z9z) look"),
        ("@ts-expect-error TODO look", "look", {}, "@ts-expect-error TODO(app-9z9z) look"),
        ("camera [TODO]", "", {}, "camera [TODO(app-9z9z)]"),
        ("camera ( FIXME )", "", {}, "camera ( FIXME(app-9z9z) )"),
        ("XXX fix me", "fix me", {}, "XXX(app-9z9z) fix me"),
        ("FIXME have a look", "have a look", {}, "FIXME(app-9z9z) have a look"),
        ("TODO report the error", "report the error", {}, "TODO(app-9z9z) report the error"),
        ("TODO:: look", "look", {}, "TODO(app-9z9z):: look"),
        ("TODO[@ann]: look", "look", {"owner": "ann"}, "TODO(app-9z9z)[@ann]: look"),
        ("TODO[core]: look", "look", {"owner": "core"}, "TODO(app-9z9z)[core]: look"),
        ("TODO (see there): look", "(see there): look", {}, "TODO(app-9z9z) (see there): look"),
        ("FIXME/REVISIT - look", "look", {}, "FIXME/REVISIT(app-9z9z) - look"),
        ("FIXME/ann: look", "look", {}, "FIXME/ann(app-9z9z): look"),
        ("x //FIXME look", "look", {}, "x //FIXME(app-9z9z) look"),
        ("KM: TODO: look", "look", {}, "KM: TODO(app-9z9z): look"),
        ("slow FIXME: look", "look", {}, "slow FIXME(app-9z9z): look"),
        ("slow in large files FIXME", "", {}, "slow in large files FIXME(app-9z9z)"),
        ("slow in large files (FIXME).", "", {}, "slow in large files (FIXME(app-9z9z))."),
        ("slow in large files - TODO", "", {}, "slow in large files - TODO(app-9z9z)"),
        ("Response: TODO", "", {}, "Response: TODO(app-9z9z)"),
        ("(TODO)", "", {}, "(TODO(app-9z9z))"),
        ("<TODO> look", "look", {}, "<TODO(app-9z9z)> look"),
        ("o TODO look", "look", {}, "o TODO(app-9z9z) look"),
        ("XXX/FIXME look", "look", {}, "XXX/FIXME(app-9z9z) look"),
        ("TODO/REVISIT: look", "look", {}, "TODO/REVISIT(app-9z9z): look"),
        ("XXX,XXX: look", "look", {}, "XXX,XXX(app-9z9z): look"),
        ("x = 1  # TODO look", "look", {}, "x = 1  # TODO(app-9z9z) look"),
    ],
)
def test_forms(comment: str, text: str, told: dict[str, object], written: str) -> None:
    [todo] = todos(f"# {comment}\n")
    fields = ("owner", "issue_id", "external", "priority", "due")
    assert todo.text == text
    assert {name: getattr(todo, name) for name in fields if getattr(todo, name) is not None} == told
    after = with_id(f"# {comment}\n", todo, "app-9z9z")
    assert after == f"# {written}\n"
    [again] = todos(after)
    assert again.issue_id == "app-9z9z"
    assert kept(again) == kept(todo)


@pytest.mark.parametrize(
    "comment",
    [
        "context.TODO() is prose",
        "TODO()",
        "TODO() returns",
        "a todo",
        "a TODO in a sentence",
        "a TODO: in a sentence",
        "such as TODO(me): x",
        "e.g. TODO: x",
        "TODO-list",
        "TODOS",
        "TODO's",
        "TODO list of the project",
        "TODO comments are found",
        "TODO is a word",
        "TODO means work",
        "TODO and FIXME",
        "TODO, FIXME and XXX",
        "TODO: and FIXME: are found",
        "TODO, DOING, DONE",
        "TODO -> DONE",
        "DONE -> TODO",
        "Columns: TODO DOING DONE",
        "states TODO, DOING",
        "of the form TODO: text",
        "lines with TODO: are cut",
        "prefix TODO: is cut",
        "Example: TODO: x",
        "for example TODO: x",
        "END FIXME",
        "Nothing TODO",
        "the state (TODO) of a card",
        "see [TODO] in the manual",
        "a comment (BUG, warning)",
        "(XXX) XXX-XXXX",
        "XXX is replaced by a number",
        'prints "a TODO: b"',
        "reads @TODO",
        "TODO | FIXME",
        "TODO/FIXME comments",
        "TODO/x",
        "MYTODO: x",
        "TODO = 1",
        "TODO := 1",
        "TODO += 1",
        "TODO == 1",
        "TODO.md",
        "TODO::new()",
        "TODO->x",
        "TODO[0]",
        "TODO]",
        "XXXX",
        "XXX-XXX-XXXX",
        "XXX:XXX",
        "FIXME_ON(x)",
        "$TODO",
        "%TODO%",
        "{TODO}",
        "TODO>",
        "TODO or DONE",
        "TODO/REVISIT it",
        "the TODO",
        "all that is marked XXX",
        "a known BUG",
        "return TODO",
        "one of FIXME, TODO",
        "Use TODO: for work",
        "[TODO](there)",
        '"TODO"',
        '"TODO: x"',
        "`TODO: x`",
        "Use `# TODO: x`",
        "Begin it with # TODO and go on",
        "- [x] TODO: done",
        "[X] TODO: done",
        "the app-store",
    ],
)
def test_what_is_none(comment: str) -> None:
    assert todos(f"# {comment}\n") == []


def test_a_sentence_that_goes_on_with_a_tag_is_prose() -> None:
    text = "# See the\n# TODO at the end\n\n# Works\n# TODO at the end\n\n# See the\n# TODO: at the end\n\n# TODO or\n"
    assert [todo.line for todo in todos(text)] == [4, 7, 9]
    wrapped = "# Slow for some TODO\n# like this\n# Slow for many TODO\n#\n# Slow. TODO\n# like this\n"
    assert [todo.line for todo in todos(wrapped)] == [2, 4]
    block = "/* Written by the\n * TODO there.\n * TODO here */\n/* by the */ /* TODO here */"
    assert [todo.line for todo in todos(block, "c")] == [2, 3]


def test_a_sentence_may_begin_with_one_that_has_a_mark() -> None:
    assert [todo.text for todo in todos("# Works. TODO: faster\n# Works. TODO later\n")] == ["faster", "later"]
    assert [todo.text for todo in todos("x() // TODO: nested\n# x // TODO: nested\n")] == ["nested"]


def test_documentation_of_one_tag_or_with_one_as_a_field() -> None:
    assert [todo.tag for todo in todos('"""TODO"""\n"""\nFIXME.\n"""\n"""TODO is a word\n"""\n')] == ["TODO", "FIXME"]
    text = '"""Says.\n\n:param x: TODO: who\n:return: TODO\nx (int): TODO\nprefers TODO\n"""\n'
    assert [todo.line for todo in todos(text)] == [2, 3, 4]


def test_fields_of_documentation_comments() -> None:
    text = "/**\n * @param x TODO\n * @return TODO: a\n * @see TODO\n * <p>TODO: b</p>\n * <code>TODO: c</code>\n */\n"
    assert [(todo.line, todo.text) for todo in todos(text, "java")] == [(1, ""), (2, "a"), (4, "b")]
    assert [todo.text for todo in todos('"""Says.\n\n.. TODO - a\n"""\n')] == ["a"]


@pytest.mark.parametrize(
    ("comment", "is_one"),
    [
        ("// eslint-disable-line no-console TODO log", True),
        ("// NOLINTNEXTLINE(x) TODO split", True),
        ("// NOSONAR TODO split", True),
        ("// phpcs:ignore TODO name it", True),
        ("// pragma: no cover TODO test", True),
        ("// MARK: TODO split", True),
        ("/// @notice FIXME say more", True),
        ("/// @param x TODO say what", True),
        ("/// - Returns: TODO say what", True),
        ("/// <summary>TODO say what</summary>", True),
        ("/// <returns>TODO</returns>", True),
        ("// jpeg(TODO)", True),
        ("// eslint forbids TODO in comments", False),
        ("// eslint-disable-line because of the TODO below", False),
        ("/// @param x TODO comments to be found", False),
        ("/// <b>TODO</b> is a tag", False),
        ("// it calls context.of(TODO) first", False),
    ],
)
def test_tags_behind_directives_and_in_documentation_need_no_colon(comment: str, is_one: bool) -> None:
    found = find_todos(comment + "\n", LANGUAGES["java"], tags=("TODO", "FIXME"), prefixes=())
    assert bool(found) is is_one


def test_sentences_of_prose_need_a_colon() -> None:
    text = (
        "It works. TODO: faster\nIt works. TODO faster\nSome (FIXME: which?)\na TODO: b\n`x. TODO: y`\nA. **TODO:** c\n"
    )
    assert [todo.text for todo in todos(text, "markdown")] == ["faster", "which?", "c"]


def test_documentation_needs_a_mark() -> None:
    text = '"""Says hello.\n\nTODO: say more\nTODO is a word here\n"""\nx = """\nTODO: a string\n"""\n'
    assert [todo.text for todo in todos(text)] == ["say more"]


def test_lines_that_belong_to_it() -> None:
    text = (
        "# TODO: one\n#   more of one\n#\n# not of it\n"
        "x = 1  # TODO: two\n# not of it: another column\n"
        "# TODO: three\n# TODO: four\n"
    )
    assert [(todo.text, todo.continuation) for todo in todos(text)] == [
        ("one", ("more of one",)),
        ("two", ()),
        ("three", ()),
        ("four", ()),
    ]
    assert [(todo.line, todo.end_line, todo.end_column) for todo in todos(text)] == [
        (0, 1, 15),
        (4, 4, 18),
        (6, 6, 13),
        (7, 7, 12),
    ]
    block = "/*\n * TODO: one\n *   more of one\n *\n * not of it\n */\n"
    assert [(todo.text, todo.continuation) for todo in todos(block, "c")] == [("one", ("more of one",))]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_in_the_protocol(end: str) -> None:
    text = end.join(["x = 1", "# TODO: a\u2028b\x0cc", "", "# FIXME: d"])
    assert [(todo.line, todo.column, todo.text) for todo in todos(text)] == [(1, 2, "a\u2028b\x0cc"), (3, 2, "d")]


def test_columns_are_code_points() -> None:
    [todo] = todos("x = '🐍'  # TODO: 🐍\n")
    assert (todo.column, todo.first_line_end) == (11, 18)


def test_references_stand_in_comments_only() -> None:
    text = "# see app-1a2b and app-store\nx = 'app-2b2b'\n# TODO(app-3c3c): y\n"
    _, found = analyse(text, PYTHON, tags=TAGS, prefixes={"app"})
    assert [(one.line, one.column, one.id, one.is_certain, one.in_todo) for one in found] == [
        (0, 6, "app-1a2b", True, False),
        (0, 19, "app-store", False, False),
        (2, 7, "app-3c3c", True, True),
    ]
    _, prose = analyse("Fixed in app-1a2b.\n", LANGUAGES["markdown"], tags=TAGS, prefixes={"app"})
    assert [one.id for one in prose] == ["app-1a2b"]


def test_markdown_fences_are_read_in_their_language() -> None:
    shell = "~~~sh\necho '# TODO: no' # TODO: yes\n~~~\n"
    text = shell + "````\n```\n# TODO: no\n```\n````\n* TODO: item\n```js\n// TODO: open end"
    assert [todo.text for todo in todos(text, "markdown")] == ["yes", "item", "open end"]


def test_what_ends_a_todo() -> None:
    text = "/**\n * TODO: one\n * more\n * @param x it\n * [x] TODO: done\n * more\n */\n"
    assert [(todo.text, todo.continuation) for todo in todos(text, "java")] == [("one", ("more",))]
    ticked = "# TODO: one\n# - [x] TODO: two\n# three\n"
    assert [(todo.text, todo.continuation) for todo in todos(ticked)] == [("one", ())]
    python = '"""Says.\n\nTODO: one\n  more\n:raises ValueError: never. FIXME: two\n"""\n'
    assert [(todo.text, todo.continuation) for todo in todos(python)] == [("one", ("more",)), ("two", ())]
    code = "# TODO: one\nx = 1  # not of it\n# TODO: two\n    # not of it\n# TODO: three\n\n# not of it\n"
    assert [(todo.text, todo.continuation) for todo in todos(code)] == [("one", ()), ("two", ()), ("three", ())]


def test_tasks_of_markdown() -> None:
    text = "- [ ] TODO one\n* [ ] TODO: two\n1. [ ] TODO three\n- [x] TODO: done\n- [X] TODO done\n- TODO four\n"
    assert [todo.text for todo in todos(text, "markdown")] == ["one", "two", "three", "four"]
    prose = "TODO a word\n\n# TODO\n\nTODO: five\n> **TODO** six\n- TODO list\n| TODO: seven |\n- `TODO: no`\n"
    assert [todo.text for todo in todos(prose, "markdown")] == ["five", "six", "seven"]
