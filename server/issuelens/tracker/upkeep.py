"""Changes that are no operations: what is derived is computed anew. They are not part of the history."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import Connection

from issuelens.domain.issue import category_of
from issuelens.domain.vocabulary import Category
from issuelens.storage import checks, readiness, writes

_SETTING: Final = "statuses"


def adopt_statuses(connection: Connection, statuses: Mapping[str, Category]) -> int:
    """Gives every issue the category that its status has now, and what follows from it; how many were changed."""
    text = json.dumps({name: str(category) for name, category in statuses.items()})
    if writes.read_setting(connection, _SETTING) == text:
        return 0
    changed = sum(
        checks.set_category(connection, status, category_of(status, statuses))
        for status in checks.statuses_in_use(connection)
    )
    readiness.refresh_all(connection)
    writes.write_setting(connection, _SETTING, text)
    return changed


def mend(connection: Connection, put_aside: Callable[[list[dict[str, Any]]], None]) -> None:
    """Makes missing indexes, removes rows that belong to no issue, and computes anew what is derived."""
    checks.make_missing_indexes(connection)
    orphans = checks.list_orphans(connection)
    if orphans:
        put_aside(orphans)
        checks.remove_orphans(connection)
    readiness.refresh_all(connection)
    highest = max(checks.highest_comment(connection), writes.last_comment(connection))
    writes.write_setting(connection, "comment", str(highest))
