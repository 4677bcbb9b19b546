"""Which tags are words of a sentence: `the TODO list`, `TODO comments are found`, `all that is marked XXX`."""

from __future__ import annotations

import re
from typing import Final

from issuelens.todos.regex import regex

GOES_ON: Final = regex(
    r"\b(?:the|an?|of|in|to|for|from|with|at|as|and|or|is|are|was|see|using|like|each|every|our|your|their|its|called|"
    r"named|via|than|contains?)"
    r"[ \t\"']*(?:(?://+|#+|/\*+|--|<!--|;+|%+)[ \t]*)?$",
    re.IGNORECASE,
)
"""The end of a line, or of what stands before a comment opener, behind which a sentence goes on."""
_OBJECT: Final = r"(?:the|an?|all|this|that|these|those|it|its|every|each|out|what|which|how|why|some|more|any|when|if)"
_THINGS: Final = regex(
    r"[ \t]+(?:"
    r"(?:lists|items|comments|markers|tags|entries|annotations|apps|applications|keywords|trackers)\b"
    rf"|(?:list|item|comment|marker|tag|entry|annotation|app|application|keyword|tracker)\b(?![ \t]+{_OBJECT}\b)"
    r"|(?:means|denotes|stands[ \t]for|refers|indicates|represents|(?:is|are)[ \t](?:replaced|substituted))\b"
    r"|vs\.?[ \t])"
)
"""What makes a tag a name. Some are verbs, too: `TODO list the files`."""
_VERBS: Final = regex(r"[ \t]+(?:is|are|was|were|has|had)[ \t](?!(?:this|that|these|there|it|the|we)\b)")
_SUBJECTS: Final = frozenset({"TODO", "FIXME"})
"""Tags of which prose says something; XXX and its like begin a remark with a verb as often as not."""
_NOUNS: Final = frozenset({"BUG", "HACK"})
"""Tags that are ordinary words, too."""
MASKING: Final = "XXX"
"""The tag that stands for digits, too."""
_MASK: Final = regex(r"[ \t]*[-).+][\s()\-.+\d]{0,9}X{2}")
"""What follows XXX where it stands for digits: `(XXX) XXX-XXXX`."""
_APART: Final = regex(r"(?:[:.!?;]|(?:^|\s)(?:<?--?|[–—]))[ \t]+$|\s[(\[<][ \t]*$")
_SENTENCE_END: Final = regex(r"(?:[.!?;)\]…]|-\}|\*/|#>|-->|(?:^|\s)(?:<?--?|[–—]))[ \t]+$|(?:^|\s)[(\[]$")
"""The end of a sentence, or of a comment within a comment; a dash; or the beginning of parentheses."""
_ABBREVIATION: Final = regex(r"(?:\be\.g|\bi\.e|\bcf|\bvs)\.[ \t]+$", re.IGNORECASE)
_LABEL: Final = regex(r"[\s*#!/;%>-]*(?P<word>@?[\w./()+-]{1,24})(?P<rest>[ \t]?:[ \t]+|,?[ \t]+)", re.DOTALL)
_INITIALS: Final = regex(r"[A-Z][A-Z\d]{1,4}\Z|@ts-")
"""Who asks, or a directive to a compiler."""
_DIRECTIVE: Final = regex(
    r"[\s*#/!;%-]*+(?:noqa|nosec|NOLINT\w*|nolint|NOSONAR|noinspection|MARK:|type:[ \t]*ignore|clang-format (?:on|off)"
    r"|@?(?:eslint|stylelint|prettier|biome|ktlint|phpstan|psalm|deno|ts)-[\w-]++"
    r"|[A-Za-z][\w-]{1,20}(?::[ \t]?|[ \t])(?:(?:disable|enable|ignore|skip|off|no)\b|OFF\b|todo\b))"
    r"(?!\w)[^.!?\r\n]{0,60}[ \t]"
)
"""What tells a checker, a formatter or an editor something: `noqa: E501 `, `eslint-disable-line no-console `."""
_NAMED: Final = regex(r"[\s*]*+[\w./-]{1,40}\($")
_EXAMPLE: Final = regex(
    r"(?:examples?|eg|usage|syntax|format|form|pattern|regex|prefix|tags?|e\.g\.?)\Z", re.IGNORECASE
)
_SHOWN: Final = regex(r"\b(?:examples?|instance|so|usage|syntax|format|form)[:,]?[ \t]+$", re.IGNORECASE)
_WORD_BEFORE: Final = regex(r"(?<![$\w'-])(?P<word>[\w'-]+)[ \t]+[(\[<]?[ \t]*$")
_GOVERNING: Final = regex(
    r"(?:a|about|all|an|and|another|any|are|as|at|be|been|begin|begins|being|both|by|call|called|calls|case|class|"
    r"column|columns|comment|comments|const|contain|containing|contains|def|each|emit|emits|end|ends|enum|every|"
    r"except|find|finds|fn|for|form|format|from|func|goto|grep|greps|had|has|have|having|hold|holds|if|ignore|"
    r"ignores|import|in|insert|inserts|into|is|its|keyword|keywords|label|labelled|let|like|list|lists|mark|"
    r"marked|marks|match|matches|matching|mean|means|mentions|name|named|names|no|not|of|on|only|or|our|parse|"
    r"parses|pattern|prefix|prefixed|print|prints|put|puts|read|reads|regex|remove|removes|report|reports|return|"
    r"returns|say|says|see|show|shows|some|start|starts|state|status|string|strings|strip|strips|struct|such|"
    r"syntax|tag|tagged|tags|text|than|that|the|their|these|this|those|throw|throws|to|token|turn|turns|under|use|"
    r"used|uses|using|var|via|was|were|with|without|word|words|write|writes|written|your)\Z",
    re.IGNORECASE,
)
"""Words that a tag behind them belongs to, whatever follows it."""
_GOVERNING_LAST: Final = regex(
    r"(?:anything|code|eg|else|error|everything|first|function|issue|last|new|next|nothing|number|one|rfc|skip|"
    r"something|type|value|version)\Z",
    re.IGNORECASE,
)
"""Words that a tag behind them belongs to when it is the last word."""


