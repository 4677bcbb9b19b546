"""Functions that every connection has: what SQLite itself can't say of a text."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any, Final

_WORD = re.compile(r"[^\W_]+")
_SIGN = re.compile(r"[^\w\s]|_")


def words_of(text: str) -> list[str]:
    """The words of a text as SQLite's tokenizer unicode61 finds them: without case and accents."""
    return _WORD.findall(_plain(text))


def has_signs(text: str) -> bool:
    """Whether it has other characters than letters, digits and spaces, which no index of words knows, or no word."""
    return _SIGN.search(text) is not None or not words_of(text)


class _Folded(dict[int, str]):
    """Each letter as the tokenizer folds it: Latin ones without accents, those of other scripts as they stand."""

    def __missing__(self, sign: int) -> str:
        base = unicodedata.normalize("NFD", chr(sign))[0]
        self[sign] = base if base.isascii() and base.isalpha() else chr(sign)
        return self[sign]


_FOLDED: Final = _Folded({0x3C2: "σ", **dict.fromkeys(range(0x300, 0x332), "")})


def _plain(text: str) -> str:
    return text.lower() if text.isascii() else text.lower().translate(_FOLDED)


def _has_words(wanted: str, *texts: str | None) -> bool:
    """Whether the words stand in one of the texts one after the other, the last one as a beginning.

    With signs, it must stand there to the letter, whatever the case and accents, from the beginning of a word.
    """
    if has_signs(wanted):
        # What is nothing but an accent is looked for as it is.
        fold = _plain if _plain(wanted).strip() else str
        return any(_has_literally(fold(wanted), fold(text)) for text in texts if text)
    phrase = words_of(wanted)
    return any(_has_phrase(phrase, _plain(text)) for text in texts if text)


def _has_literally(wanted: str, text: str) -> bool:
    at = text.find(wanted)
    if _WORD.match(wanted):
        while at > 0 and _WORD.match(text[at - 1]):
            at = text.find(wanted, at + 1)
    return at >= 0


def _has_phrase(phrase: list[str], text: str) -> bool:
    if phrase[-1] not in text:
        # Most texts end here, before they are taken apart.
        return False
    words = _WORD.findall(text)
    first = range(len(words) - len(phrase) + 1)
    return any(
        words[at : at + len(phrase) - 1] == phrase[:-1] and words[at + len(phrase) - 1].startswith(phrase[-1])
        for at in first
    )


def _has_value(metadata: str, key: str, wanted: str) -> bool:
    """Whether an object of JSON has this value under a key: a text as it stands, anything else as JSON writes it."""
    values = json.loads(metadata)
    if key not in values:
        return False
    value = values[key]
    return bool((value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)) == wanted)


FUNCTIONS: Final[tuple[tuple[str, int, Any], ...]] = (("has_words", -1, _has_words), ("has_value", 3, _has_value))
"""Name, number of arguments (-1: any), function."""
