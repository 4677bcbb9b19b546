"""What a trial found: kept in a file, so that it can be played again."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path("build/reliability")
SEED_VARIABLE: Final = "ISSUELENS_FUZZ_SEED"
"""Environment variable: another seed than the fixed one."""
SHOWN: Final = 10
"""Findings of one trial that are told; all of them are kept."""


def seed() -> int:
    """The seed of the trials: fixed, so that a run can be repeated, unless the environment names another."""
    return int(os.environ.get(SEED_VARIABLE, "20270131"))


def keep(target: str, inputs: list[bytes], about: dict[str, Any]) -> Path:
    """Writes inputs to a file that `python -m reliability.fuzz.replay` plays again.

    Args:
        target: what they were for.
        inputs: in their order.
        about: what else the player needs.
    """
    shape = {"target": target, "inputs": [base64.b64encode(one).decode() for one in inputs], "about": about}
    content = json.dumps(shape).encode()
    path = FOLDER / f"fuzz-{target.replace('/', '-')}-{hashlib.sha256(content).hexdigest()[:12]}.bin"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def kept(path: Path) -> tuple[str, list[bytes], dict[str, Any]]:
    """What `keep` wrote: target, inputs, and the rest."""
    shape = json.loads(path.read_bytes())
    return shape["target"], [base64.b64decode(one) for one in shape["inputs"]], shape["about"]


def sentence(problem: str, path: Path) -> str:
    """A problem, with how to see it again."""
    return f"{problem}; again: python -m reliability.fuzz.replay {path}"
