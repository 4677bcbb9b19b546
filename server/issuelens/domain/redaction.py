"""Takes secrets out of texts that are logged, told or reported: what a URL signs in with, tokens, passwords. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

MASK: Final = "***"
"""What stands in place of a secret."""

_WORD: Final = re.compile(r"\S+")
_AUTHORIZATION: Final = re.compile(
    r"""(\bauthorization["']?[ \t]*[:=][ \t]*["']?(?:(?:bearer|basic)[ \t]+)?)[^\s"',;]+""", re.IGNORECASE
)
_BEARER: Final = re.compile(r"(\bbearer[ \t]+)[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE)
_NAME: Final = r"(?:password|passwd|pwd|token|secret|api[_-]?key)"
_NAMED: Final = re.compile(
    rf"""({_NAME}(?:["'][ \t]*[:=]|=)[ \t]*["']?)((?<=")[^"\n]*|(?<=')[^'\n]*|[^\s&,;"')}}\]]+)""", re.IGNORECASE
)
_SECRET_NAME: Final = re.compile(rf"{_NAME}|authorization", re.IGNORECASE)


def redacted(text: str, secrets: Collection[str] = ()) -> str:
    """The text without secrets; given again, it stays as it is.

    Args:
        text: of any length and content.
        secrets: further texts to take out, such as a token that this process has made.

    Returns:
        The text in which `***` stands for the user part of a URL (`scheme://user:password@host`, RFC 3986, 3.2.1; up
        to the last @ of the word, since passwords are pasted unescaped), for a bearer token, for what an Authorization
        header carries, and for the values of password, token, secret and API key in `name=value` and in JSON.
    """
    for secret in secrets:
        if secret:
            text = text.replace(secret, MASK)
    if "://" in text and "@" in text:
        text = _WORD.sub(_without_user, text)
    text = _AUTHORIZATION.sub(rf"\1{MASK}", text)
    text = _BEARER.sub(rf"\1{MASK}", text)
    return _NAMED.sub(rf"\1{MASK}", text)


def names_secret(name: str) -> bool:
    """Whether what has this name is a secret whatever it looks like."""
    return _SECRET_NAME.search(name) is not None


def _without_user(word: re.Match[str]) -> str:
    """A word, without what stands between its first :// and its last @; a name such as @person in a path is none."""
    text = word[0]
    begin, end = text.find("://"), text.rfind("@")
    is_user = 0 <= begin < end and (text[end - 1] != "/" or not {"@", ":"}.isdisjoint(text[begin + 3 : end]))
    return f"{text[: begin + 3]}{MASK}{text[end:]}" if is_user else text
