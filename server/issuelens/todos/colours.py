"""Colours as style sheets write them (www.w3.org/TR/css-color-4), as a configuration has them."""

from __future__ import annotations

import re
from typing import Final

from issuelens.domain.tags import is_color
from issuelens.todos.regex import regex

_NAMES: Final = dict(
    re.findall(
        r"(\w+)=(\w+)",
        "aqua=00ffff black=000000 blue=0000ff brown=a52a2a chocolate=d2691e coral=ff7f50 crimson=dc143c "
        "cyan=00ffff darkblue=00008b darkgreen=006400 darkorange=ff8c00 darkred=8b0000 deeppink=ff1493 "
        "deepskyblue=00bfff dodgerblue=1e90ff firebrick=b22222 forestgreen=228b22 fuchsia=ff00ff gold=ffd700 "
        "goldenrod=daa520 gray=808080 green=008000 grey=808080 hotpink=ff69b4 indianred=cd5c5c indigo=4b0082 "
        "khaki=f0e68c lightblue=add8e6 lightgray=d3d3d3 lightgreen=90ee90 lightgrey=d3d3d3 lime=00ff00 "
        "limegreen=32cd32 magenta=ff00ff maroon=800000 navy=000080 olive=808000 orange=ffa500 orangered=ff4500 "
        "orchid=da70d6 pink=ffc0cb plum=dda0dd purple=800080 red=ff0000 royalblue=4169e1 salmon=fa8072 "
        "seagreen=2e8b57 silver=c0c0c0 skyblue=87ceeb slateblue=6a5acd slategray=708090 springgreen=00ff7f "
        "steelblue=4682b4 tan=d2b48c teal=008080 tomato=ff6347 turquoise=40e0d0 violet=ee82ee white=ffffff "
        "yellow=ffff00 yellowgreen=9acd32",
    )
)
_RGB = regex(r"rgba?\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*(?:,\s*([01]?(?:\.\d{1,6})?)\s*)?\)")
_BARE_HEX = regex(r"[0-9A-Fa-f]{3,4}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8}")


def color_of(text: str) -> str | None:
    """The colour in the form of config.toml; None when it can't be said so."""
    text = text.strip()
    if is_color(text):
        return text
    if text.lower() in _NAMES:
        return f"#{_NAMES[text.lower()]}"
    if _BARE_HEX.fullmatch(text):
        return f"#{text}"
    match = _RGB.fullmatch(text.lower())
    if match is None or any(int(part) > 255 for part in match.group(1, 2, 3)):
        return None
    opacity = f"{round(min(float(match[4]), 1) * 255):02x}" if match[4] else ""
    return "#" + "".join(f"{int(part):02x}" for part in match.group(1, 2, 3)) + opacity
