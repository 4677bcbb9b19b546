"""What came into issues.jsonl from elsewhere is shown in the editor, which has seen the file change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.support.lsp import Editor, capabilities, editor
from tests.support.workspaces import cli, project

LINE = '{"id":"app-99x1","title":"pulled","updated_at":"2026-01-01T00:00:00Z"}\n'


async def sync_state(one: Editor) -> dict[str, Any]:
    """What the editor is told of the file and the database."""
    [workspace] = await one.request("issuelens/workspaces", {})
    return dict(workspace["sync"])


@pytest.mark.parametrize("watch", [True, False], ids=["by the editor", "by the server"])
async def test_what_was_pulled_is_shown(tmp_path: Path, watch: bool, patient_daemon: None) -> None:
    if not watch:
        pytest.importorskip("watchfiles")
    root = project(tmp_path / "p")
    cli(root, "config", "set", "sync.automatic", "true")
    async with editor(root, offered=capabilities(watch=watch)) as one:
        uri = one.open(root / "main.py", "# TODO(app-99x1): x\n")
        await one.todos()
        assert "pulled" not in str(await one.hover(uri, 0, 9))
        since = one.mark()
        jsonl = root / ".issues" / "issues.jsonl"
        jsonl.write_text(LINE)
        if watch:
            one.watched(jsonl)
        await one.hear("issuelens/didChangeIssues", lambda told: told.ids and "app-99x1" in told.ids, since=since)
        assert "pulled" in str(await one.hover(uri, 0, 9))
        since = one.mark()
        while (sync := await sync_state(one))["at"] is None or sync["running"]:
            mark = one.mark()
            await one.hear("issuelens/didChangeWorkspaces", since=since)
            since = mark
        assert (sync["problem"], sync["conflicts"]) == (None, 0)
    cli(root, "daemon", "stop")
