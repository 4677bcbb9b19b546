"""Limits that are needed where there is no time to load what says how they are configured."""

from __future__ import annotations

from typing import Final

SIZE_DEFAULT: Final = 2_000_000
"""Bytes; a larger file is passed over where config.toml says nothing else."""
