"""Each language of the table: a TODO in its comment is found, one in its string is not."""

# ruff: noqa: E501 - a snippet stands on one line of the table

from __future__ import annotations

import pytest

from issuelens.todos.grammar import find_todos
from issuelens.todos.languages import LANGUAGES, known_extensions, language_for

C = '/* TODO: yes */ int x; // TODO: yes\nchar *s = "TODO: no /* TODO: no */ // TODO: no";\nchar q = \'"\'; // TODO: yes\n'
HASH = "# TODO: yes\nx = \"# TODO: no\"  # TODO: yes\ny = '# TODO: no'\n"
SNIPPETS = {
    "python": "x = \"# TODO: no\"  # TODO: yes\ny = '''\n# TODO: no\n'''\n",
    "javascript": "const a = `// TODO: no ${b}`; // TODO: yes\nconst r = /[/]\\/\\/ TODO: no/; /* TODO: yes */\nlet s = '// TODO: no';",
    "typescript": "const a: string = `\n// TODO: no\n`; // TODO: yes\n/** TODO: yes */",
    "c": C,
    "cpp": C + 'auto r = R"x(// TODO: no )" // TODO: no)x"; // TODO: yes\n',
    "csharp": C + 'var v = @"c:\\"; // TODO: yes\nvar w = @"a "" // TODO: no";\n',
    "objective-c": C,
    "java": C + 'String t = """\n// TODO: no\n""";\n',
    "kotlin": '/* /* nested */\nTODO: yes */ val s = "// TODO: no" // TODO: yes\n',
    "scala": '/* a /* b */\nTODO: yes */ val s = """// TODO: no""" // TODO: yes\n',
    "swift": '/* /* x */\nTODO: yes */ let s = "// TODO: no" // TODO: yes\n',
    "go": "var s = `// TODO: no\n// TODO: no` // TODO: yes\nvar r = '\"' // TODO: yes\n",
    "rust": "fn f<'a>(x: &'a str) {} // TODO: yes\nlet s = r#\"// TODO: no \" // TODO: no\"#; /* /* */ TODO: yes */\nlet c = '\"'; // TODO: yes\n",
    "dart": "var s = '''// TODO: no'''; // TODO: yes\n",
    "groovy": "def s = '''// TODO: no'''; // TODO: yes\n",
    "proto": 'option x = "// TODO: no"; // TODO: yes\n',
    "solidity": 'string s = "// TODO: no"; // TODO: yes\n',
    "verilog": 'initial $display("// TODO: no"); // TODO: yes\n',
    "jsonc": '{"a": "// TODO: no"} // TODO: yes\n',
    "scss": 'a { content: "// TODO: no"; } // TODO: yes\n',
    "less": 'a { content: "// TODO: no"; } // TODO: yes\n',
    "zig": 'const s = "// TODO: no"; // TODO: yes\n',
    "php": "<?php $s = '// TODO: no'; // TODO: yes\n$h = <<<EOT\n# TODO: no\nEOT;\n# TODO: yes\n",
    "css": 'a { content: "/* TODO: no */"; } /* TODO: yes */\n',
    "shellscript": "echo '# TODO: no' \"# TODO: no\" $# ${#x} # TODO: yes\ncat <<EOF\n# TODO: no\nEOF\n# TODO: yes\n",
    "fish": "echo '# TODO: no' # TODO: yes\n",
    "powershell": "$s = '# TODO: no' # TODO: yes\n<# TODO: yes #>\n",
    "ruby": "s = '# TODO: no' # TODO: yes\nx = <<~TEXT\n# TODO: no\nTEXT\n=begin\nTODO: yes\n=end\n",
    "perl": "$s = '# TODO: no'; # TODO: yes\n",
    "lua": "s = '-- TODO: no' -- TODO: yes\n--[[ TODO: yes ]]\n",
    "r": "s <- '# TODO: no' # TODO: yes\n",
    "julia": 's = "# TODO: no" # TODO: yes\n#= #= x =# TODO: yes =#\n',
    "haskell": 's = "-- TODO: no" -- TODO: yes\n{- {- x -}\nTODO: yes -}\n',
    "elm": 's = "-- TODO: no" -- TODO: yes\n',
    "ocaml": 'let s = "(* TODO: no *)" (* (* x *)\nTODO: yes *)\n',
    "fsharp": 'let s = "// TODO: no" // TODO: yes\n',
    "erlang": 'S = "% TODO: no". % TODO: yes\n',
    "elixir": 's = "# TODO: no" # TODO: yes\n',
    "clojure": '(def s "; TODO: no") ; TODO: yes\n',
    "lisp": '(setq s "; TODO: no") ; TODO: yes\n',
    "sql": "SELECT '-- TODO: no', 'it''s' -- TODO: yes\n/* TODO: yes */\n",
    "html": '<!-- TODO: yes --><p title="x">TODO: no</p>\n',
    "vue": "<!-- TODO: yes --><script>// TODO: yes\nlet s = `// TODO: no`</script>\n",
    "yaml": "a: 'x # TODO: no'\nb: x#TODO: no\nc: 1 # TODO: yes\n",
    "toml": "a = '# TODO: no' # TODO: yes\n",
    "ini": "a = b;TODO: no\n; TODO: yes\n# TODO: yes\n",
    "makefile": "x = $(subst a,b#TODO: no)\n# TODO: yes\n",
    "cmake": 'set(X "# TODO: no") # TODO: yes\n',
    "dockerfile": 'RUN echo "# TODO: no" # TODO: yes\n',
    "terraform": 'a = "# TODO: no" # TODO: yes\n// TODO: yes\n',
    "nix": 'a = "# TODO: no"; # TODO: yes\n',
    "graphql": '"# TODO: no" type A # TODO: yes\n',
    "viml": "echo 'TODO: no'\n\" TODO: yes\n",
    "latex": "50\\% TODO: no\n% TODO: yes\n",
    "fortran": "print *, '! TODO: no' ! TODO: yes\n",
    "ada": 'S : String := "-- TODO: no"; -- TODO: yes\n',
    "vhdl": 'report "-- TODO: no"; -- TODO: yes\n',
    "assembly": 'mov x, y ; TODO: yes\n.ascii "; TODO: no"\n',
    "markdown": "TODO in prose is none.\n- [ ] TODO: yes\n<!-- TODO: yes -->\n```python\nx = '# TODO: no'  # TODO: yes\n```\n",
}


def test_every_language_is_in_the_table() -> None:
    assert SNIPPETS.keys() == LANGUAGES.keys()


@pytest.mark.parametrize("name", SNIPPETS)
def test_comments_count_and_strings_do_not(name: str) -> None:
    text = SNIPPETS[name]
    found = [todo.text for todo in find_todos(text, LANGUAGES[name], tags=("TODO",), prefixes=())]
    assert found == ["yes"] * text.count("TODO: yes")
    assert found


def test_languages_are_known_by_id_name_extension_and_shebang() -> None:
    def name(path: str, language_id: str | None = None, first_line: str = "") -> str | None:
        found = language_for(path, language_id, first_line)
        return found.name if found else None

    assert name("x.unknown", "typescriptreact") == "typescript"
    assert name("a/Makefile") == "makefile"
    assert name("Dockerfile.dev") == "dockerfile"
    assert name("x.PY") == "python"
    assert name("run", first_line="#!/usr/bin/env -S python3.11 -I") == "python"
    assert name("run", first_line="#!/bin/bash -e") == "shellscript"
    assert name("x.py", "nonsense") == "python"
    assert name("x.unknown") is None
    assert name("noextension") is None
    assert len(set(known_extensions())) > 100
