"""A real Neovim with its built-in client, set up as docs/user/editors/neovim.md says, against the real server."""

from __future__ import annotations

import json
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


def test_ids_are_completed_followed_and_renamed(root: Path, tmp_path: Path) -> None:
    first, second = (str(json.loads(cli(root, "create", title, "--json"))["id"]) for title in ("Round up", "Taxes"))
    (root / "main.py").write_text(f"# TODO({first}): a\n# see {first}\n# see #\n# TODO: third\n# see app-zzzz9\n")
    (root / "other.py").write_text(f"# also {first}\n")
    seen = in_neovim(
        root,
        f"""
        play.open("main.py", 3, 7)
        play.see("diagnostics", play.diagnostics)
        play.see("completed", play.completions)
        play.at(2, 8)
        vim.lsp.buf.references()
        play.see("references", function()
          local found = vim.tbl_map(function(item)
            return vim.fn.bufname(item.bufnr) .. ":" .. item.lnum
          end, vim.fn.getqflist())
          return #found > 2 and found
        end)
        vim.cmd("cclose")
        play.at(4, 4)
        play.choose("Create issue")
        vim.lsp.buf.code_action()
        play.see("created", function() return play.text():match("TODO%((app%-%w+)%): third") end)
        play.at(2, 8)
        play.answer("Only the references")
        vim.lsp.buf.rename("{second}")
        play.see("renamed", function() return play.text():find("see {second}", 1, true) and play.text() end)
        vim.cmd("silent write")
        play.at(1, 9)
        vim.lsp.buf.definition()
        play.see("document", function()
          return vim.api.nvim_buf_get_name(0):find("edit/{second}.md", 1, true) and play.text()
        end)
        vim.cmd("%s/^title: .*/title: Taxes of all kinds/")
        vim.cmd("silent write")
        play.wait("the issue to change", function()
          return play.issuelens("show", "{second}"):find("Taxes of all kinds")
        end)
        """,
        tmp_path,
    )
    assert seen["diagnostics"] == ["There is no issue app-zzzz9 in this workspace."]
    assert {first, second} <= set(seen["completed"])
    assert sorted(seen["references"]) == sorted([f".issues/edit/{first}.md:1", "main.py:1", "main.py:2", "other.py:1"])
    assert seen["renamed"].count(second) == 2
    assert "title: Taxes" in seen["document"]
    assert second in cli(root, "refs", second)
