"""`config import-todos`: the settings of another TODO extension are taken over, and what could not be is told."""

from __future__ import annotations

from pathlib import Path

from tests.support.cli import Place

SETTINGS = """\
{
  // what we look for
  "todo-tree.general.tags": ["TODO", "FIXME", "NOTE", "[ ]",],
  "todo-tree.filtering.excludeGlobs": ["**/dist/**", "!kept"],
  "todo-tree.highlights.customHighlight": { "NOTE": { "icon": "note", "iconColour": "red" } },
}
"""
BOX = "a box is no tag here; a task counts when a tag follows, as in `- [ ] TODO`"


def settings(place: Place) -> Path:
    file = place.root / ".vscode" / "settings.json"
    file.parent.mkdir()
    file.write_text(SETTINGS)
    return file


def test_settings_are_taken_over_and_comments_stay(place: Place) -> None:
    file, config = settings(place), place.space.config_file
    before = config.read_text()
    told = [
        "todos.tags: +NOTE -HACK -XXX -BUG",
        "todos.exclude: +dist/",
        "todos.tag.NOTE.color: none -> #ff0000",
        "todos.tag.NOTE.icon: none -> note",
        f"left out: todo-tree.general.tags '[ ]': {BOX}",
        "left out: todo-tree.filtering.excludeGlobs '!kept': it takes files in again; an exclude can only leave out",
    ]
    assert place.ok("config", "import-todos", "--dry-run").splitlines() == [
        *told,
        f"{file}, Todo Tree: 4 settings would be taken over.",
    ]
    assert config.read_text() == before
    assert place.ok("config", "import-todos").splitlines() == [*told, f"{file}, Todo Tree: 4 settings are taken over."]
    after = config.read_text().splitlines()
    assert [line for line in before.splitlines() if line not in after] == []
    assert place.json("config", "get", "todos.tags") == ["TODO", "FIXME", "NOTE"]
    assert place.ok("config", "import-todos").splitlines()[-1] == f"{file}, Todo Tree: there is nothing to take over."


def test_the_answer_for_scripts(place: Place) -> None:
    file = settings(place)
    workspace = place.root / "ours.code-workspace"
    workspace.write_text('{"settings": {"todohighlight.keywords": ["TODO:"]}}')
    assert place.json("config", "import-todos", str(workspace)) == {
        "file": str(workspace),
        "extensions": ["TODO Highlight"],
        "changes": [
            {"key": "todos.tags", "before": ["TODO", "FIXME", "HACK", "XXX", "BUG"], "after": ["TODO"]},
        ],
        "remarks": [],
        "written": True,
    }
    answer = place.json("config", "import-todos", "--dry-run")
    assert (answer["file"], answer["written"]) == (str(file), False)
    assert answer["changes"][0] == {"key": "todos.tags", "before": ["TODO"], "after": ["TODO", "FIXME", "NOTE"]}
    assert answer["remarks"][0]["setting"] == "todo-tree.general.tags"


def test_what_can_not_be_read_changes_nothing(place: Place, tmp_path: Path) -> None:
    before = place.space.config_file.read_bytes()
    vscode = place.root / ".vscode"
    file = vscode / "settings.json"
    assert place.refused("config", "import-todos").startswith(f"{file} is not there. Name the file")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "settings.json").write_text(SETTINGS)
    vscode.symlink_to(tmp_path / "elsewhere")
    assert "it is a link, and links are not followed here" in place.refused("config", "import-todos")
    vscode.unlink()
    vscode.mkdir()
    file.symlink_to(tmp_path / "elsewhere" / "settings.json")
    assert "it is a link, and links are not followed here" in place.refused("config", "import-todos")
    file.unlink()
    for content, problem in (
        (b"{", "can't be read: Expecting property name"),
        (b"\xff", "can't be read: 'utf-8' codec"),
        (b"[]", "it is not an object of settings"),
        (b"{}", "has no settings of Better Todo Tree, Todo Tree, TODO Highlight or Better Comments"),
        (b"[" * 100_000, "it is nested too deeply"),
        (b" " * 1_000_001, "is larger than 1,000,000 bytes"),
    ):
        file.write_bytes(content)
        assert problem in place.refused("config", "import-todos")
    file.write_text(SETTINGS)
    place.space.config_file.write_text("prefix = [\n")
    assert place.refused("config", "import-todos").startswith("config.toml, line ")
    place.space.config_file.write_bytes(before)
    assert place.space.config_file.read_bytes() == before
