"""Every marker file (see tests/support/features.py) is answered as it says. All of a feature share an editor."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

import pytest
from tests.support.features import UPDATE, answered, answers_of, opened
from tests.support.lsp import capabilities, editor
from tests.support.workspaces import cli

HERE = Path(__file__).parent
FEATURES = sorted(path.stem for path in (HERE / "answers").glob("*.py"))


@pytest.mark.parametrize("feature", FEATURES)
async def test_marker_files(
    feature: str, tmp_path: Path, patient_daemon: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISSUELENS_ACTOR", "dora")
    cases = sorted((HERE / feature).glob("*.md"))
    assert cases, f"{feature} has no marker files"
    root = tmp_path / "p"
    root.mkdir()
    cli(root, "init", "--prefix", "app")
    cli(root, "import", str(HERE / "issues.jsonl"))
    cli(root, "merge", "app-4g5h", "--into", "app-1a2b")
    cli(root, "delete", "app-5j6k", "--reason", "Dropped.")
    wrong = []
    async with editor(root, offered=capabilities(pull=feature == "workspace_diagnostics")) as one:
        answers = answers_of(feature)
        # Until the daemon has read the files that were there.
        await one.request("issuelens/listTodos", {})
        for case in cases:
            text = case.read_text()
            place = opened(one, root / case.stem, text)
            # Until what is open counts among the places of issues.
            await one.request("issuelens/listTodos", {})
            now = await answered(place, text, answers)
            for uri in place.uris.values():
                one.close(uri)
            if now != text and os.environ.get(UPDATE):
                case.write_text(now)
            elif now != text:
                changes = difflib.unified_diff(text.splitlines(), now.splitlines(), case.name, "answered", lineterm="")
                wrong.append("\n".join(changes))
    cli(root, "daemon", "stop")
    assert not wrong, "\n\n".join(wrong)
