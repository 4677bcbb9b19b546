"""What is looked for in a workspace's files, and in which of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from issuelens.domain.limits import SIZE_DEFAULT

if TYPE_CHECKING:
    from issuelens.domain.config import TodoConfig

FORMAT: Final = 2
"""Grows when the same text may give other findings than before: stored findings of another format are read anew."""
SIZE_LIMIT: Final = SIZE_DEFAULT
"""Bytes; a larger file is passed over where nothing else is said."""


class ScanSettings(NamedTuple):
    """What counts. `tags` are in capitals, `exclude` has patterns as in .gitignore, relative to the root.

    `plain_text` says that files of no known language are read, too: a tag at the beginning of a line counts there.
    """

    tags: tuple[str, ...]
    prefixes: frozenset[str] = frozenset()
    exclude: tuple[str, ...] = ()
    plain_text: bool = False
    size_limit: int = SIZE_LIMIT

    @property
    def fingerprint(self) -> str:
        """Differs when the same files may give other findings."""
        return json.dumps({"format": FORMAT, **self.to_json()}, sort_keys=True, ensure_ascii=True)

    def to_json(self) -> dict[str, Any]:
        """The settings as plain values."""
        return {
            "tags": list(self.tags),
            "prefixes": sorted(self.prefixes),
            "exclude": list(self.exclude),
            "plain_text": self.plain_text,
            "size_limit": self.size_limit,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> ScanSettings:
        """The settings that `to_json` gave."""
        return cls(
            tags=tuple(value["tags"]),
            prefixes=frozenset(value["prefixes"]),
            exclude=tuple(value["exclude"]),
            plain_text=value["plain_text"],
            size_limit=value["size_limit"],
        )


def scan_settings(config: TodoConfig, prefixes: Collection[str]) -> ScanSettings:
    """What the [todos] of config.toml mean, with the prefixes that begin an id in the workspace."""
    return ScanSettings(
        tags=config.tags,
        prefixes=frozenset(prefixes),
        exclude=config.exclude,
        plain_text=config.plain_text,
        size_limit=config.size_limit,
    )
