"""A workspace for an editor, and `issuelens` on the path as a person has it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.workspaces import cli


@pytest.fixture
def root(tmp_path: Path, patient_daemon: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An initialised workspace without files. Its daemon is stopped at the end."""
    folder = tmp_path / "p"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    cli(folder, "init", "--prefix", "app")
    yield folder
    cli(folder, "daemon", "stop")
