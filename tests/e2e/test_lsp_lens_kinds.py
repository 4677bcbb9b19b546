"""Which lenses are shown is set in config.toml, in the editor, and from where they are seen."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from tests.support.lsp import editor
from tests.support.workspaces import cli, cli_json, project


async def test_kinds_of_lenses(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    issue_id = (await cli_json(root, "create", "Round"))["id"]
    config = root / ".issues" / "config.toml"
    config.write_text(f"{config.read_text()}\n".replace("# references = false ", "references = true #"))
    async with editor(root) as one:
        uri = one.open(root / "main.py", f"# TODO: a\n# TODO({issue_id}): b\n\n# see {issue_id} and {issue_id}\n")
        title = f"{issue_id} · open · P2"
        assert await one.titles(uri) == ["Create issue", title, "Start", "Close", title]
        await one.run("hideLenses", {"kind": "tracked"})
        assert await one.titles(uri) == ["Create issue", title]
        told = await one.hear(types.WINDOW_SHOW_MESSAGE)
        assert told.message.endswith("For good: tracked = false in [code-lens] of config.toml.")
        await one.run("hideLenses", {"kind": "untracked"})
        assert await one.titles(uri) == [title]
        with pytest.raises(JsonRpcException, match="'all' is no kind of lenses"):
            await one.run("hideLenses", {"kind": "all"})
    cli(root, "daemon", "stop")
