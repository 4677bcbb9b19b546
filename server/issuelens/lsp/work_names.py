"""What a branch for an issue is called, and how the messages of its commits begin. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from issuelens.domain.errors import InvalidField
from issuelens.domain.issue import Issue

BRANCH: Final = "{id}-{title}"
"""How a branch is called when nobody says."""
MESSAGE: Final = "{id}: "
"""How a message begins when nobody says."""
TITLE_LIMIT: Final = 40
"""Characters of a title in a branch's name."""
NAME_LIMIT: Final = 200
"""Characters of a branch's name."""
PATTERN_LIMIT: Final = 200
"""Characters of a pattern."""
_PLACE = re.compile(r"\{(\w{0,20})\}")
# git-check-ref-format(1): no control signs, no blank, none of these.
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]+")


def filled_branch(pattern: str, issue: Issue, user: str) -> str:
    """The name of a branch, one that git takes.

    Args:
        pattern: a text with `{id}`, `{title}`, `{type}` and `{user}`.
        issue: what the branch is for.
        user: who works on it.

    Raises:
        InvalidField: when it has another word in braces, or is too long.
    """
    words = {
        "id": issue.id,
        "title": worded(issue.title),
        "type": worded(issue.issue_type),
        "user": worded(user),
    }
    name = _FORBIDDEN.sub("-", _filled("branch", pattern, words))
    # Neither may a part begin with a dot or end with .lock, nor the name hold "..", "@{" or "//".
    name = re.sub(r"\.{2,}|@\{", "-", name)
    parts = [_part(one) for one in name.split("/")]
    return "/".join(one for one in parts if one)[:NAME_LIMIT].rstrip("-./") or issue.id


def _part(text: str) -> str:
    part = text.strip("-.")
    while part.endswith(".lock"):
        part = part.removesuffix(".lock").rstrip("-.")
    return part


def filled_message(pattern: str, issue: Issue) -> str:
    """The beginning of a message.

    Args:
        pattern: a text with `{id}`, `{title}` and `{type}`.
        issue: what the commit is for.

    Raises:
        InvalidField: when it has another word in braces, or is too long.
    """
    title = " ".join(issue.title.split())
    return _filled("message", pattern, {"id": issue.id, "title": title, "type": issue.issue_type})


def _filled(name: str, pattern: str, words: Mapping[str, str]) -> str:
    if len(pattern) > PATTERN_LIMIT:
        raise InvalidField(name, f"it has more than {PATTERN_LIMIT} characters")
    for found in _PLACE.finditer(pattern):
        if found[1] not in words:
            known = ", ".join(f"{{{one}}}" for one in words)
            raise InvalidField(name, f"{found[0]} stands for nothing; known are {known}")
    return _PLACE.sub(lambda found: words[found[1]], pattern)


def worded(text: str) -> str:
    """The words of a text in lower case with hyphens between them, without accents; at most TITLE_LIMIT characters.

    Letters of other scripts stay: git takes them.
    """
    plain = "".join(one for one in unicodedata.normalize("NFKD", text[:500]) if not unicodedata.combining(one))
    words = re.findall(r"\w+", unicodedata.normalize("NFC", plain).casefold())
    kept = ""
    for word in words:
        longer = f"{kept}-{word}" if kept else word
        if len(longer) > TITLE_LIMIT:
            break
        kept = longer
    return kept or "-".join(words)[:TITLE_LIMIT]
