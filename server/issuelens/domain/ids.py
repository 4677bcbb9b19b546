"""Issue ids: how they are made, and what their parts are."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from issuelens.domain.errors import InvalidField

_BASE36: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)*\Z")


def checked_prefix(prefix: str) -> str:
    """The prefix of a workspace's ids, for instance `app`.

    Raises:
        InvalidField: when it is not letters, digits, `_` and inner `-`, beginning with a letter, at most 40 characters.
    """
    if len(prefix) > 40 or not _PREFIX.match(prefix):
        raise InvalidField(
            "prefix",
            f"{prefix!r} can't begin an id; use letters, digits and inner dashes, beginning with a letter",
        )
    return prefix


def prefix_from_name(name: str) -> str:
    """A prefix made from a folder's name; `issue` when nothing of it can be used."""
    parts = [part for part in re.split(r"[^A-Za-z0-9]+", name.lower()) if part]
    prefix = "-".join(parts).lstrip("0123456789-")[:20].rstrip("-")
    return prefix or "issue"


def id_length(count: int) -> int:
    """How long the hash of a new id should be (4 to 8) in a workspace of `count` issues.

    The length keeps the chance that a new id meets an existing one below about 1 %.
    """
    length = 4
    while length < 8 and count * 100 > 36**length:
        length += 1
    return length


def new_id(prefix: str, seed: bytes, length: int) -> str:
    """An id such as `app-1a2b`, the same for the same arguments. Its hash has a digit, so that no word looks like one.

    Args:
        prefix: the workspace's prefix.
        seed: what makes it unlike others; random bytes.
        length: of the base36 hash, 4 to 8.
    """
    attempt = 0
    while True:
        digest = hashlib.sha256(seed + attempt.to_bytes(4, "big")).digest()
        hash_text = _base36(int.from_bytes(digest[:8], "big"), length)
        if any(character.isdigit() for character in hash_text):
            return f"{prefix}-{hash_text}"
        attempt += 1


def _base36(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 36)
        digits.append(_BASE36[digit])
    return "".join(digits)


def prefix_of(issue_id: str) -> str:
    """The part of an id before its last dash: `app` of `app-1a2b.1`."""
    return issue_id.rpartition("-")[0]
