"""A real Emacs with Eglot, set up as docs/user/editors/emacs.md says, against the real server."""

from __future__ import annotations

from pathlib import Path

from tests.support.editors import in_emacs, needs_emacs
from tests.support.workspaces import SOURCE, cli

pytestmark = needs_emacs


def test_a_todo_becomes_an_issue_and_is_closed_elsewhere(root: Path, tmp_path: Path) -> None:
    (root / "main.py").write_text(SOURCE)
    seen = in_emacs(
        root,
        """
        (play-open "main.py" 7 8)
        (let* ((lenses (play-ask :textDocument/codeLens (list :textDocument (eglot--TextDocumentIdentifier))))
               (command (plist-get (aref lenses 0) :command)))
          (play-tell "lens" (plist-get command :title))
          (eglot-execute-command (eglot-current-server) (plist-get command :command) (plist-get command :arguments)))
        (play-see "text" (lambda () (and (string-search "TODO(app-" (play-text)) (play-text))))
        (let ((id (progn (string-match "TODO(\\\\(app-[0-9a-z]+\\\\))" (play-text)) (match-string 1 (play-text)))))
          (play-tell "id" id)
          (play-at 7 13)
          (play-tell "hover" (play-hover))
          (play-issuelens "close" id)
          (play-see "diagnostics" #'play-diagnostics))
        """,
        tmp_path,
    )
    assert seen["lens"] == "Create issue"
    assert "round half up" in seen["hover"]
    assert seen["diagnostics"] == [f"issuelens [closed-reference]: {seen['id']} is closed: round half up"]
    assert "closed" in cli(root, "show", seen["id"])
