"""The forms of strings: how they begin, and what lies between there and their end.

The bodies are possessive, without capture groups, so that each is read once from left to right however it is broken
(CPython 3.11.7 fails on capture groups inside of possessive repeats).
"""

from __future__ import annotations

from typing import Final

from attrs import frozen


@frozen
class Form:
    """One form of string.

    `opener` is a pattern; `rest` matches from behind it to behind the string's end, or as far as an unterminated one
    goes. A `{mark}` in `rest` stands for what the opener's group `<name>_mark` matched.
    """

    name: str
    opener: str
    rest: str
    has_mark: bool = False
    is_documentation: bool = False


def _quoted(name: str, quote: str, lines: bool) -> Form:
    end = "" if lines else r"\n"
    return Form(name, quote, rf"(?:[^{quote}\\{end}]|\\(?s:.))*+{quote}?")


DOUBLE: Final = _quoted("double", '"', lines=False)
SINGLE: Final = _quoted("single", "'", lines=False)
DOUBLE_LINES: Final = _quoted("double_lines", '"', lines=True)
SINGLE_LINES: Final = _quoted("single_lines", "'", lines=True)
BACKTICK: Final = _quoted("backtick", "`", lines=True)
PLAIN_SINGLE_LINES: Final = Form("plain_single", "'", r"[^']*+'?")
PAIRED_SINGLE: Final = Form("paired_single", "'", r"(?:[^'\n]|'')*+'?")
PAIRED_DOUBLE: Final = Form("paired_double", '"', r'(?:[^"\n]|"")*+"?')
RAW_GO: Final = Form("raw_go", "`", r"[^`]*+`?")
VERBATIM: Final = Form("verbatim", r'\$?@\$?"', r'(?:[^"]|"")*+"?')
TRIPLE_DOUBLE: Final = Form("triple_double", '"""', r'(?:[^"\\]|\\(?s:.)|"(?!""))*+(?:""")?', is_documentation=True)
TRIPLE_SINGLE: Final = Form("triple_single", "'''", r"(?:[^'\\]|\\(?s:.)|'(?!''))*+(?:''')?", is_documentation=True)
CHARACTER: Final = Form("character", r"'(?=\\[^\n]{1,10}'|[^'\\\n]')", r"(?:\\[^\n']{1,10}|\\'|[^'\\\n])'")
"""A character literal; a lone quote (Rust's lifetimes, Haskell's primes) is none."""
RAW_RUST: Final = Form("raw_rust", r'\bb?r(?P<raw_rust_mark>#{0,16})"', r'(?s:.)*?"{mark}', has_mark=True)
RAW_CPP: Final = Form("raw_cpp", r'\bR"(?P<raw_cpp_mark>[^()\\\s"]{0,16})\(', r'(?s:.)*?\){mark}"', has_mark=True)
HEREDOC: Final = Form(
    "heredoc",
    r"(?<!<)<<[-~]?[ \t]*[\"']?(?P<heredoc_mark>[A-Za-z_]\w{0,63})[\"']?(?![\w<])",
    r"[^\n]*+(?s:.)*?\n[ \t]*{mark}(?!\w)",
    has_mark=True,
)
HEREDOC_PHP: Final = Form(
    "heredoc_php",
    r"<<<[ \t]*[\"']?(?P<heredoc_php_mark>[A-Za-z_]\w{0,63})[\"']?",
    r"[^\n]*+(?s:.)*?\n[ \t]*{mark}(?!\w)",
    has_mark=True,
)
REGEX: Final = Form(
    "regex",
    r"(?<=[(,=:\[!&|?{};\n])[ \t]*/(?=[^*/\n])",
    r"(?:[^\\/\[\n]|\\[^\n]|\[(?:[^\]\\\n]|\\[^\n])*+\]?)*+/?",
)
ESCAPE: Final = Form("escape", r"\\(?=[%#;])", r"[^\n]")
"""An escaped comment token, such as TeX's percent sign."""
