"""A scan that goes on for a while: what it has found so far is stored and told."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.code import code_of

from issuelens.daemon import code_index

FILES = 2_000


async def test_a_first_scan_tells_what_it_has_found_so_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_index, "CHANGES_SECONDS", 0)
    async with code_of(tmp_path / "p") as code:
        for number in range(FILES):
            code.file(f"{number}.py", f"# TODO: {number}\n")
        await code.index.current()
        told = [paths for paths, _ in code.listener.changes()]
        named = [path for paths in told if paths is not None for path in paths]
        assert None not in told
        assert len(told) > 1
        assert sorted(named) == sorted(f"{number}.py" for number in range(FILES)), "each is told once"
        assert len(await code.todos()) == FILES
        await code.index.current()
        assert code.listener.changes() == []
