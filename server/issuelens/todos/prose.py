"""Which tags are words of a sentence: `the TODO list`, `TODO comments are found`, `all that is marked XXX`."""

from __future__ import annotations

import re
from typing import Final

GOES_ON: Final = re.compile(
    r"\b(?:the|an?|of|in|to|for|from|with|at|as|and|or|is|are|was|see|using|like|each|every|our|your|their|its|called|"
    r"named|via|than|contains?)"
    r"[ \t\"']*(?:(?://+|#+|/\*+|--|<!--|;+|%+)[ \t]*)?$",
    re.IGNORECASE,
)
"""The end of a line, or of what stands before a comment opener, behind which a sentence goes on."""
_THINGS: Final = re.compile(
    r"[ \t]+(?:"
    r"(?:lists|items|comments|markers|tags|entries|annotations|apps|applications|keywords|fixes|reports|trackers)\b"
    r"|(?:list|item|comment|marker|tag|entry|annotation|app|application|keyword|fix|report|tracker)\b"
    r"(?![ \t]+(?:the|an?|all|this|that|these|those|it|its|every|each|out|what|which|how|why|some|more|any|when|if)\b)"
    r"|(?:means|denotes|stands[ \t]for|refers|indicates|represents)\b)"
)
"""What makes a tag a name. Some are verbs, too: `TODO list the files`."""
_VERBS: Final = re.compile(r"[ \t]+(?:is|are|was|were|has|have|had)[ \t](?!(?:this|that|these|there|it|the|we)\b)")
_SUBJECTS: Final = frozenset({"TODO", "FIXME"})
"""Tags of which prose says something; XXX and its like begin a remark with a verb as often as not."""
_NOUNS: Final = frozenset({"BUG", "HACK"})
"""Tags that are ordinary words, too."""
_APART: Final = re.compile(r"(?:[:.!?;]|(?:^|\s)(?:--?|[–—]))[ \t]+$|\s\($")
_WORD_BEFORE: Final = re.compile(r"(?P<word>[\w']+)[ \t]+$")
_GOVERNING: Final = re.compile(
    r"(?:a|about|all|an|and|another|any|as|at|be|being|by|called?|calls|case|class|code|const|contains?|def|each|else|"
    r"enum|eg|e\.g|error|every|except|finds?|first|fn|for|format|from|func|function|goto|grep|had|has|have|holds?|if|"
    r"ignores?|import|in|into|is|issue|its|keyword|label|labelled|last|let|like|lists?|mark|marked|marks|match|matches|"
    r"means?|named|new|next|no|not|number|of|on|one|or|our|parses?|removes?|return|rfc|said|says?|see|skip|some|state|"
    r"strip|struct|tag|tagged|than|that|the|their|these|this|those|throw|to|type|under|use|used|uses|using|value|var|"
    r"version|via|was|were|with|without|words?|write|written|your)\Z",
    re.IGNORECASE,
)
"""Words that a tag behind them belongs to."""


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


def governs(word: str) -> bool:
    """Whether a tag behind this word is its object, as in `all that is marked XXX` and `return TODO`."""
    return _GOVERNING.match(word) is not None


def is_apart(before: str) -> bool:
    """Whether something parts a tag from what stands before it: a colon, the end of a sentence, a dash, parentheses."""
    return _APART.search(before) is not None


def is_remark(tag: str, before: str) -> bool:
    """Whether a tag as the last word of a comment is a remark about it, not the object of a sentence."""
    word = _WORD_BEFORE.search(before)
    return word is not None and tag not in _NOUNS and not governs(word["word"])
