"""A bare repository with two clones."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.carried import Clone, Team


@pytest.fixture
def team(tmp_path: Path) -> Team:
    return Team(tmp_path)


@pytest.fixture
def anna(team: Team) -> Clone:
    return team.founder("anna")


@pytest.fixture
def ben(team: Team, anna: Clone) -> Clone:
    return team.clone("ben")
