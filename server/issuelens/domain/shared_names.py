"""The names of what git carries below `.issues/`, as paths from there with slashes. Pure."""

from __future__ import annotations

from typing import Final

WHOLE: Final = "issues.jsonl"
"""The file that has all tracked issues."""
SHARDS: Final = tuple(f"issues/{number:02x}.jsonl" for number in range(256))
"""The files that share them in a larger workspace."""
_SHARED: Final = frozenset((WHOLE, *SHARDS))


def is_shared(name: str) -> bool:
    """Whether a path below `.issues/` is that of a file of tracked issues."""
    return name in _SHARED


def is_carried(name: str) -> bool:
    """Whether a path below `.issues/` is that of a file that `sync` commits; templates are left to who writes them."""
    return is_shared(name) or name in ("config.toml", ".gitignore")
