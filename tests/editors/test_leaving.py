"""What is left of the server and the daemon when an editor has been closed: nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import psutil
import pytest
from tests.support.editors import in_emacs, in_neovim, needs_emacs, needs_neovim
from tests.support.workspaces import SOURCE, cli

GRACE_SECONDS: Final = 30
Editor = Callable[[Path, str, Path], dict[str, Any]]
NEOVIM: Final = """
play.open("main.py", 7, 8)
play.see("lenses", play.lenses)
play.tell("daemon", vim.json.decode(table.concat(vim.fn.readfile(".issues/daemon.json"))).pid)
play.tell("servers", vim.api.nvim_get_proc_children(vim.fn.getpid()))
"""
EMACS: Final = """
(play-open "main.py" 7 8)
(play-see "lenses" (lambda () (play-ask :textDocument/codeLens (list :textDocument (eglot--TextDocumentIdentifier)))))
(play-tell "daemon" (with-temp-buffer
                      (insert-file-contents ".issues/daemon.json")
                      (plist-get (json-parse-buffer :object-type 'plist) :pid)))
(play-tell "servers" (vector (process-id (jsonrpc--process (eglot-current-server)))))
"""


@pytest.mark.parametrize(
    ("editor", "scenario"),
    [
        pytest.param(in_neovim, NEOVIM, marks=needs_neovim, id="neovim"),
        pytest.param(in_emacs, EMACS, marks=needs_emacs, id="emacs"),
    ],
)
def test_the_server_and_the_daemon_leave(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, editor: Editor, scenario: str
) -> None:
    (root / "main.py").write_text(SOURCE)
    # The editor starts a daemon of its own, which leaves soon after its last client.
    cli(root, "daemon", "stop")
    monkeypatch.setenv("ISSUELENS_IDLE_SECONDS", "0.3")
    seen = editor(root, scenario, tmp_path)
    assert seen["servers"]
    started = [int(seen["daemon"]), *seen["servers"]]
    left = [psutil.Process(pid) for pid in started if psutil.pid_exists(pid)]
    assert psutil.wait_procs(left, timeout=GRACE_SECONDS)[1] == []
    assert [path for path in Path(os.environ["XDG_RUNTIME_DIR"]).rglob("*") if path.is_socket()] == []
    assert not (root / ".issues" / "daemon.json").exists()
