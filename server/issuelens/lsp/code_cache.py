"""What was found in a folder that has no `.issues/`, kept in the user's cache folder until the next start."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from attrs import define, frozen
from platformdirs import user_cache_path

from issuelens.files import written_atomically
from issuelens.ordinary import open_ordinary
from issuelens.todos.found import findings_from_row, findings_row
from issuelens.todos.index import Layer

logger = logging.getLogger(__name__)

FORMAT: Final = 1
SIZE_LIMIT: Final = 64_000_000
"""Bytes; what would be larger is not kept, and not read."""
KEPT_SECONDS: Final = 30 * 86_400
"""How long what was kept of a folder stays when the folder is gone."""
_LOOKED_AT: Final = 1_000
"""Files of the cache that are looked at for that, each time one is written."""


@frozen(kw_only=True)
class Remembered:
    """What is kept: the findings, and what a scan begins with that looks for changes only.

    `settings` is the fingerprint of what was looked for, `since` names files that were read after the snapshot.
    """

    settings: str
    snapshot: bytes
    since: tuple[str, ...]
    layer: Layer


@define(eq=False)
class CodeCache:
    """The file for one folder: lines of JSON, of which the first has a digest of the others."""

    root: Path

    @property
    def file(self) -> Path:
        """Where it is."""
        name = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:24]
        return cache_folder() / f"{name}.jsonl"

    def read(self, layer: Layer) -> Remembered | None:
        """What is kept, its findings in the layer given; None when there is nothing that can be used."""
        try:
            with open(self.file, "rb", opener=open_ordinary) as file:
                content = file.read(SIZE_LIMIT + 1)
        except OSError:
            return None
        try:
            return self._parsed(content, layer)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            logger.info("%s can't be used, so everything is read anew: %s", self.file, error)
            return None

    def _parsed(self, content: bytes, layer: Layer) -> Remembered:
        first, _, rest = content.partition(b"\n")
        head = json.loads(first)
        if head["format"] != FORMAT or head["root"] != _text(self.root) or head["digest"] != _digest(rest):
            raise ValueError("it is of another folder or format, or damaged")
        snapshot, *rows = rest.splitlines()
        for row in rows:
            layer.put(findings_from_row(json.loads(row)))
        since = tuple(map(str, head["since"]))
        return Remembered(settings=str(head["settings"]), snapshot=base64.b64decode(snapshot), since=since, layer=layer)

    def write(self, remembered: Remembered) -> None:
        """Keeps it, the whole of it or nothing. What can't be kept is read anew the next time."""
        try:
            rest = b"".join(_lines(remembered))
            head: dict[str, Any] = {"format": FORMAT, "root": _text(self.root), "settings": remembered.settings}
            head |= {"since": remembered.since, "digest": _digest(rest)}
            content = json.dumps(head).encode() + b"\n" + rest
            folder = self.file.parent
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if len(content) > SIZE_LIMIT:
                self.file.unlink(missing_ok=True)
                return
            # Worthless after a power cut: the digest tells.
            with written_atomically(self.file, 0o600, durable=False) as file:
                file.write(content)
            _remove_old(folder)
        except OSError as error:
            logger.info("what was found in %s can't be kept: %s", self.root, error)


def cache_folder() -> Path:
    """The folder with all of these files."""
    return user_cache_path("issuelens", appauthor=False) / "todos"


def _lines(remembered: Remembered) -> Iterator[bytes]:
    yield base64.b64encode(remembered.snapshot) + b"\n"
    for path in remembered.layer:
        yield json.dumps(findings_row(remembered.layer.of_file(path)), separators=(",", ":")).encode() + b"\n"


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def _text(path: Path) -> str:
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _remove_old(folder: Path) -> None:
    """Removes what was kept of folders that have been gone for long."""
    for path in _old(sorted(folder.glob("*.jsonl"))[:_LOOKED_AT]):
        path.unlink(missing_ok=True)


def _old(files: Sequence[Path]) -> Iterator[Path]:
    before = time.time() - KEPT_SECONDS
    for path in files:
        with suppress(OSError, ValueError, KeyError, TypeError):
            if path.stat().st_mtime > before:
                continue
            with open(path, "rb", opener=open_ordinary) as file:
                head = json.loads(file.readline(SIZE_LIMIT))
            if not Path(head["root"]).exists():
                yield path
