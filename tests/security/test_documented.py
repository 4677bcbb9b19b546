"""docs/security.md claims what a test shows, and each test here shows what it claims."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
DEFINED = re.compile(r"^(?:async )?def (test_\w+)\(", re.MULTILINE)


def defined_in(path: Path) -> set[str]:
    return set(DEFINED.findall(path.read_text(encoding="utf-8")))


def test_each_claim_has_its_test_and_each_test_its_claim() -> None:
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    here = {name for path in HERE.glob("test_*.py") if path != Path(__file__) for name in defined_in(path)}
    assert set(re.findall(r"`(test_\w+)`", text)) == here
    for path, name in re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", text):
        assert name in defined_in(ROOT / path)
    for path in re.findall(r"`(vscode-client/test/[\w.]+)`", text):
        assert (ROOT / path).is_file()
