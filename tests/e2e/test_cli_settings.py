"""`config` and `template`: what the tracked files of a workspace say, and what becomes of it at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.cli import Place


def test_settings_are_shown(place: Place) -> None:
    assert place.ok("config", "get", "prefix") == "app\n"
    assert place.ok("config", "get", "todos.tags") == "TODO, FIXME, HACK, XXX, BUG\n"
    assert place.ok("config", "get", "code-lens.enabled") == "true\n"
    assert place.json("config", "get", "todos.tags") == ["TODO", "FIXME", "HACK", "XXX", "BUG"]
    everything = place.json("config", "get")
    assert everything["statuses.in_progress"] == "doing"
    assert place.ok("config", "get").splitlines()[0] == "prefix = app"
    assert place.refused("config", "get", "colour").startswith("key: colour is not a setting; known are prefix, ")


def test_comments_and_order_of_the_settings_stay(place: Place) -> None:
    file = place.space.config_file
    text = file.read_text().replace("[todos]", "# ours\n[todos] # theirs")
    file.write_text(text)
    assert place.ok("config", "set", "todos.tags", "TODO", "NOTE") == "todos.tags is TODO, NOTE.\n"
    assert place.json("config", "set", "daemon.idle-seconds", "7.5") == {"key": "daemon.idle-seconds", "value": 7.5}
    assert place.ok("config", "set", "code-lens.enabled", "false") == "code-lens.enabled is false.\n"
    lines = file.read_text().splitlines()
    assert [line for line in lines if line not in text.splitlines()] == [
        'tags = ["TODO", "NOTE"]',
        "enabled = false",
        "idle-seconds = 7.5",
    ]
    assert [line for line in text.splitlines() if line not in lines] == []
    for key in ("todos.tags", "daemon.idle-seconds", "code-lens.enabled"):
        place.ok("config", "unset", key)
    assert file.read_text().split() == text.split()
    assert place.refused("config", "unset", "todos.tags") == "key: todos.tags is not set in config.toml"


def test_wrong_values_leave_the_file_as_it_is(place: Place) -> None:
    before = place.space.config_file.read_bytes()
    told = {
        ("prefix", "9 lives"): "config.toml, line 3: prefix: '9 lives' can't begin an id; use letters, digits",
        ("prefix", "a", "b"): "prefix: it takes one value",
        ("statuses.open", "done"): "open: its category is always todo",
        ("statuses.review", "later"): "review: its category must be one of todo, doing, done",
        ("daemon.idle-seconds", "soon"): "idle-seconds: it must be a number from 0 to 86400",
        ("code-lens.enabled", "perhaps"): "enabled: it must be true or false",
        ("todos.tags", "todo"): "tags: 'todo' can't be a tag; use capitals, digits, - and _",
        ("diagnostics.untracked-todo", "loud"): "untracked-todo: it must be one of off, hint, information",
        ("colour", "red"): "colour: it is not a setting here; known are prefix, recognised_prefixes, statuses",
        ("todos.colour", "red"): "colour: it is not a setting here; known are tags, exclude",
        ("prefix.inner", "x"): "key: prefix is no section of config.toml",
    }
    for words, message in told.items():
        assert message in place.refused("config", "set", *words)
        assert place.space.config_file.read_bytes() == before


def test_a_running_daemon_uses_settings_at_once(place: Place) -> None:
    waiting = place.create("waiting", "--dep", (base := place.create("base")))
    assert "status: 'review' is not one of open, in_progress" in place.refused("update", base, "-s", "review")
    place.ok("config", "set", "statuses.review", "doing")
    assert place.json("update", base, "-s", "review")["status"] == "review"
    assert [one["id"] for one in place.json("list", "category:doing")] == [base]
    assert [one["id"] for one in place.json("blocked")] == [waiting]
    place.ok("config", "set", "statuses.review", "done")
    place.create("any write")
    assert place.json("blocked") == []
    assert place.json("list", "status:review", "--all")[0]["id"] == base
    place.ok("config", "set", "prefix", "new")
    assert place.create("another").startswith("new-")
    place.space.config_file.write_text("prefix = [\n")
    assert place.refused("config", "set", "prefix", "x").startswith("config.toml, line ")
    assert place.refused("create", "y").startswith("config.toml, line ")
    assert place.json("close", waiting)["status"] == "closed"


def test_templates(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    issue = place.create(
        "Crash", "-t", "bug", "-p", "1", "-l", "crash", "-a", "anna", "--external", "gh-1", "--meta", "k=1"
    )
    place.ok("update", issue, "-d", "Steps:\n\n1. …", "--acceptance", "no crash")
    file = place.space.templates / "bug.md"
    assert place.ok("template", "create", "bug", "--from", issue) == f"{file} is written.\n"
    assert place.ok("template", "list") == "bug\n"
    assert place.json("template", "show", "bug")["priority"] == 1
    assert "title: Crash\n" in place.ok("template", "show", "bug")
    made = place.json("create", "Crash on start", "--template", "bug", "-l", "start", "-p", "0", "--meta", "z=2")
    assert (made["title"], made["issue_type"], made["priority"]) == ("Crash on start", "bug", 0)
    assert (made["labels"], made["metadata"], made["description"]) == (
        ["crash", "start"],
        {"k": 1, "z": 2},
        "Steps:\n\n1. …",
    )
    assert not {"assignee", "external_ref"} & made.keys()
    assert place.json("create", "--template", "bug")["title"] == "Crash"
    assert "There is a template bug already." in place.refused("template", "create", "bug")
    monkeypatch.setenv("EDITOR", "sed -i s/Crash/Crashes/")
    place.ok("template", "edit", "bug")
    assert "title: Crashes\n" in file.read_text()
    monkeypatch.setenv("EDITOR", "sed -i 's/priority: 1/priority: high/'")
    before = file.read_bytes()
    assert "priority: it must be a whole number, not 'high'" in place.refused("template", "edit", "bug")
    monkeypatch.setenv("EDITOR", "false")
    assert place.refused("template", "edit", "bug").startswith(
        "The editor has failed (false: Editing failed). Set VISUAL"
    )
    assert file.read_bytes() == before
    assert place.ok("template", "delete", "bug") == "Template bug is deleted.\n"
    told = "There is no template bug; there are: none. `issuelens template create bug`."
    for words in (["show", "bug"], ["edit", "bug"], ["delete", "bug"]):
        assert place.refused("template", *words) == told
    assert place.refused("create", "x", "--template", "bug") == told


def test_a_template_that_can_not_be_used(place: Place) -> None:
    place.ok("template", "create", "big")
    file = place.space.templates / "big.md"
    file.write_bytes(file.read_bytes() + b"x" * 1_000_000)
    assert f"{file} is larger than 1,000,000 bytes. Make it shorter." in place.refused(
        "create", "x", "--template", "big"
    )
    file.write_bytes(b"---\ntitle: caf\xe9\n---\n")
    assert f"{file} is not UTF-8. Save it as that." in place.refused("template", "show", "big")


def test_templates_and_settings_stand_in_the_workspace_only(place: Place, tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("---\ntitle: secret\n---\n")
    place.space.templates.mkdir()
    (place.space.templates / "link.md").symlink_to(secret)
    for name in ("../../secret", "/etc/passwd", "..", "", "a/b", "a\nb", "x" * 61):
        assert "use letters, digits, - and _" in place.refused("template", "show", name)
        assert "use letters, digits, - and _" in place.refused("create", "x", "--template", name)
        assert "use letters, digits, - and _" in place.refused("template", "create", name)
    assert "There is no template link" in place.refused("template", "show", "link")
    assert "There is a template link already" in place.refused("template", "create", "link")
    assert "There is no template link" in place.refused("template", "delete", "link")
    assert secret.read_text() == "---\ntitle: secret\n---\n"
    (place.space.templates / "link.md").unlink()
    place.space.templates.rmdir()
    (elsewhere := tmp_path / "elsewhere").mkdir()
    place.space.templates.symlink_to(elsewhere)
    assert "is a link to elsewhere; nothing was changed" in place.refused("template", "create", "bug")
    assert list(elsewhere.iterdir()) == []
    target = tmp_path / "config.toml"
    target.write_bytes(place.space.config_file.read_bytes())
    place.space.config_file.unlink()
    place.space.config_file.symlink_to(target)
    before = target.read_bytes()
    place.do("config", "set", "statuses.review", "doing")
    assert target.read_bytes() == before
