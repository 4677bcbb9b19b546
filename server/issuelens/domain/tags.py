"""The tags that TODO comments are known by: how each is shown, and how much it says."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from attrs import frozen

DEFAULT_TAGS: Final = ("TODO", "FIXME", "HACK", "XXX", "BUG")
"""The tags that count where config.toml names none."""
_TAG = re.compile(r"[A-Z][A-Z0-9_-]{1,30}\Z")
_COLOR = re.compile(r"#(?:[0-9A-Fa-f]{3,4}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})\Z|[A-Za-z]\w{0,39}(?:\.\w{1,40}){1,5}\Z")
_ICON = re.compile(r"[a-z][a-z0-9-]{0,39}\Z")


class Severity(StrEnum):
    """How loudly a finding is shown; OFF hides it."""

    OFF = "off"
    HINT = "hint"
    INFORMATION = "information"
    WARNING = "warning"
    ERROR = "error"


@frozen(kw_only=True)
class TagStyle:
    """How a tag is shown. None: as what counts besides says.

    `severity` is that of an untracked TODO with this tag, in place of the rule's own. `color` is `#rgb`, `#rrggbb`,
    either with two digits of opacity, or the name of a theme colour with a dot, such as `charts.red`. `icon` is the
    name of a codicon, such as `bug`.
    """

    severity: Severity | None = None
    color: str | None = None
    icon: str | None = None


KNOWN_TAGS: Final = {
    "TODO": TagStyle(color="charts.blue", icon="circle-outline"),
    "FIXME": TagStyle(color="charts.red", icon="flame"),
    "HACK": TagStyle(color="list.warningForeground", icon="tools"),
    "XXX": TagStyle(color="list.warningForeground", icon="warning"),
    "BUG": TagStyle(color="charts.red", icon="bug"),
    "NOTE": TagStyle(color="charts.foreground", icon="note"),
    "INFO": TagStyle(color="charts.foreground", icon="info"),
    "OPTIMIZE": TagStyle(color="charts.purple", icon="dashboard"),
    "PERF": TagStyle(color="charts.purple", icon="dashboard"),
    "SAFETY": TagStyle(color="charts.green", icon="shield"),
    "SECURITY": TagStyle(color="charts.red", icon="shield"),
    "REVIEW": TagStyle(color="charts.yellow", icon="eye"),
    "REFACTOR": TagStyle(color="charts.purple", icon="symbol-structure"),
    "DEPRECATED": TagStyle(color="charts.yellow", icon="trash"),
    "WARNING": TagStyle(color="charts.yellow", icon="warning"),
    "IDEA": TagStyle(color="charts.green", icon="lightbulb"),
    "QUESTION": TagStyle(color="charts.yellow", icon="question"),
    "WIP": TagStyle(color="charts.yellow", icon="sync"),
    "TEMP": TagStyle(color="list.warningForeground", icon="clock"),
    "TBD": TagStyle(color="charts.blue", icon="circle-outline"),
}
"""Tags in wide use and how they are shown. Those of DEFAULT_TAGS count by themselves, the others when named."""

OTHER_TAG: Final = TagStyle(color="charts.foreground", icon="tag")
"""How a tag is shown that is not known."""


def is_tag(word: str) -> bool:
    """Whether a word can be a tag: capitals, digits, `-` and `_`, beginning with a letter, 2 to 31 characters."""
    return _TAG.match(word) is not None


def is_color(text: str) -> bool:
    """Whether a text is a colour as TagStyle has it."""
    return _COLOR.match(text) is not None


def is_icon(text: str) -> bool:
    """Whether a text can be the name of an icon."""
    return _ICON.match(text) is not None
