"""Runs the merge driver where git did not: a .gitattributes tells it to merge files of issues otherwise."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from issuelens.domain.errors import Refused
from issuelens.domain.plain import one_line
from issuelens.process import PYTHON
from issuelens.repository.running import Git

SECONDS: Final = 120.0
_NAMES: Final = {1: "base", 2: "ours", 3: "theirs"}


def merged_by_hand(git: Git, path: str, contents: Mapping[int, bytes]) -> bytes:
    """A file of issues, merged.

    Args:
        git: at the top of the work tree.
        path: of the file, from there.
        contents: the versions by git's number: the common ancestor 1 (may be missing), ours 2, theirs 3.

    Raises:
        Refused: when it can't be merged.
    """
    with tempfile.TemporaryDirectory(prefix="issuelens-") as folder:
        files = {number: Path(folder) / name for number, name in _NAMES.items()}
        for number, content in contents.items():
            files[number].write_bytes(content)
        words = [*PYTHON, "-m", "issuelens", "merge-driver", *map(str, files.values()), path]
        try:
            subprocess.run(
                words, cwd=git.folder, env=git.environment(), capture_output=True, timeout=SECONDS, check=True
            )
        except subprocess.CalledProcessError as error:
            raise Refused(f"{path} can't be merged: {one_line(error.stderr.decode('utf-8', 'replace'))}") from error
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Refused(f"{path} can't be merged: {error}") from error
        return files[2].read_bytes()
