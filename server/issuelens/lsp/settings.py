"""What the user set in the editor. What is not set there follows config.toml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve, frozen

from issuelens.domain.config import CodeLensConfig, Config, DiagnosticConfig
from issuelens.domain.tags import Severity

_RULES = {
    "closedReference": "closed_reference",
    "unknownReference": "unknown_reference",
    "untrackedTodo": "untracked_todo",
}


@frozen(kw_only=True)
class Settings:
    """The editor's section `issuelens`; None and a missing rule mean "as in config.toml"."""

    code_lens: bool | None = None
    severities: tuple[tuple[str, Severity], ...] = ()


def read_settings(section: Any) -> Settings:
    """The settings in what the client sent; a value that is none of ours counts as not set."""
    if not isinstance(section, Mapping):
        return Settings()
    enabled = _within(section, "codeLens").get("enabled")
    chosen = []
    for name, value in _within(section, "diagnostics").items():
        if name in _RULES and isinstance(value, str) and value in tuple(Severity):
            chosen.append((_RULES[name], Severity(value)))
    return Settings(code_lens=enabled if isinstance(enabled, bool) else None, severities=tuple(chosen))


def _within(section: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = section.get(name)
    return value if isinstance(value, Mapping) else {}


def effective(config: Config, settings: Settings) -> tuple[CodeLensConfig, DiagnosticConfig]:
    """The settings that hold: the user's before the workspace's."""
    lens = config.code_lens
    if settings.code_lens is not None:
        lens = evolve(lens, enabled=settings.code_lens)
    return lens, evolve(config.diagnostics, **dict(settings.severities))
