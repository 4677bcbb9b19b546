"""Every rule has its section on the page to which its code links."""

from __future__ import annotations

import re

from issuelens.domain import config
from issuelens.lsp.diagnostic_shapes import RULES


def test_every_rule_has_a_section() -> None:
    told = set(re.findall(r"^## ([a-z-]+)$", RULES.read_text(), re.MULTILINE))
    assert told == set(config.RULES) | {"invalid-config", "invalid-document", "invalid-line"}
