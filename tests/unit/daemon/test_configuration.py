"""Settings that stay current, however soon after each other they are changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from issuelens.daemon.configuration import Configuration
from issuelens.domain.errors import InvalidConfig
from issuelens.workspace import Workspace, initialise


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    """A workspace whose settings are its prefix."""
    found = initialise(tmp_path, "app")
    found.config_file.write_text('prefix = "one"\n')
    return found


def test_a_change_without_another_time_or_size_is_seen(space: Workspace) -> None:
    configuration = Configuration(space)
    before = space.config_file.stat()
    assert configuration.current().prefix == "one"
    space.config_file.write_text('prefix = "two"\n')
    os.utime(space.config_file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert space.config_file.stat().st_mtime_ns == before.st_mtime_ns
    assert configuration.current().prefix == "two"


def test_settings_that_can_not_be_read_are_read_again(space: Workspace) -> None:
    configuration = Configuration(space)
    good = configuration.current()
    space.config_file.write_text("prefix = 3\n")
    for _ in range(2):
        with pytest.raises(InvalidConfig):
            configuration.current()
    assert configuration.prefix_or_none() == ""
    space.config_file.write_text('prefix = "one"\n')
    assert configuration.current() == good


def test_settings_that_are_as_they_were_are_not_made_anew(space: Workspace) -> None:
    configuration = Configuration(space)
    assert configuration.current() is configuration.current()
