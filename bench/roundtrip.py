"""Imports files of issues into a new workspace, exports them again, and compares every field.

    python -m bench.roundtrip FILE...

Ends with 1 when a field of any issue is missing or different.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

Shape = dict[str, Any]
_EMPTY: tuple[Any, ...] = (None, "", [], {})
_MOMENTS = ("created_at", "updated_at", "closed_at")


def issuelens(folder: Path, *words: str) -> str:
    """Runs a command in a folder; what it printed."""
    command = [sys.executable, "-m", "issuelens", *words]
    environment = {**os.environ, "ISSUELENS_IDLE_SECONDS": "0.3"}
    return subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, text=True).stdout


def through(file: Path) -> dict[str, Shape]:
    """The issues of a file after an import and an export."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        issuelens(folder, "init", "--prefix", "app")
        issuelens(folder, "import", str(file))
        issuelens(folder, "export", "out.jsonl")
        return read(folder / "out.jsonl")


def read(file: Path) -> dict[str, Shape]:
    """The issues of a file by their ids."""
    with file.open(encoding="utf-8") as lines:
        shapes = [json.loads(line) for line in lines if line.strip()]
    return {shape["id"]: expected(shape) for shape in shapes}


def expected(shape: Shape) -> Shape:
    """An issue without what means nothing: empty fields, and the order of what has none. Beads leaves priority 0 out.

    The ancestor's fields are given the names that they have here: `type`, `epic_id`, times without their zone (UTC).
    """
    shape = {"priority": 0, **shape}
    if "issue_type" not in shape and "type" in shape:
        shape["issue_type"] = shape.pop("type")
        shape |= {name: f"{shape[name]}Z" for name in _MOMENTS if shape.get(name)}
        epic = shape.pop("epic_id", None)
        parent = [{"issue_id": shape["id"], "depends_on_id": epic, "type": "parent-child"}] if epic else []
        shape["dependencies"] = [*shape.get("dependencies", ()), *parent]
    shape["labels"] = sorted(shape.get("labels") or ())
    shape["dependencies"] = sorted(shape.get("dependencies") or (), key=lambda one: (one["depends_on_id"], one["type"]))
    return {name: value for name, value in shape.items() if value not in _EMPTY}


def differences(before: dict[str, Shape], after: dict[str, Shape]) -> Counter[str]:
    """How many issues differ, by field; whole ones that are missing or new count as `id`."""
    found = Counter({"id": len(before.keys() ^ after.keys())})
    for issue_id in before.keys() & after.keys():
        old, new = before[issue_id], after[issue_id]
        found.update(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    return +found


def main(names: list[str]) -> int:
    """Compares each file, a line each."""
    wrong = 0
    for name in names:
        before, after = read(Path(name)), through(Path(name))
        found = differences(before, after)
        wrong += bool(found)
        fields = sum(map(len, before.values()))
        told = "; ".join(f"{field} differs in {count}" for field, count in found.items()) or "all the same"
        print(f"{Path(name).name}: {len(before):,} issues, {fields:,} fields: {told}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
