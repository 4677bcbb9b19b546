"""How git starts the merge driver."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Final

import issuelens
from issuelens.domain.errors import Refused
from issuelens.process import PYTHON

_WORDS: Final = ("-m", "issuelens", "merge-driver", "%O", "%A", "%B", "%P")


def driver_command() -> str:
    """The command that git runs, by `sh`, wherever git itself was started: this Python and this Issuelens.

    Raises:
        Refused: when this Python does not know where it is.
    """
    program, *options = PYTHON
    if not program:
        raise Refused("This Python does not know its own path, so git could not start it.")
    words = [_quoted(Path(program).as_posix()), *options, *_WORDS]
    library = Path(issuelens.__file__).parents[1]
    if str(library) in os.environ.get("PYTHONPATH", "").split(os.pathsep):
        # Such as in an editor's extension: another process would not find us without it.
        words = [f"PYTHONPATH={_quoted(library.as_posix())}", *words]
    return " ".join(words)


def _quoted(path: str) -> str:
    # git replaces `%O` and the like before the shell sees them.
    return shlex.quote(path).replace("%", "%%")
