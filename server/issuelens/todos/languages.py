"""What comments and strings look like, language by language. A table of facts; `lexer` reads it.

Each entry was checked against its language's own lexical grammar. Where a language has rarer forms than the table says
(nested interpolation, heredocs inside heredocs), the lexer may see a comment too few, never loop or slow down.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePath
from typing import Final

from attrs import field, frozen

from issuelens.todos.forms import (
    BACKTICK,
    CHARACTER,
    DOUBLE,
    DOUBLE_LINES,
    ESCAPE,
    HEREDOC,
    HEREDOC_PHP,
    PAIRED_DOUBLE,
    PAIRED_SINGLE,
    PLAIN_SINGLE_LINES,
    RAW_CPP,
    RAW_GO,
    RAW_RUST,
    REGEX,
    SINGLE,
    SINGLE_LINES,
    TRIPLE_DOUBLE,
    TRIPLE_SINGLE,
    VERBATIM,
    Form,
)


@frozen(eq=False)
class Language:
    """How one language writes comments.

    `line` and `block` are its comment tokens; `spaced` holds line tokens that count only at the beginning of a word;
    `column` those that count only in the first column. `docstrings` says that a string standing alone is documentation.
    `is_markup` marks prose with fenced code.
    """

    name: str
    line: tuple[str, ...] = ()
    block: tuple[tuple[str, str], ...] = ()
    nested: bool = False
    strings: tuple[Form, ...] = ()
    spaced: tuple[str, ...] = ()
    column: tuple[str, ...] = ()
    docstrings: bool = False
    is_markup: bool = False
    is_stateless: bool = True
    """Whether lexing may begin behind any comment (see `lexer.spans_from`); not so where languages are embedded."""
    compiled: dict[str, re.Pattern[str]] = field(factory=dict, repr=False)
    """The lexer's patterns, built on first use; they live as long as this table."""


_C_BLOCK = (("/*", "*/"),)
_XML_BLOCK = (("<!--", "-->"),)
_C_STRINGS = (DOUBLE, CHARACTER)


def _c_like(name: str, *strings: Form, nested: bool = False) -> Language:
    return Language(name, ("//",), _C_BLOCK, nested, strings or _C_STRINGS)


def _hash(name: str, *strings: Form, spaced: bool = True) -> Language:
    chosen = strings or (DOUBLE, SINGLE)
    return Language(name, () if spaced else ("#",), strings=chosen, spaced=("#",) if spaced else ())


