"""The issues that are not as their line says: taken in, but for what is newer here, and not written since.

A file that git has put there may be left as it is for long, and a write goes by what was changed since the last one; so
these have to be remembered, by the transaction that merges.
"""

from __future__ import annotations

import json
from collections.abc import Set
from typing import Final

from sqlalchemy import Connection

from issuelens.storage import writes

LIMIT: Final = 2_000
"""Issues that are remembered by name; with more, all lines are compared the next time."""
_SETTING: Final = "unwritten"


def unwritten(connection: Connection) -> frozenset[str] | None:
    """Their ids; None for too many."""
    found = json.loads(writes.read_setting(connection, _SETTING) or "[]")
    return None if found is None else frozenset(found)


def add_unwritten(connection: Connection, ids: Set[str]) -> None:
    """Remembers more of them."""
    known = unwritten(connection)
    if known is None or ids <= known:
        return
    found = sorted(known | ids)
    writes.write_setting(connection, _SETTING, json.dumps(found if len(found) <= LIMIT else None))


def clear_unwritten(connection: Connection) -> None:
    """Forgets them: the files were written."""
    if unwritten(connection) != frozenset():
        writes.write_setting(connection, _SETTING, "[]")
