"""Runs real editors, and reads what was seen in them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

HERE: Final = Path(__file__).resolve().parents[1] / "editors"
PAGES: Final = Path(__file__).resolve().parents[2] / "docs" / "user" / "editors"
DEADLINE_SECONDS: Final = 120
_PACKAGES: Final = """\
(require 'package)
(setq package-user-dir (expand-file-name "no-packages" temporary-file-directory))
(add-to-list 'package-directory-list "/usr/share/emacs/site-lisp/elpa")
(package-initialize)
"""
"""What -Q leaves out: the packages that are installed for everybody."""
needs_neovim = pytest.mark.skipif(shutil.which("nvim") is None, reason="Neovim is not installed")
needs_emacs = pytest.mark.skipif(shutil.which("emacs") is None, reason="Emacs is not installed")


def block(page: str, language: str, number: int = 0) -> str:
    """A code block of a page in docs/user/editors."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", (PAGES / page).read_text(), re.MULTILINE | re.DOTALL)
    return str(found[number])


def in_neovim(root: Path, scenario: str, tmp_path: Path) -> dict[str, Any]:
    """Plays a scenario with the set-up that the page tells; what was seen, by name.

    Args:
        root: the folder in which Neovim is started.
        scenario: Lua, the body of a function of `play` (see tests/editors/neovim.lua).
        tmp_path: where the files go that are made for it.
    """
    init, script, seen = tmp_path / "init.lua", tmp_path / "scenario.lua", tmp_path / "seen.jsonl"
    init.write_text(f"{block('neovim.md', 'lua')}\nvim.cmd('source {HERE / 'neovim.lua'}')\n")
    script.write_text(f"return function(play)\n{scenario}\nend\n")
    environment = {"ISSUELENS_SCENARIO": str(script), "ISSUELENS_SEEN": str(seen)}
    return _played(["nvim", "--headless", "-n", "-i", "NONE", "-u", str(init)], root, environment, seen)


def in_emacs(root: Path, scenario: str, tmp_path: Path) -> dict[str, Any]:
    """The same in Emacs.

    Args:
        root: the project.
        scenario: Lisp that calls the functions of tests/editors/emacs.el.
        tmp_path: where the files go that are made for it.
    """
    init, script, seen = tmp_path / "init.el", tmp_path / "scenario.el", tmp_path / "seen.jsonl"
    init.write_text(_PACKAGES + block("emacs.md", "elisp"))
    script.write_text(";; -*- lexical-binding: t -*-\n" + scenario)
    environment = {"ISSUELENS_SCENARIO": str(script), "ISSUELENS_SEEN": str(seen), "ISSUELENS_ROOT": str(root)}
    return _played(["emacs", "-Q", "--batch", "-l", str(init), "-l", str(HERE / "emacs.el")], root, environment, seen)


def _played(words: list[str], root: Path, environment: dict[str, str], seen: Path) -> dict[str, Any]:
    done = subprocess.run(
        words, cwd=root, env={**os.environ, **environment}, capture_output=True, text=True, timeout=DEADLINE_SECONDS
    )
    told = [json.loads(line) for line in seen.read_text().splitlines()] if seen.exists() else []
    found = {one["name"]: one["value"] for one in told}
    assert done.returncode == 0, f"{found.get('problem')}\n{done.stdout}\n{done.stderr}\n{found}"
    return found