LANGUAGES: Final = {
    language.name: language
    for language in (
        Language("python", ("#",), strings=(TRIPLE_DOUBLE, TRIPLE_SINGLE, DOUBLE, SINGLE), docstrings=True),
        _c_like("javascript", BACKTICK, DOUBLE, SINGLE, REGEX),
        _c_like("typescript", BACKTICK, DOUBLE, SINGLE, REGEX),
        _c_like("c"),
        _c_like("cpp", RAW_CPP, DOUBLE, CHARACTER),
        _c_like("csharp", TRIPLE_DOUBLE, VERBATIM, DOUBLE, CHARACTER),
        _c_like("objective-c"),
        _c_like("java", TRIPLE_DOUBLE, DOUBLE, CHARACTER),
        _c_like("kotlin", TRIPLE_DOUBLE, DOUBLE, CHARACTER, nested=True),
        _c_like("scala", TRIPLE_DOUBLE, DOUBLE, CHARACTER, nested=True),
        _c_like("swift", TRIPLE_DOUBLE, DOUBLE, nested=True),
        _c_like("go", RAW_GO, DOUBLE, CHARACTER),
        _c_like("rust", RAW_RUST, DOUBLE_LINES, CHARACTER, nested=True),
        _c_like("dart", TRIPLE_DOUBLE, TRIPLE_SINGLE, DOUBLE, SINGLE, nested=True),
        _c_like("groovy", TRIPLE_DOUBLE, TRIPLE_SINGLE, DOUBLE, SINGLE),
        _c_like("proto", DOUBLE, SINGLE),
        _c_like("solidity", DOUBLE, SINGLE),
        _c_like("verilog", DOUBLE),
        _c_like("jsonc", DOUBLE),
        _c_like("scss", DOUBLE, SINGLE),
        _c_like("less", DOUBLE, SINGLE),
        Language("zig", ("//",), strings=(DOUBLE, CHARACTER)),
        Language("php", ("//", "#"), _C_BLOCK, strings=(DOUBLE_LINES, SINGLE_LINES, HEREDOC_PHP)),
        Language("css", (), _C_BLOCK, strings=(DOUBLE, SINGLE)),
        Language("shellscript", strings=(DOUBLE_LINES, PLAIN_SINGLE_LINES, HEREDOC), spaced=("#",)),
        Language("fish", strings=(DOUBLE_LINES, SINGLE_LINES), spaced=("#",)),
        Language("powershell", ("#",), (("<#", "#>"),), strings=(DOUBLE_LINES, PLAIN_SINGLE_LINES)),
        Language("ruby", ("#",), (("\n=begin", "\n=end"),), strings=(DOUBLE_LINES, SINGLE_LINES, HEREDOC, REGEX)),
        Language("perl", strings=(DOUBLE_LINES, SINGLE_LINES, HEREDOC), spaced=("#",)),
        Language("lua", ("--",), (("--[[", "]]"), ("--[=[", "]=]")), strings=(DOUBLE, SINGLE)),
        Language("r", ("#",), strings=(DOUBLE_LINES, SINGLE_LINES)),
        Language("julia", ("#",), (("#=", "=#"),), nested=True, strings=(TRIPLE_DOUBLE, DOUBLE_LINES, CHARACTER)),
        Language("haskell", ("--",), (("{-", "-}"),), nested=True, strings=(DOUBLE, CHARACTER)),
        Language("elm", ("--",), (("{-", "-}"),), nested=True, strings=(TRIPLE_DOUBLE, DOUBLE, CHARACTER)),
        Language("ocaml", (), (("(*", "*)"),), nested=True, strings=(DOUBLE_LINES, CHARACTER)),
        Language("fsharp", ("//",), (("(*", "*)"),), strings=(TRIPLE_DOUBLE, VERBATIM, DOUBLE_LINES, CHARACTER)),
        Language("erlang", ("%",), strings=(DOUBLE_LINES, SINGLE)),
        Language("elixir", ("#",), strings=(TRIPLE_DOUBLE, TRIPLE_SINGLE, DOUBLE_LINES, SINGLE_LINES)),
        Language("clojure", (";",), strings=(DOUBLE_LINES,)),
        Language("lisp", (";",), (("#|", "|#"),), nested=True, strings=(DOUBLE_LINES,)),
        Language("sql", ("--",), _C_BLOCK, strings=(PAIRED_SINGLE, PAIRED_DOUBLE)),
        Language("html", (), _XML_BLOCK),
        Language("vue", ("//",), (*_XML_BLOCK, *_C_BLOCK), strings=(BACKTICK, DOUBLE)),
        _hash("yaml"),
        _hash("toml", TRIPLE_DOUBLE, TRIPLE_SINGLE, DOUBLE, SINGLE, spaced=False),
        Language("ini", spaced=("#", ";")),
        Language("makefile", spaced=("#",)),
        Language("cmake", ("#",), (("#[[", "]]"),), strings=(DOUBLE_LINES,)),
        _hash("dockerfile"),
        Language("terraform", ("#", "//"), _C_BLOCK, strings=(DOUBLE, HEREDOC)),
        Language("nix", ("#",), _C_BLOCK, strings=(DOUBLE_LINES,)),
        Language("graphql", ("#",), strings=(TRIPLE_DOUBLE, DOUBLE)),
        Language("viml", column=('"',), strings=(PAIRED_SINGLE,)),
        Language("latex", ("%",), strings=(ESCAPE,)),
        Language("fortran", ("!",), strings=(PAIRED_DOUBLE, PAIRED_SINGLE)),
        Language("ada", ("--",), strings=(PAIRED_DOUBLE,)),
        Language("vhdl", ("--",), _C_BLOCK, strings=(PAIRED_DOUBLE,)),
        Language("assembly", ("//", ";"), _C_BLOCK, strings=(DOUBLE,), spaced=("#",)),
        Language("markdown", (), _XML_BLOCK, is_markup=True, is_stateless=False),
    )
}

_EXTENSIONS: Final = {
    extension: name
    for name, extensions in {
        "python": "py pyi pyw pyx pxd bzl",
        "javascript": "js jsx mjs cjs",
        "typescript": "ts tsx mts cts",
        "c": "c h",
        "cpp": "cc cpp cxx c++ hh hpp hxx h++ inl ipp cu cuh ino",
        "csharp": "cs",
        "objective-c": "m mm",
        "java": "java",
        "kotlin": "kt kts",
        "scala": "scala sc",
        "swift": "swift",
        "go": "go",
        "rust": "rs",
        "dart": "dart",
        "groovy": "groovy gradle",
        "proto": "proto",
        "solidity": "sol",
        "verilog": "v sv svh vh",
        "jsonc": "jsonc json5",
        "scss": "scss sass",
        "less": "less",
        "zig": "zig",
        "php": "php phtml",
        "css": "css pcss",
        "shellscript": "sh bash zsh ksh bats",
        "fish": "fish",
        "powershell": "ps1 psm1 psd1",
        "ruby": "rb rake gemspec ru",
        "perl": "pl pm t",
        "lua": "lua",
        "r": "r",
        "julia": "jl",
        "haskell": "hs",
        "elm": "elm",
        "ocaml": "ml mli",
        "fsharp": "fs fsi fsx",
        "erlang": "erl hrl",
        "elixir": "ex exs",
        "clojure": "clj cljs cljc edn",
        "lisp": "lisp lsp el scm ss rkt",
        "sql": "sql",
        "html": "html htm xhtml xml svg xsd xsl xslt plist",
        "vue": "vue svelte astro",
        "yaml": "yaml yml",
        "toml": "toml",
        "ini": "ini cfg conf properties editorconfig",
        "makefile": "mk mak",
        "cmake": "cmake",
        "dockerfile": "dockerfile",
        "terraform": "tf tfvars hcl",
        "nix": "nix",
        "graphql": "graphql gql",
        "viml": "vim",
        "latex": "tex sty cls bib",
        "fortran": "f90 f95 f03 f08",
        "ada": "adb ads",
        "vhdl": "vhd vhdl",
        "assembly": "s asm",
        "markdown": "md markdown mdx",
    }.items()
    for extension in extensions.split()
}

