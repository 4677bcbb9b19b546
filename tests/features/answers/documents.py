"""Issues as documents."""

from __future__ import annotations

from tests.features.answers.navigation import folds, format, links, outline

__all__ = ["folds", "format", "links", "outline"]