def is_prose(tag: str, before: str, after: str) -> bool:
    """Whether a tag without a colon or parentheses is a word of a sentence.

    Args:
        tag: the tag.
        before: the end of the line that goes on with it, empty when there is none.
        after: what follows on its line.
    """
    if GOES_ON.search(before.rstrip()) is not None or _THINGS.match(after) is not None:
        return True
    return tag in _SUBJECTS and "?" not in after and _VERBS.match(after) is not None


def is_mask(tag: str, after: str) -> bool:
    """Whether the tag stands for digits."""
    return tag == MASKING and _MASK.match(after) is not None


def begins_sentence(before: str) -> bool:
    """Whether a sentence has ended before a tag, or parentheses or a new part begin with it."""
    return _SENTENCE_END.search(before) is not None and _ABBREVIATION.search(before) is None


def is_governed(before: str, *, is_last: bool = False) -> bool:
    """Whether a tag belongs to the word before it, as in `all that is marked XXX` and `return TODO`."""
    found = _WORD_BEFORE.search(before)
    word = found["word"] if found is not None else ""
    if word.isupper() and len(word) > 1 and word != "END":
        return False
    return _GOVERNING.match(word) is not None or (is_last and _GOVERNING_LAST.match(word) is not None)


def is_example(before: str) -> bool:
    """Whether the words before a tag say that it is shown, not meant: `e.g. TODO: x`."""
    return _ABBREVIATION.search(before) is not None or _SHOWN.search(before) is not None


def is_label(tag: str, before: str, after: str) -> bool:
    """Whether all that stands before a tag on its line says who or what it is about: `KM: XXX Is it?`, `BB FIXME sort`.

    Args:
        tag: a tag without a colon.
        before: the whole line before it.
        after: what follows on its line.
    """
    label = _LABEL.fullmatch(before)
    if label is None or tag in _NOUNS or _EXAMPLE.match(label["word"]) is not None or _GOVERNING.match(label["word"]):
        return False
    if ":" in label["rest"]:
        return tag in _SUBJECTS or "?" in after or after.lstrip()[:1].isupper()
    return tag in _SUBJECTS and _INITIALS.match(label["word"]) is not None


def is_directive(before: str) -> bool:
    """Whether all that stands before a tag is for a checker or another tool."""
    return _DIRECTIVE.fullmatch(before) is not None


def is_named(before: str) -> bool:
    """Whether one word and a parenthesis stand before a tag: `jpeg(TODO)`."""
    return _NAMED.match(before) is not None


def is_subject(tag: str) -> bool:
    """Whether a tag is said of things as often as not, and hardly ever is a word of another meaning."""
    return tag in _SUBJECTS


def is_noun(tag: str) -> bool:
    """Whether a tag is an ordinary word, too."""
    return tag in _NOUNS


def is_apart(before: str) -> bool:
    """Whether something parts a tag from what stands before it: a colon, the end of a sentence, a dash, parentheses."""
    return _APART.search(before) is not None


def is_quoted(before: str) -> bool:
    """Whether a tag stands within quotation marks that are open before it."""
    return before.count('"') % 2 == 1 or before.count("`") % 2 == 1
