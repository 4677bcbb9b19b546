"""A real Neovim with its built-in client, set up as docs/user/editors/neovim.md says, against the real server."""

from __future__ import annotations

from pathlib import Path

from tests.support.editors import in_neovim, needs_neovim
from tests.support.workspaces import SOURCE, cli

pytestmark = needs_neovim


def test_a_todo_becomes_an_issue_and_is_closed_elsewhere(root: Path, tmp_path: Path) -> None:
    (root / "main.py").write_text(SOURCE)
    seen = in_neovim(
        root,
        """
        play.open("main.py", 7, 8)
        play.see("lenses", play.lenses)
        play.run_lens("Create issue")
        play.see("text", function() return play.text():find("TODO%(app%-") and play.text() end)
        local id = play.text():match("TODO%((app%-%w+)%)")
        play.tell("id", id)
        play.see("lens of the issue", function() return play.on_screen(id .. " · open · P2") end)
        play.at(7, 13)
        vim.lsp.buf.hover()
        play.see("hover", play.floating)
        play.issuelens("close", id)
        play.see("diagnostics", play.diagnostics)
        """,
        tmp_path,
    )
    assert seen["lenses"] == ["Create issue", "Create issue"]
    assert "round half up" in seen["hover"]
    assert seen["diagnostics"] == [f"{seen['id']} is closed: round half up"]
    assert "closed" in cli(root, "show", seen["id"])
