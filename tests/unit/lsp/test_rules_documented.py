"""Every rule has its section on the page to which its code links."""

from __future__ import annotations

import re

from attrs import fields

from issuelens.domain.config import DiagnosticConfig
from issuelens.lsp.features.diagnostics import RULES


def test_every_rule_has_a_section() -> None:
    told = set(re.findall(r"^## ([a-z-]+)$", RULES.read_text(), re.MULTILINE))
    rules = {one.name.replace("_", "-") for one in fields(DiagnosticConfig)}
    assert told == rules | {"invalid-config", "invalid-document", "invalid-line"}
