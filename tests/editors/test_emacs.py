"""A real Emacs with Eglot, set up as docs/user/editors/emacs.md says, against the real server."""

from __future__ import annotations

import json
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
    assert seen["diagnostics"] == [f"issuelens [closed-todo]: {seen['id']} is closed: round half up"]
    assert "closed" in cli(root, "show", seen["id"])


def test_ids_are_completed_followed_and_renamed(root: Path, tmp_path: Path) -> None:
    first, second = (str(json.loads(cli(root, "create", title, "--json"))["id"]) for title in ("Round up", "Taxes"))
    (root / "main.py").write_text(f"# TODO({first}): a\n# see {first}\n# see #\n# TODO: third\n# see app-zzzz9\n")
    (root / "other.py").write_text(f"# also {first}\n")
    seen = in_emacs(
        root,
        f"""
        (play-open "main.py" 3 7)
        (play-see "diagnostics" #'play-diagnostics)
        (play-tell "completed"
          (vconcat (all-completions "" (nth 2 (eglot-completion-at-point)))))
        (play-at 2 8)
        (play-tell "references"
          (vconcat (mapcar (lambda (one)
                             (let ((where (xref-item-location one)))
                               (format "%s:%s" (file-name-nondirectory (xref-location-group where))
                                       (xref-location-line where))))
                           (xref-backend-references 'eglot (xref-backend-identifier-at-point 'eglot)))))
        (play-at 4 4)
        (play-act "Create issue")
        (play-see "created" (lambda () (and (string-match "TODO(\\\\(app-[0-9a-z]+\\\\)): third" (play-text))
                                            (match-string 1 (play-text)))))
        (play-at 2 8)
        (play-choose "Only the references")
        ;; Eglot tells of the edit above when nobody types for a moment.
        (eglot--signal-textDocument/didChange)
        (eglot-rename "{second}")
        (play-see "renamed" (lambda () (and (string-search "see {second}" (play-text)) (play-text))))
        (play-at 1 9)
        (eglot--signal-textDocument/didChange)
        (xref-find-definitions (xref-backend-identifier-at-point 'eglot))
        (play-see "document" (lambda () (and (string-search "edit/{second}.md" buffer-file-name) (play-text))))
        """,
        tmp_path,
    )
    assert any("There is no issue app-zzzz9 in this workspace." in one for one in seen["diagnostics"])
    assert any(first in one for one in seen["completed"])
    assert sorted(seen["references"]) == sorted([f"{first}.md:1", "main.py:1", "main.py:2", "other.py:1"])
    assert seen["renamed"].count(second) == 2
    assert "title: Taxes" in seen["document"]