_FILE_NAMES: Final = {
    "makefile": "makefile",
    "gnumakefile": "makefile",
    "dockerfile": "dockerfile",
    "containerfile": "dockerfile",
    "cmakelists.txt": "cmake",
    "rakefile": "ruby",
    "gemfile": "ruby",
    "vagrantfile": "ruby",
    "build": "python",
    "workspace": "python",
    "sconstruct": "python",
    "jenkinsfile": "groovy",
    ".bashrc": "shellscript",
    ".profile": "shellscript",
    ".zshrc": "shellscript",
    ".vimrc": "viml",
    ".gitignore": "ini",
    ".gitconfig": "ini",
    ".gitattributes": "ini",
    ".editorconfig": "ini",
    ".env": "shellscript",
}

_LANGUAGE_IDS: Final = {
    "javascriptreact": "javascript",
    "typescriptreact": "typescript",
    "objective-cpp": "objective-c",
    "bash": "shellscript",
    "sh": "shellscript",
    "zsh": "shellscript",
    "shell": "shellscript",
    "xml": "html",
    "svelte": "vue",
    "astro": "vue",
    "properties": "ini",
    "make": "makefile",
    "tex": "latex",
    "vim": "viml",
    "emacs-lisp": "lisp",
    "scheme": "lisp",
    "c++": "cpp",
    "cs": "csharp",
    "js": "javascript",
    "jsx": "javascript",
    "ts": "typescript",
    "tsx": "typescript",
    "py": "python",
    "rb": "ruby",
    "rs": "rust",
    "golang": "go",
    "yml": "yaml",
    "hcl": "terraform",
    "docker": "dockerfile",
    "md": "markdown",
    "console": "shellscript",
}

_INTERPRETERS: Final = {
    "python": "python",
    "bash": "shellscript",
    "sh": "shellscript",
    "zsh": "shellscript",
    "ksh": "shellscript",
    "dash": "shellscript",
    "fish": "fish",
    "node": "javascript",
    "deno": "typescript",
    "ruby": "ruby",
    "perl": "perl",
    "lua": "lua",
    "php": "php",
    "rscript": "r",
    "make": "makefile",
}
_SHEBANG = re.compile(r"#!\s*(?:\S*/)?([\w.+-]+)(?:\s+(?:-S\s+)?([\w.+-]+))?")


def language_for(path: str, language_id: str | None = None, first_line: str = "") -> Language | None:
    """The language of a text; None when it is not one that we know comments of.

    Args:
        path: its path or URI.
        language_id: what the editor calls it (LSP); comes first where it is known.
        first_line: read for `#!`.
    """
    named = _by_id(language_id) if language_id else None
    return named or _by_name(PurePath(path).name.lower()) or _by_shebang(first_line)


def known_extensions() -> Iterable[str]:
    """Every extension in the table, without the dot."""
    return _EXTENSIONS.keys()


def _by_id(language_id: str) -> Language | None:
    name = language_id.lower()
    return LANGUAGES.get(_LANGUAGE_IDS.get(name, name))


def _by_name(name: str) -> Language | None:
    found = _FILE_NAMES.get(name) or _EXTENSIONS.get(name.rpartition(".")[2] if "." in name else "")
    if found is None and name.startswith(("dockerfile.", "makefile.")):
        found = name.partition(".")[0]
    return LANGUAGES[found] if found else None


def _by_shebang(first_line: str) -> Language | None:
    match = _SHEBANG.match(first_line)
    if match is None:
        return None
    program = match[2] if match[1] == "env" and match[2] else match[1]
    found = _INTERPRETERS.get(program.lower().rstrip("0123456789."))
    return LANGUAGES[found] if found else None
