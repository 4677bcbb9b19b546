"""Messages that are not strictly JSON: half of a character in a text, as JavaScript may have it; and whose they are."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from issuelens.ipc.converter import loads_request
from issuelens.ipc.limits import is_id

HALF: Final = "The message holds half of a character (a lone surrogate). Remove it and ask again."
_HALF: Final = re.compile("[\ud800-\udfff]")


def without_halves(content: bytes) -> Any:
    """The values of a message with U+FFFD for each half of a character: as wide as that, so that all places stay.

    Raises:
        ValueError, RecursionError: when more than that is wrong with it.
    """
    return loads_request(_HALF.sub("\ufffd", json.dumps(_loosely(content), ensure_ascii=False)))


def request_id_in(content: bytes) -> Any:
    """The id of a request in a message that can't be used; None when that can't be told, or is not a request."""
    try:
        shape = _loosely(content)
    except (ValueError, RecursionError):
        return None
    found = shape.get("id") if isinstance(shape, dict) and "method" in shape else None
    return found if is_id(found) and not (isinstance(found, str) and _HALF.search(found)) else None


def _loosely(content: bytes) -> Any:
    return json.loads(content.decode("utf-8", "surrogatepass"))
