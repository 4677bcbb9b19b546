"""Issues as documents."""

from __future__ import annotations

from tests.features.answers.navigation import folds, formatting, links, outline

__all__ = ["folds", "formatting", "links", "outline"]
