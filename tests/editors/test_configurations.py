"""The set-ups of editors that are not driven: what stands in their pages is what those editors document."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any, Final

from tests.support.editors import PAGES, block

HELIX_SERVER: Final = {"command", "args", "config", "timeout", "environment", "required-root-patterns"}
"""The book of Helix, "Languages", language server configuration."""
HELIX_LANGUAGE: Final = {"name", "language-id", "scope", "file-types", "roots", "auto-format", "language-servers"}
"""The same page, language configuration; those that such a set-up may have."""
SUBLIME_CLIENT: Final = {"enabled", "command", "env", "settings", "initializationOptions", "selector"}
"""The documentation of Sublime's LSP, "Client Configuration"."""
KATE_SERVER: Final = {"command", "root", "url", "rootIndicationFileNames", "highlightingModeRegex", "settings"}
"""What the settings.json of Kate's LSP client uses."""
COMMAND: Final = ["issuelens", "lsp"]


def test_helix() -> None:
    found = tomllib.loads(block("helix.md", "toml"))
    assert set(found) == {"language-server", "language"}
    servers: dict[str, Any] = found["language-server"]
    assert set(servers) == {"issuelens"}
    assert set(servers["issuelens"]) <= HELIX_SERVER
    assert [servers["issuelens"]["command"], *servers["issuelens"]["args"]] == COMMAND
    for language in found["language"]:
        assert set(language) <= HELIX_LANGUAGE
        assert "issuelens" in language["language-servers"]


def test_sublime() -> None:
    clients = json.loads(block("sublime.md", "json"))["clients"]
    assert set(clients) == {"issuelens"}
    assert set(clients["issuelens"]) <= SUBLIME_CLIENT
    assert clients["issuelens"]["enabled"] is True
    assert clients["issuelens"]["command"] == COMMAND


def test_kate() -> None:
    servers = json.loads(block("kate.md", "json"))["servers"]
    assert servers
    for name, server in servers.items():
        assert set(server) <= KATE_SERVER
        assert server["command"] == COMMAND
        assert re.search(server["highlightingModeRegex"], name.title())


def test_the_command_of_every_page_is_installed() -> None:
    assert (Path(sys.executable).parent / COMMAND[0]).exists()
    assert "`issuelens lsp`" in (PAGES / "jetbrains.md").read_text()
