"""Files of issues under a content filter (git-lfs, git-crypt), whose lines git does not have, are left alone."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Final

from issuelens.domain.errors import Refused
from issuelens.domain.plain import one_line
from issuelens.domain.shared_names import SHARDS, WHOLE
from issuelens.repository.looking import Checkout, Upstream
from issuelens.repository.running import Git

_NONE: Final = ("unspecified", "unset", "set")
"""What git says of a path without a filter (gitattributes(5)); `set` names none."""


def check_unfiltered(git: Git, checkout: Checkout) -> None:
    """Looks whether files of issues go into git as they are.

    Raises:
        Refused: when one goes through a filter.
    """
    found = _filtered(git, checkout)
    if found:
        path, name = found
        raise Refused(
            f"{path} goes through the filter {name}, so git does not have its lines, and they can't be merged. Nothing "
            f"was committed. Put `{_pattern(checkout)} -filter` at the end of .gitattributes, run "
            f"`git add --renormalize {checkout.directory}` and commit both, then sync again; or run "
            "`issuelens sync --no-git`."
        )


def check_unfiltered_there(git: Git, checkout: Checkout, upstream: Upstream, commit: str) -> None:
    """The same of a commit of others, by the .gitattributes in it.

    Raises:
        Refused: when a file of issues went through a filter.
    """
    with tempfile.TemporaryDirectory(prefix="issuelens-") as folder:
        env = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        git.run("read-tree", commit, env=env)
        found = _filtered(git, checkout, "--cached", env=env)
    if found:
        path, name = found
        raise Refused(
            f"{upstream.name} can't be merged: {path} goes through the filter {name} there, so git does not have its "
            f"lines. Nothing was merged or pushed. Have `{_pattern(checkout)} -filter` put at the end of "
            ".gitattributes there, and the files committed anew (`git add --renormalize`)."
        )


def _filtered(git: Git, checkout: Checkout, *words: str, env: dict[str, str] | None = None) -> tuple[str, str] | None:
    """The first file of issues with a filter, and its name."""
    paths = b"".join(os.fsencode(f"{checkout.directory}/{one}") + b"\0" for one in (WHOLE, *SHARDS))
    parts = git.run("check-attr", *words, "-z", "--stdin", "filter", given=paths, env=env).split(b"\0")
    pairs = ((os.fsdecode(path), os.fsdecode(value)) for path, value in zip(parts[::3], parts[2::3], strict=False))
    return next(((one_line(path), one_line(value)) for path, value in pairs if value not in _NONE), None)


def _pattern(checkout: Checkout) -> str:
    return f"{checkout.directory}/**"
