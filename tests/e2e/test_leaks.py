"""Opening, using and closing a workspace leaves nothing in the server; and a server that leaks is found out."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.workspaces import cli, project

from issuelens.editor_client.leaks import Counts, measured, slope


@pytest.mark.timeout(300)
async def test_cycles_leave_nothing(tmp_path: Path) -> None:
    counts = await measured(project(tmp_path / "p"), 100)
    assert counts.problems == []


# Loaded by the interpreter before the server: each keeps what the server should let go.
LEAKS = {
    "engines": """
import issuelens.storage.database as d
d.Reader.close = lambda self: None
""",
    "fds": """
import os, issuelens.lsp.session as s
close = s.Session.close
async def leaky(self):
    await close(self)
    os.open("/dev/null", os.O_RDONLY)
s.Session.close = leaky
""",
    "tasks": """
import asyncio, issuelens.lsp.session as s
close, kept = s.Session.close, []
async def leaky(self):
    await close(self)
    kept.append(asyncio.ensure_future(asyncio.Event().wait()))
s.Session.close = leaky
""",
    "threads": """
import threading, issuelens.lsp.session as s
close = s.Session.close
async def leaky(self):
    await close(self)
    threading.Thread(target=threading.Event().wait, daemon=True).start()
s.Session.close = leaky
""",
    "objects": """
import issuelens.lsp.session as s
close, kept = s.Session.close, []
async def leaky(self):
    await close(self)
    kept.extend([object()] for _ in range(50))
s.Session.close = leaky
""",
}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", LEAKS)
async def test_the_check_finds(tmp_path: Path, kind: str) -> None:
    hook = tmp_path / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(_only_in_the_server(LEAKS[kind]))
    counts = await measured(project(tmp_path / "p"), 20, {"PYTHONPATH": str(hook)})
    assert [one.partition(":")[0] for one in counts.problems if one.startswith(kind)] == [kind]


def _only_in_the_server(code: str) -> str:
    lines = "".join(f"    {line}\n" for line in code.strip().splitlines())
    return f"import sys\nif 'lsp' in sys.orig_argv:\n{lines}"


def test_the_command_tells_its_counters(tmp_path: Path) -> None:
    told = cli(tmp_path, "doctor", "--leaks", "--cycles", "10")
    assert "cycles                   10" in told
    assert told.endswith("nothing stayed\n")


def test_the_slope_is_not_moved_by_single_leaps() -> None:
    assert slope([(number, 100) for number in range(10)] + [(10, 9_000)]) == 0
    assert slope([(number, 100 + 3 * number) for number in range(10)]) == 3
    assert Counts(
        cycles=5000, sessions=0, tasks=0, fds=0, threads=0, engines=0, connections=0, objects_per_cycle=0,
        rss_anon_kb_per_cycle=159,
    ).problems == ["memory: 159.000 KB a cycle"]  # fmt: skip
