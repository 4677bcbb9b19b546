"""A merge does not wipe what only this machine has: its own files, and what git ignores or does not know."""

from __future__ import annotations

import pytest
from tests.support.carried import Clone, line

from issuelens.domain.errors import Refused


@pytest.fixture(params=[True, False], ids=["forward", "merge"])
def has_own(request: pytest.FixtureRequest, anna: Clone, ben: Clone) -> None:
    """With and without a commit of Anna's own."""
    if not request.param:
        anna.write(line("app-1a2b", "other"))


@pytest.mark.usefixtures("has_own")
def test_a_database_that_somebody_has_added_does_not_take_the_place_of_the_own(anna: Clone, ben: Clone) -> None:
    anna.space.database.write_text("annas")
    ben.space.database.write_text("bens")
    ben.git("add", "-f", ".issues/issues.db")
    ben.git("commit", "-q", "-m", "by accident")
    ben.git("push", "-q")
    with pytest.raises(Refused, match=r"origin/main .* has or removes \.issues/issues\.db, which is .*this machine"):
        anna.sync()
    assert anna.space.database.read_text() == "annas"
    assert anna.git("ls-files", ".issues/issues.db") == ""
    assert anna.git("diff", "--cached") == ""


@pytest.mark.usefixtures("has_own")
def test_a_link_in_the_place_of_the_folder_does_not_come(anna: Clone, ben: Clone) -> None:
    anna.space.database.write_text("annas")
    ben.git("rm", "-q", "-r", ".issues")
    if ben.space.directory.exists():
        ben.space.directory.rmdir()
    ben.space.directory.symlink_to("elsewhere")
    ben.git("add", ".issues")
    ben.git("commit", "-q", "-m", "a link")
    ben.git("push", "-q")
    with pytest.raises(Refused, match=r"\.issues is no folder there|both sides changed"):
        anna.sync()
    assert not anna.space.directory.is_symlink()
    assert anna.space.database.read_text() == "annas"


def test_a_link_in_the_place_of_a_file_of_the_folder_does_not_come(anna: Clone, ben: Clone) -> None:
    ben.space.config_file.unlink()
    ben.space.config_file.symlink_to("/etc/hostname")
    ben.git("commit", "-q", "-a", "-m", "a link")
    ben.git("push", "-q")
    with pytest.raises(Refused, match=r"config\.toml is no ordinary file there"):
        anna.sync()
    assert not anna.space.config_file.is_symlink()


@pytest.mark.parametrize("name", ["secret.env", "secret.env/more/a.txt", "folder"])
def test_a_file_that_git_ignores_is_not_overwritten(anna: Clone, ben: Clone, name: str) -> None:
    anna.commit_file(".gitignore", "secret.env\nfolder\n")
    anna.git("push", "-q")
    ben.git("pull", "-q")
    path = anna.root / ("folder/secret.env" if name == "folder" else "secret.env")
    path.parent.mkdir(exist_ok=True)
    path.write_text("annas")
    (ben.root / name).parent.mkdir(parents=True, exist_ok=True)
    (ben.root / name).write_text("bens")
    ben.git("add", "-f", name)
    ben.git("commit", "-q", "-m", "by accident")
    ben.git("push", "-q")
    with pytest.raises(Refused, match=r"overwritten: .*secret\.env.*Move them away"):
        anna.sync()
    assert path.read_text() == "annas"


def test_templates_and_other_new_files_come(anna: Clone, ben: Clone) -> None:
    ben.space.templates.mkdir()
    (ben.space.templates / "bug.md").write_text("x\n")
    ben.git("add", "-f", ".issues/templates")
    (ben.root / "folder").mkdir()
    ben.commit_file("folder/code.txt", "x\n")
    (ben.root / "folder" / "link").symlink_to("code.txt")
    ben.git("add", ".")
    ben.git("commit", "-q", "-m", "templates")
    ben.git("push", "-q")
    (anna.root / "folder").mkdir()
    (anna.root / "folder" / "mine.txt").write_text("annas\n")
    assert "merge done" in anna.sync()
    assert (anna.space.templates / "bug.md").read_text() == "x\n"
    assert (anna.root / "folder" / "link").is_symlink()
