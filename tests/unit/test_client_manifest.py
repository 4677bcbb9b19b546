"""What package.json says is what is there: commands, texts, settings, and their page."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from attrs import fields

from issuelens.domain.config import RULES, Config
from issuelens.lsp.settings import read_settings

ROOT = Path(__file__).resolve().parents[2]
CLIENT = ROOT / "vscode-client"
MANIFEST: dict[str, Any] = json.loads((ROOT / "package.json").read_text())
CONTRIBUTES: dict[str, Any] = MANIFEST["contributes"]
SETTINGS: dict[str, dict[str, Any]] = {
    name: one for section in CONTRIBUTES["configuration"] for name, one in section["properties"].items()
}
BUNDLE = CLIENT / "l10n" / "bundle.l10n.json"
_TRANSLATED = re.compile(r"""\bt\(\s*(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`([^`$\\]*)`)""")


def sources() -> str:
    return "\n".join(path.read_text() for path in sorted((CLIENT / "src").rglob("*.ts")))


def test_texts_of_the_client_can_be_translated() -> None:
    found = {"".join(one).replace("\\'", "'") for one in _TRANSLATED.findall(sources())}
    pages = (CLIENT / "webview" / "texts.ts").read_text()
    found |= set(re.findall(r"^  \w+: '([^'\n]*)',$", pages, re.MULTILINE))
    if os.environ.get("UPDATE_L10N"):
        BUNDLE.write_text(json.dumps({text: text for text in sorted(found)}, indent=2, ensure_ascii=False) + "\n")
    bundle = json.loads(BUNDLE.read_text())
    assert bundle == {text: text for text in found}, "UPDATE_L10N=1 writes it"


def test_menus_keys_and_steps_name_what_is_there() -> None:
    declared = {one["command"] for one in CONTRIBUTES["commands"]}
    named = [item.get("command") for items in CONTRIBUTES["menus"].values() for item in items]
    named += [one["command"] for one in CONTRIBUTES["keybindings"]]
    assert {one for one in named if one is not None} <= declared
    texts = json.loads((ROOT / "package.nls.json").read_text())
    for step in CONTRIBUTES["walkthroughs"][0]["steps"]:
        assert (ROOT / step["media"]["markdown"]).is_file()
        assert set(re.findall(r"\(command:([\w.]+)\)", texts[step["description"].strip("%")])) <= declared


def test_there_are_few_settings_and_each_is_read() -> None:
    assert len(SETTINGS) < 40
    text = sources()
    for name, one in SETTINGS.items():
        assert {"type", "default", "scope", "markdownDescription"} <= set(one), name
        *sections, leaf = name.split(".")
        if "default" in one.get("enum", ()):
            continue
        # vscode-languageclient reads this one itself.
        assert name == "issuelens.trace.server" or (f"'{leaf}'" in text and ".".join(sections) in text), name


def _nested(name: str, value: object) -> dict[str, Any]:
    section, leaf = name.removeprefix("issuelens.").split(".")
    return {section: {leaf: value}}


def test_settings_of_the_server_are_all_there_and_follow_config_toml() -> None:
    shown = ("code_lens", "inlay_hints", "semantic_tokens", "document_symbols")
    switches = {f"{section}.{one.name}" for section in shown for one in fields(type(getattr(Config(), section)))}
    wanted = {*switches, "diagnostics.workspace", *(f"diagnostics.{rule}" for rule in RULES)}
    names = {re.sub(r"[-_](\w)", lambda found: found[1].upper(), name) for name in wanted}
    servers = {name for name, one in SETTINGS.items() if "default" in one.get("enum", ())}
    assert servers == {f"issuelens.{name}" for name in names}
    for name in servers:
        assert SETTINGS[name]["default"] == "default"
        for word in SETTINGS[name]["enum"]:
            assert (read_settings(_nested(name, word)) == read_settings({})) == (word == "default"), (name, word)


def test_the_page_has_every_command_and_setting() -> None:
    page = (ROOT / "docs" / "user" / "vscode.md").read_text()
    texts = json.loads((ROOT / "package.nls.json").read_text())
    titles = {texts[one["title"].strip("%")] for one in CONTRIBUTES["commands"]}
    hidden = {one["command"] for one in CONTRIBUTES["menus"]["commandPalette"] if one.get("when") == "false"}
    for one in CONTRIBUTES["commands"]:
        if one["command"] not in hidden:
            assert texts[one["title"].strip("%")] in page, one["command"]
    assert titles
    for name in SETTINGS:
        assert f"`{name}`" in page, name


def test_the_bundle_takes_only_what_looks_at_versions_from_semver() -> None:
    # The shim in vscode-client/bundling says that VS Code is new enough: `engines` has to see to it.
    client = json.loads((ROOT / "node_modules" / "vscode-languageclient" / "package.json").read_text())
    assert MANIFEST["engines"]["vscode"] == client["engines"]["vscode"]


def test_the_bundle_needs_no_pattern_but_that_of_every_file() -> None:
    # The shim in vscode-client/bundling stands for minimatch: whoever names another pattern must take it out.
    server = "\n".join(path.read_text() for path in sorted((ROOT / "server" / "issuelens" / "lsp").rglob("*.py")))
    assert set(re.findall(r'"glob": "([^"]*)"', server)) == {"**/*"}
    assert "DocumentFilter" not in server
    assert re.findall(r"documentSelector: \[[^\]]*pattern", sources()) == []
    users = [
        str(path.relative_to(ROOT / "node_modules"))
        for path in sorted((ROOT / "node_modules" / "vscode-languageclient" / "lib").rglob("*.js"))
        if 'require("minimatch")' in path.read_text()
    ]
    common = "vscode-languageclient/lib/common"
    assert users == [f"{common}/fileOperations.js", f"{common}/utils/globPattern.js"]
