"""Lines that can't be read are put aside: in a file that the work of an import owns, and that no other one touches."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from issuelens.domain.errors import Refused
from issuelens.domain.imports import Unreadable
from issuelens.files import PART, remedy, sync_folder
from issuelens.ordinary import make_private_folder

NAME_BYTES: Final = 120
"""Bytes of an imported file's name in that of its lines; names of files have 255 at most."""


class Aside:
    """The file of lines that can't be read, written as they come.

    It is named after the imported file and its own content, so that the same lines have the same file, and other lines
    another one.

    Args:
        folder: where it is; made when it is needed.
        name: of the imported file.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self._digest = hashlib.sha256(name.encode("utf-8", "surrogatepass"))
        self._file: Any = None
        self._temporary = folder
        self._made: Path | None = None

    def put(self, one: Unreadable) -> None:
        """Adds a line: its number, the reason, and its text (undecodable bytes as lone surrogates).

        Raises:
            Refused: when it can't be written.
        """
        line = json.dumps({"line": one.line, "reason": one.reason, "text": one.text}).encode() + b"\n"
        with self._told():
            if self._file is None:
                make_private_folder(self._folder)
                descriptor, name = tempfile.mkstemp(dir=self._folder, prefix=".", suffix=PART)
                self._file, self._temporary = os.fdopen(descriptor, "wb"), Path(name)
            # Not the number: lines that stay in issues.jsonl stand elsewhere the next time, and are the same.
            self._digest.update(json.dumps([one.reason, one.text]).encode())
            self._file.write(line)

    def keep(self) -> str | None:
        """Makes it permanent, before the import is committed; its path, or None when there was nothing.

        Raises:
            Refused: when it can't be written.
            StorageError: when its disk can't keep it.
        """
        if self._file is None:
            return None
        path = self._folder / f"{self._beginning()}.{self._digest.hexdigest()[:16]}.jsonl"
        with self._told():
            self._file.flush()
            os.fsync(self._file.fileno())
            is_new = not path.is_file()
            self._temporary.replace(path)
            self._made = path if is_new else None
            sync_folder(path)
        self._file.close()
        self._file = None
        return str(path)

    def discard(self) -> None:
        """Removes what was not kept. It can be called again."""
        if self._file is not None:
            file, self._file = self._file, None
            self._temporary.unlink(missing_ok=True)
            with self._told():
                file.close()

    def withdraw(self) -> None:
        """Removes what was kept for an import that could not be committed; not what an earlier one had put aside."""
        if self._made is not None:
            self._made.unlink(missing_ok=True)

    def _beginning(self) -> str:
        plain = Path(self._name).name.encode("utf-8", "replace")[:NAME_BYTES].decode("utf-8", "ignore")
        return "".join(one if one.isprintable() else "_" for one in plain)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise Refused(
                f"Lines that can't be read could not be put aside: {self._folder} can't be written "
                f"({error.strerror}). Nothing was changed.{remedy(error)}"
            ) from error
