"""A workspace whose daemon stays until the end of the test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.cli import Place


@pytest.fixture
def place(tmp_path: Path, patient_daemon: None) -> Iterator[Place]:
    """A workspace and its command line."""
    one = Place(tmp_path / "p")
    yield one
    one.close()
