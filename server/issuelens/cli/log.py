"""The daemon's log as `daemon logs` shows it and `doctor --report` counts it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any, Final

from issuelens.cli.options import LEVELS
from issuelens.domain.errors import Refused
from issuelens.logs import read_newest
from issuelens.workspace import Workspace

Record = dict[str, Any]

_SHOWN: Final = {"time", "level", "logger", "message", "traceback", "stack"}
_LEFT_OUT: Final = {"pid", "version", "frames", "exception"}
"""What `--json` has and a person need not read in each line."""


def newest(workspace: Workspace, count: int, level: str | None = None) -> list[Record]:
    """The last records of a workspace's log, the newest at the end.

    Args:
        workspace: whose daemon's.
        count: how many at most.
        level: the least one; what has none (a fault that Python wrote itself) is always among them.

    Raises:
        Refused: when there is no log, or it can't be read.
    """
    if not any(path.exists() for path in workspace.daemon_logs):
        raise Refused(f"There is no log yet: {workspace.daemon_log}.")
    try:
        records = read_newest(workspace.daemon_logs)
        wanted = (one for one in records if level is None or _rank(one) >= LEVELS.index(level))
        return list(islice(wanted, count))[::-1]
    except OSError as error:
        raise Refused(f"{workspace.daemon_log} can't be read: {error.strerror}.") from error


def _rank(record: Record) -> int:
    level = str(record.get("level", "critical")).lower()
    return LEVELS.index(level) if level in LEVELS else len(LEVELS)


def shown(record: Record) -> Iterator[str]:
    """The lines that show a record: time where the reader is, level, message, what came with it; then the traceback."""
    if "level" not in record:
        yield record["message"]
        return
    first, *rest = record["message"].splitlines() or [""]
    facts = [f"{name} {_fact(value)}" for name, value in record.items() if _is_news(name, value, first)]
    details = f" ({', '.join(facts)})" if facts else ""
    yield f"{_local(record.get('time'))} {record['level']:<8} {first}{details}"
    for text in (*rest, *str(record.get("traceback") or record.get("stack") or "").splitlines()):
        yield f"    {text}"


def _is_news(name: str, value: Any, message: str) -> bool:
    """Whether the message does not say it already."""
    return name not in _SHOWN | _LEFT_OUT and not (isinstance(value, str) and value in message)


def _fact(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{name} {one}" for name, one in value.items()) or "none"
    return str(value)


def _local(time: Any) -> str:
    try:
        return datetime.fromisoformat(str(time)).astimezone().isoformat(sep=" ", timespec="milliseconds")[:-6]
    except (ValueError, OverflowError):
        return "-"
