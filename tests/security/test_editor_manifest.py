"""What the VS Code client tells the editor of trust; what it decides itself is tested in vscode-client/test."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
NAMES = {"issuelens.work.branch", "issuelens.work.messagePrefix"}
"""What names a branch and begins a message; the server makes names of the first that git takes."""


def manifest() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "package.json").read_text())
    return found


def settings() -> dict[str, dict[str, Any]]:
    sections = manifest()["contributes"]["configuration"]
    return {name: one for section in sections for name, one in section["properties"].items()}


def test_trust_is_limited_and_virtual_workspaces_are_declined() -> None:
    capabilities = manifest()["capabilities"]
    assert capabilities["untrustedWorkspaces"]["supported"] == "limited"
    assert capabilities["virtualWorkspaces"]["supported"] is False
    assert manifest()["extensionKind"] == ["workspace"]


def test_each_setting_that_could_name_a_program_is_restricted() -> None:
    # One of free text, or a list or an object of it, could; one of given words, a number or a switch can't.
    free = {
        name
        for name, one in settings().items()
        if one["type"] not in ("boolean", "number", "integer") and "enum" not in one and name not in NAMES
    }
    assert free == {"issuelens.interpreter"}
    assert set(manifest()["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"]) == free
    assert {settings()[name]["scope"] for name in free} <= {"machine", "machine-overridable"}


def test_the_client_starts_processes_behind_its_decision_only() -> None:
    sources = {path.name: path.read_text() for path in (ROOT / "vscode-client" / "src").glob("*.ts")}
    starting = re.compile(r"\b(execFile|exec|spawn|fork|new LanguageClient|createTerminal|ShellExecution)\(")
    assert {name for name, text in sources.items() if starting.search(text)} == {"interpreter.ts", "server.ts"}
    # Both are reached through startNow, which asks first.
    body = sources["server.ts"].partition("private async startNow(): Promise<void> {")[2].partition("\n  }\n")[0]
    assert (
        body.index("reasonNotToStart")
        < body.index("return;")
        < body.index("this.find()")
        < body.index("this.startWith")
    )
    assert sources["server.ts"].count("this.startWith(") == 1
    assert sources["server.ts"].count("this.find(") == 1
    assert "eval(" not in "".join(sources.values())
    assert "isTrusted = true" not in "".join(sources.values())
