"""A workspace whose code is looked at."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.code import Code, code_of


@pytest.fixture
async def code(tmp_path: Path) -> AsyncIterator[Code]:
    async with code_of(tmp_path / "p") as one:
        yield one
