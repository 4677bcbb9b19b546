"""Workspaces of the regression tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from issuelens.workspace import initialise


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """An initialised workspace; its daemon has not been started."""
    root = tmp_path / "p"
    root.mkdir()
    initialise(root, "app")
    return root
