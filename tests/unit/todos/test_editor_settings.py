"""The settings of other TODO extensions: how they are read, what becomes of them, and what can't be taken over."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pathspec import GitIgnoreSpec

from issuelens.domain.config import Config, TodoConfig, is_bounded_pattern
from issuelens.domain.config_reader import parse_config
from issuelens.domain.tags import TagStyle, is_color
from issuelens.todos.colours import color_of
from issuelens.todos.editor_settings import ENTRIES_LIMIT, Taken, changed_settings, read_editor_settings
from issuelens.todos.globs import ALTERNATIVES_LIMIT, NoPattern, patterns_of
from issuelens.todos.jsonc import read_jsonc


def taken_of(**settings: Any) -> Taken:
    return read_editor_settings(json.dumps({name.replace("__", "."): one for name, one in settings.items()}))


def todo_tree(**settings: Any) -> Taken:
    return read_editor_settings(
        json.dumps({f"todo-tree.{name.replace('__', '.')}": one for name, one in settings.items()})
    )


# JSON with comments


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{}", {}),
        ('\ufeff{"a": 1,}', {"a": 1}),
        ('// one\n{"a": /* two, } */ [1, 2, /* three */ ], // four\n}', {"a": [1, 2]}),
        (
            '{"a": "// no", "b": "/* no */", "c": ",}", "d": "\\"// no"}',
            {"a": "// no", "b": "/* no */", "c": ",}", "d": '"// no'},
        ),
        ('{"a": ",", /**/ }', {"a": ","}),
        ("[1 /* open", None),
        ('{"a": }', None),
        ("'a'", None),
        ("", None),
        ("[" * 60 + "]" * 60, None),
        ("[" * 100_000, None),
    ],
)
def test_json_with_comments(text: str, value: object) -> None:
    if value is None:
        with pytest.raises(ValueError, match=r".+"):
            read_jsonc(text)
    else:
        assert read_jsonc(text) == value


def test_a_mistake_is_told_where_it_is() -> None:
    with pytest.raises(ValueError, match="line 4 column 1 "):
        read_jsonc('{ // a\n/* b\n */ "a":\n}')


@given(st.recursive(st.text(alphabet='a/*"\\,}]\n', max_size=9) | st.integers() | st.none(), lambda one: st.lists(one)))
def test_what_has_no_comments_is_read_as_json(value: object) -> None:
    assert read_jsonc(json.dumps(value)) == value


@pytest.mark.parametrize("part", ['"', "/*", "//", ",", "/**/", ", ", ",/**/", '"\\', ",/*"])
def test_a_megabyte_of_anything_is_read_in_linear_time(part: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_jsonc(part * (1_000_000 // len(part)))


# Globs


@pytest.mark.parametrize(
    ("glob", "patterns"),
    [
        ("**/node_modules/**", ["node_modules/"]),
        ("**/node_modules/*/**", ["**/node_modules/*/"]),
        ("**/*.txt", ["*.txt"]),
        ("*.min.js", ["*.min.js"]),
        ("dist/**", ["/dist/"]),
        ("build/", ["build/"]),
        ("src/gen/*.py", ["src/gen/*.py"]),
        ("src/gen/**", ["src/gen/"]),
        ("/out", ["/out"]),
        ("./out/x", ["out/x"]),
        ("${workspaceFolder}/out/**", ["/out/"]),
        ("**/*.{js,ts}", ["*.js", "*.ts"]),
        ("{a,b}/{c,d{e,f}}/**", ["a/c/", "b/c/", "a/de/", "b/de/", "a/df/", "b/df/"]),
        ("lib\\\\x\\y", ["lib/x/y"]),
        ("#x", ["\\#x"]),
        ("[ab]?.c", ["[ab]?.c"]),
    ],
)
def test_globs_become_patterns(glob: str, patterns: list[str]) -> None:
    assert sorted(patterns_of(glob)) == sorted(patterns)


def test_a_name_without_a_slash_may_mean_the_root_only() -> None:
    assert patterns_of("out", at_root=True) == ["/out"]
    assert patterns_of("**/out", at_root=True) == ["out"]
    assert patterns_of("a/out", at_root=True) == ["a/out"]


@pytest.mark.parametrize(
    ("glob", "reason"),
    [
        ("", "empty"),
        ("a\nb", "shown on a line"),
        ("a\ud800", "shown on a line"),
        ("a\x1b[0m", "shown on a line"),
        ("x" * 1001, "more than 1000"),
        ("!a", "takes files in again"),
        ("!(a|b).js", "takes files in again"),
        ("+(a|b)", "extended patterns"),
        ("/home/anna/**", "outside"),
        ("~/x", "outside"),
        ("C:/x", "outside"),
        ("../x", "outside"),
        ("a/../../x", "outside"),
        ("**", "everything"),
        ("**/*", "everything"),
        ("*/**", "everything"),
        ("a*b*c*d*e", "too many"),
        ("a/**/b/**/c/**/d", "too many"),
        ("{1..9}", "range"),
        ("{a,b}" * 7, "braces"),
    ],
)
def test_globs_that_can_not_be_said(glob: str, reason: str) -> None:
    with pytest.raises(NoPattern, match=reason):
        patterns_of(glob)


@given(st.text(alphabet="ab*?/{},[]!.\\", max_size=30), st.booleans())
def test_patterns_are_few_and_config_toml_takes_them(glob: str, at_root: bool) -> None:
    try:
        patterns = patterns_of(glob, at_root=at_root)
    except NoPattern:
        return
    assert 0 < len(patterns) <= ALTERNATIVES_LIMIT
    assert all(is_bounded_pattern(one) and not one.startswith("!") for one in patterns)


@pytest.mark.parametrize(
    ("glob", "out", "kept"),
    [
        ("**/node_modules/**", ["node_modules/a.js", "x/node_modules/b/c.js"], ["a.js", "node_modules.js"]),
        ("dist/**", ["dist/a.js", "dist/x/y.js"], ["x/dist/a.js"]),
        ("**/*.{js,ts}", ["a.js", "x/a.ts"], ["a.py"]),
        ("*.min.js", ["a.min.js", "x/a.min.js"], ["a.js"]),
    ],
)
def test_patterns_leave_out_what_the_glob_names(glob: str, out: list[str], kept: list[str]) -> None:
    spec = GitIgnoreSpec.from_lines(patterns_of(glob))
    assert [name for name in [*out, *kept] if spec.match_file(name)] == out


# Colours


@pytest.mark.parametrize(
    ("text", "color"),
    [
        ("#D73A49", "#D73A49"),
        ("f00", "#f00"),
        ("80FF00", "#80FF00"),
        (" Red ", "#ff0000"),
        ("rgb(255,128,0)", "#ff8000"),
        ("RGBA(255, 128, 0, .5)", "#ff800080"),
        ("rgba(0,0,0,1)", "#000000ff"),
        ("editorWarning.foreground", "editorWarning.foreground"),
        ("rgb(256,0,0)", None),
        ("rgb(1,2)", None),
        ("#12345", None),
        ("hsl(1,2%,3%)", None),
        ("", None),
    ],
)
def test_colours(text: str, color: str | None) -> None:
    assert color_of(text) == color
    assert color is None or is_color(color)


# Settings


def test_the_settings_of_todo_tree() -> None:
    taken = todo_tree(
        general__tags=["TODO", "FIXME:", "note", "[ ]", "a b", 3],
        filtering__excludeGlobs=["**/dist/**", "!x"],
        filtering__includeGlobs=["**/*.js"],
        general__tagGroups={"FIXME": ["FIXME", "FIXIT"]},
        highlights__defaultHighlight={"type": "text", "background": "transparent"},
        highlights__customHighlight={
            "TODO": {"icon": "$(check)", "iconColour": "red", "foreground": "blue"},
            "FIXME:": {"background": "rgba(255,0,0,0.5)", "icon": "No icon"},
            "NOTE": {"foreground": "nonsense"},
            "OTHER": {"foreground": "red"},
        },
        regex__regex="x",
        tree__expanded=True,
    )
    assert taken.sources == ["Todo Tree"]
    assert taken.tags == ["TODO", "FIXME", "NOTE", "FIXIT"]
    assert taken.exclude == ["dist/"]
    assert taken.styles == {"TODO": TagStyle(color="#ff0000", icon="check"), "FIXME": TagStyle(color="#ff000080")}
    assert [(one.setting.removeprefix("todo-tree."), one.value, one.is_taken) for one in taken.left_out] == [
        ("general.tags", "note", True),
        ("general.tags", "[ ]", False),
        ("general.tags", "a b", False),
        ("general.tags", "", False),
        ("filtering.excludeGlobs", "!x", False),
        ("general.tagGroups", "FIXME", True),
        ("highlights.customHighlight", "No icon", False),
        ("highlights.customHighlight", "nonsense", False),
        ("regex.regex", "x", False),
        ("filtering.includeGlobs", "", False),
    ]
    assert all(one.reason for one in taken.left_out)


def test_the_usual_look_holds_for_tags_without_their_own() -> None:
    taken = todo_tree(
        general__tags=["TODO", "BUG"],
        highlights__defaultHighlight={"icon": "alert", "foreground": "white"},
        highlights__customHighlight={"BUG": {"icon": "bug"}},
    )
    assert taken.styles == {
        "TODO": TagStyle(color="#ffffff", icon="alert"),
        "BUG": TagStyle(color="#ffffff", icon="bug"),
    }


def test_names_of_older_versions_and_of_the_successor() -> None:
    taken = read_editor_settings('{"todo-tree.tags": ["TODO"], "todo-tree.excludeGlobs": "**/x/**"}')
    assert (taken.tags, taken.exclude) == (["TODO"], ["x/"])
    both = read_editor_settings('{"todo-tree.general.tags": ["TODO"], "better-todo-tree.general.tags": ["BUG"]}')
    assert (both.sources, both.tags) == (["Better Todo Tree", "Todo Tree"], ["BUG", "TODO"])


@pytest.mark.parametrize(
    ("wanted", "exclude"),
    [
        ("none", []),
        ("file excludes", ["/out", ".git"]),
        ("search excludes", ["vendor"]),
        ("file and search excludes", ["/out", ".git", "vendor"]),
        (True, []),
    ],
)
def test_the_editors_own_excludes_count_where_the_extension_uses_them(wanted: object, exclude: list[str]) -> None:
    files = {"out": True, "**/.git": True, "kept": False, "**/*.js": {"when": "$(basename).ts"}}
    taken = read_editor_settings(
        json.dumps(
            {
                "todo-tree.filtering.useBuiltInExcludes": wanted,
                "files.exclude": files,
                "search.exclude": {"**/vendor": True},
            }
        )
    )
    assert taken.exclude == exclude
    assert len(taken.left_out) == ("/out" in exclude)


def test_the_settings_of_todo_highlight_and_better_comments() -> None:
    taken = read_editor_settings(
        json.dumps(
            {
                "todohighlight.keywords": ["DEBUG:", {"text": "TODO:", "color": "red", "backgroundColor": "yellow"}],
                "todohighlight.exclude": ["**/dist/**", "out"],
                "todohighlight.keywordsPattern": "a|b",
                "better-comments.tags": [{"tag": "!", "color": "#f00"}, {"tag": "todo", "color": "#FF8C00"}],
            }
        )
    )
    assert taken.sources == ["TODO Highlight", "Better Comments"]
    assert (taken.tags, taken.exclude) == (["DEBUG", "TODO"], ["dist/", "/out"])
    assert taken.styles == {"TODO": TagStyle(color="#ffff00")}
    assert [one.value for one in taken.left_out] == ["a|b", "!"]


def test_a_workspace_file_has_its_settings_within() -> None:
    text = '{"folders": [], "settings": {"todo-tree.general.tags": ["TODO"]}}'
    assert read_editor_settings(text, is_workspace=True).tags == ["TODO"]
    assert read_editor_settings(text).sources == []
    assert read_editor_settings('{"folders": []}', is_workspace=True).sources == []
    for wrong in ("[]", "3", '"x"'):
        with pytest.raises(ValueError, match="not an object"):
            read_editor_settings(wrong)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["TODO", "**/x", "red"]),
    lambda one: (
        st.lists(one, max_size=3) | st.dictionaries(st.sampled_from(["TODO", "text", "icon", "x"]), one, max_size=3)
    ),
    max_leaves=8,
)
NAMES = [
    *("todo-tree.general.tags", "todo-tree.general.tagGroups", "todo-tree.filtering.excludeGlobs", "files.exclude"),
    *("todo-tree.filtering.useBuiltInExcludes", "todo-tree.highlights.customHighlight", "todohighlight.keywords"),
    *(
        "todo-tree.highlights.defaultHighlight",
        "todohighlight.exclude",
        "better-comments.tags",
        "todo-tree.regex.regex",
    ),
]


@given(st.dictionaries(st.sampled_from(NAMES), VALUES))
def test_whatever_stands_there_is_read_and_config_toml_takes_it(settings: dict[str, object]) -> None:
    taken = read_editor_settings(json.dumps(settings))
    changes = changed_settings(taken, TodoConfig(), has_tags=False)
    lines = [f"{key} = {json.dumps(after, ensure_ascii=False)}" for key, (_, after) in changes.items()]
    parse_config("\n".join(lines))


# What becomes of them


def test_what_config_toml_says_stays() -> None:
    todos = parse_config(
        '[todos]\ntags = ["TODO", "OURS"]\nexclude = ["a/"]\n[todos.tag.TODO]\ncolor = "#111111"\n'
    ).todos
    taken = Taken(
        tags=["TODO", "NOTE"],
        exclude=["a/", "b/"],
        styles={"TODO": TagStyle(color="#222222", icon="bug"), "STRANGE": TagStyle(icon="x")},
    )
    assert changed_settings(taken, todos, has_tags=True) == {
        "todos.tags": (["TODO", "OURS"], ["TODO", "OURS", "NOTE"]),
        "todos.exclude": (["a/"], ["a/", "b/"]),
        "todos.tag.TODO.icon": (None, "bug"),
    }


def test_tags_take_the_place_of_the_usual_ones_only() -> None:
    usual = Config().todos
    assert changed_settings(Taken(tags=["TODO"]), usual, has_tags=False) == {"todos.tags": (list(usual.tags), ["TODO"])}
    assert changed_settings(Taken(), usual, has_tags=False) == {}
    assert changed_settings(Taken(tags=list(usual.tags)), usual, has_tags=False) == {}


def test_what_is_taken_is_bounded_over_all_settings() -> None:
    groups = {f"g{number}": [f"T{number}-{other}" for other in range(700)] for number in range(3)}
    globs = [f"{{a,b}}/{number}" for number in range(700)]
    excluded = {f"x{number}": True for number in range(700)}
    settings = {
        "todo-tree.general.tagGroups": groups,
        "todo-tree.filtering.excludeGlobs": globs,
        "todo-tree.filtering.useBuiltInExcludes": "file excludes",
        "files.exclude": excluded,
    }
    taken = read_editor_settings(json.dumps(settings))
    assert (len(taken.tags), len(taken.exclude)) == (ENTRIES_LIMIT, ENTRIES_LIMIT)
    told = [one.setting for one in taken.left_out if "already" in one.reason]
    assert set(told) == {"todo-tree.general.tagGroups", "todo-tree.filtering.excludeGlobs", "files.exclude"}
    assert len(told) == 4  # the second and third group tell it, each once
