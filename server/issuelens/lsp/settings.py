"""What the user set in the editor. What is not set there follows config.toml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from attrs import evolve, fields, frozen

from issuelens.domain.config import (
    RULES,
    CodeLensConfig,
    Config,
    DiagnosticConfig,
    DocumentSymbolConfig,
    InlayHintConfig,
    SemanticTokenConfig,
)
from issuelens.domain.tags import Severity


@frozen
class Shown:
    """The settings that hold of what an editor shows."""

    code_lens: CodeLensConfig
    diagnostics: DiagnosticConfig
    inlay_hints: InlayHintConfig
    semantic_tokens: SemanticTokenConfig
    document_symbols: DocumentSymbolConfig


_SECTIONS: Final = tuple(one.name for one in fields(Shown) if one.name != "diagnostics")
"""Those whose settings are true or false."""


def _in_camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


_RULES: Final = {_in_camel_case(field): field for field in (rule.replace("-", "_") for rule in RULES)}


@frozen(kw_only=True)
class Settings:
    """The editor's section `issuelens`; what is missing means "as in config.toml".

    `switches` are (section, setting, value), named as the fields of `Shown`.
    """

    switches: tuple[tuple[str, str, bool], ...] = ()
    severities: tuple[tuple[str, Severity], ...] = ()


def read_settings(section: Any) -> Settings:
    """The settings in what the client sent; a value that is none of ours counts as not set."""
    if not isinstance(section, Mapping):
        return Settings()
    chosen = []
    for name, value in _within(section, "diagnostics").items():
        if name in _RULES and isinstance(value, str) and value in tuple(Severity):
            chosen.append((_RULES[name], Severity(value)))
    switches: list[tuple[str, str, bool]] = []
    everywhere = _switch(_within(section, "diagnostics").get("workspace"))
    if everywhere is not None:
        switches.append(("diagnostics", "workspace", everywhere))
    for name in _SECTIONS:
        given = _within(section, _in_camel_case(name))
        for setting in _settings_of(name):
            value = _switch(given.get(_in_camel_case(setting)))
            if value is not None:
                switches.append((name, setting, value))
    return Settings(switches=tuple(switches), severities=tuple(chosen))


def _switch(value: Any) -> bool | None:
    """What a switch says: true or false, or `on` or `off` where a third word stands for "as in config.toml"."""
    if isinstance(value, bool):
        return value
    return value == "on" if value in ("on", "off") else None


def _settings_of(section: str) -> list[str]:
    return [one.name for one in fields(type(getattr(Config(), section)))]


def _within(section: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = section.get(name)
    return value if isinstance(value, Mapping) else {}


def effective(config: Config, settings: Settings) -> Shown:
    """The settings that hold: the user's before the workspace's."""

    def with_switches(name: str) -> Any:
        chosen = {setting: value for one, setting, value in settings.switches if one == name}
        section: Any = getattr(config, name)
        return evolve(section, **chosen) if chosen else section

    return Shown(
        with_switches("code_lens"),
        evolve(with_switches("diagnostics"), **dict(settings.severities)),
        with_switches("inlay_hints"),
        with_switches("semantic_tokens"),
        with_switches("document_symbols"),
    )
