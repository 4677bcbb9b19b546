"""What the tracker's tests have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.tracking import fresh

from issuelens.storage.database import Database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A new database of the test's own."""
    one = fresh(tmp_path)
    yield one
    one.close()
