"""What marketplaces, trust, remote windows and quiet people need of package.json."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
MANIFEST: dict[str, Any] = json.loads((ROOT / "package.json").read_text())
TEXTS: dict[str, str] = json.loads((ROOT / "package.nls.json").read_text())
CONTRIBUTES: dict[str, Any] = MANIFEST["contributes"]
PAGE = (ROOT / "vscode-client" / "README.md").read_text()
CATEGORIES = {"Linters", "Other", "SCM Providers", "Visualization"}
"""Those of the marketplace that fit."""
KEYWORDS = 30
"""The marketplace takes no more."""
ICON_SIDE = 128


def text_of(name: str) -> str:
    return TEXTS[name.strip("%")]


def test_it_runs_where_the_files_are_and_needs_no_other_extension() -> None:
    assert MANIFEST["extensionDependencies"] == []
    assert MANIFEST["extensionKind"] == ["workspace"]
    assert "extensionPack" not in MANIFEST
    assert "*" not in MANIFEST["activationEvents"]


def test_what_is_declined_has_its_reason() -> None:
    trust, virtual = MANIFEST["capabilities"]["untrustedWorkspaces"], MANIFEST["capabilities"]["virtualWorkspaces"]
    assert "no language server is started" in text_of(trust["description"])
    assert virtual["supported"] is False
    assert "files" in text_of(virtual["description"])


def test_marketplaces_find_what_they_ask_for() -> None:
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]*", MANIFEST["publisher"])
    assert MANIFEST["license"] == "MIT"
    assert (ROOT / "LICENSE").read_text().startswith("MIT License")
    assert set(MANIFEST["categories"]) == CATEGORIES
    assert 0 < len(set(MANIFEST["keywords"])) == len(MANIFEST["keywords"]) <= KEYWORDS
    assert re.fullmatch(r"#[0-9a-f]{6}", MANIFEST["galleryBanner"]["color"])
    assert MANIFEST["galleryBanner"]["theme"] in ("dark", "light")
    # A first version is a preview.
    assert MANIFEST["preview"] is MANIFEST["version"].startswith("0.")


def test_the_icon_is_a_picture_of_the_size_that_is_shown() -> None:
    content = (ROOT / MANIFEST["icon"]).read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", content[16:24])
    assert width == height >= ICON_SIDE


def test_without_an_address_nothing_leads_to_one() -> None:
    # There is no repository on the network: no page, picture or form may point to one.
    assert not {"repository", "bugs", "homepage"} & set(MANIFEST)
    assert MANIFEST["qna"] is False
    assert re.findall(r"\]\((?!command:)|<img|<a ", PAGE) == []


def test_it_says_that_it_sends_nothing_and_has_no_way_to() -> None:
    assert "no telemetry" in text_of(MANIFEST["description"])
    assert "no telemetry" in PAGE
    sources = "\n".join(path.read_text() for path in sorted((ROOT / "vscode-client" / "src").rglob("*.ts")))
    ways = r"TelemetryLogger|\bfetch\(|XMLHttpRequest|WebSocket|node:(?:https?|http2|net|tls|dgram|dns)\b|sendBeacon"
    assert re.findall(ways, sources) == []


def test_settings_stand_in_sections_with_a_title_and_an_order() -> None:
    sections = CONTRIBUTES["configuration"]
    assert len(sections) > 3
    assert [section["order"] for section in sections] == list(range(len(sections)))
    titles = [text_of(section["title"]) for section in sections]
    assert len(set(titles)) == len(titles)
    for section in sections:
        assert section["properties"], section["title"]
        orders = [one["order"] for one in section["properties"].values()]
        assert orders == list(range(len(orders))), section["title"]
        for name, one in section["properties"].items():
            assert len(text_of(one["markdownDescription"])) > 20, name


def test_what_differs_between_folders_can_be_set_for_each() -> None:
    scopes = {name: one["scope"] for each in CONTRIBUTES["configuration"] for name, one in each["properties"].items()}
    assert {name for name, scope in scopes.items() if scope == "resource"} == {
        name for name in scopes if name.startswith("issuelens.work.")
    }
    # Anything else is about the window, or (what runs the server) about the machine.
    assert set(scopes.values()) == {"resource", "window", "machine-overridable"}


@pytest.mark.parametrize("key", CONTRIBUTES["keybindings"], ids=lambda one: one["command"])
def test_keys_count_only_where_they_are_meant(key: dict[str, str]) -> None:
    assert re.search(r"editorTextFocus|focusedView ==", key["when"])


def test_commands_are_offered_only_where_they_can_be_done() -> None:
    conditions = {one["command"]: one["when"] for one in CONTRIBUTES["menus"]["commandPalette"]}
    always = {one["command"] for one in CONTRIBUTES["commands"]} - set(conditions)
    # What helps when nothing works, and what opens a folder itself.
    assert always == {
        f"issuelens.{name}" for name in ("restartServer", "showLogs", "copyDebugInformation", "openSample")
    }
