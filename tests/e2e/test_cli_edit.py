"""`edit`: an issue as a document in an editor, which is a small program of the test's."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.support.cli import COMMAND, Place

EDITOR = """\
import pathlib, subprocess, sys
path = pathlib.Path(sys.argv[-1])
changes = pathlib.Path(__file__).with_name("changes.txt").read_text().splitlines()
text = path.read_text()
for line in changes:
    word, _, rest = line.partition(" ")
    if word == "run":
        subprocess.run(eval(rest), check=True, stdout=subprocess.DEVNULL)
    elif word == "seen":
        pathlib.Path(__file__).with_name("seen.md").write_text(text)
    elif word == "fail":
        sys.exit(3)
    else:
        old, _, new = eval(rest).partition(" => ")
        assert old in text, (old, text)
        text = text.replace(old, new)
path.write_text(text)
"""


class Editor:
    """What the person does the next time that the editor opens."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "editor.py").write_text(EDITOR)
        self.does()

    def does(self, *steps: str) -> None:
        (self._folder / "changes.txt").write_text("\n".join(steps))

    def replaces(self, *changes: str) -> None:
        self.does(*(f"replace {one!r}" for one in changes))

    @property
    def seen(self) -> str:
        return (self._folder / "seen.md").read_text()


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Editor:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", f"{shlex.quote(sys.executable)} {shlex.quote(str(tmp_path / 'editor.py'))}")
    return Editor(tmp_path)


def running(place: Place, *words: str) -> str:
    """A step: somebody else runs a command while the editor is open."""
    return f"run {[*COMMAND, '-C', str(place.root), *words]!r}"


def edited(place: Place, *words: str) -> tuple[int, str]:
    """Runs `edit`: exit code, and what was said."""
    done = place.do("edit", *words)
    assert done.out == ""
    return done.code, done.err


def drafts(place: Place) -> list[str]:
    return sorted(path.name for path in place.space.drafts.glob("*"))


def test_several_are_changed_all_or_none(place: Place, editor: Editor) -> None:
    first, second = place.create("first"), place.create("second")
    editor.does(f"replace {'priority: 2 => priority: 7'!r}")
    code, said = edited(place, first, second)
    assert code == 1
    assert f"Your text is kept: `issuelens edit {first} {second}` goes on with it" in said
    assert [one["priority"] for one in place.json("list")] == [2, 2]
    assert drafts(place) == [f"{one}.md" for one in sorted((first, second))]
    editor.replaces("priority: 7 => priority: 1")
    assert edited(place, first, second)[0] == 0
    assert [one["priority"] for one in place.json("list")] == [1, 1]
    assert drafts(place) == []
    assert place.json("history", "-n", "1")[0]["event"]["operation"] == "edit"
    place.ok("undo")
    assert [one["priority"] for one in place.json("list")] == [2, 2]


def test_ids_that_are_no_file_names_have_drafts_of_their_own(place: Place, editor: Editor) -> None:
    lines = [f'{{"id": "{name}", "title": "t"}}' for name in ("a/b-1", "a_b-1", "../x-1", ".-1", "é" * 150 + "-1")]
    place.ok("import", "-", given="\n".join(lines) + "\n")
    editor.replaces("priority: 0 => priority: 9")
    for line in lines:
        assert edited(place, json.loads(line)["id"])[0] == 1
    assert len(drafts(place)) == len(lines)
    assert all(one.is_file() for one in place.space.drafts.iterdir())


def fields(place: Place, issue: str, *names: str) -> tuple[Any, ...]:
    shape = place.json("show", issue)
    return tuple(shape.get(name) for name in names)


def test_fields_and_texts_are_changed(place: Place, editor: Editor) -> None:
    issue = place.create("old title", "-l", "a", "-l", "b", "--due", "2999-01-31", "--estimate", "5", "-d", "as it was")
    parent = place.create("parent")
    editor.replaces(
        "title: old title => title: 'new: title'",
        "labels: [a, b] => labels: [b, c]",
        "estimate: 5 => estimate:",
        "due: '2999-01-31' => due: 2999-02-01",
        "parent: => parent: " + parent,
        "as it was => as it is\n\n## A heading\n\n---\nid: no front matter",
        "## Notes <!-- issuelens:notes --> => ## Notes <!-- issuelens:notes -->\n\nnoted",
    )
    code, told = edited(place, issue)
    assert (code, told) == (
        0,
        f"{issue} has a new description, due_at, estimated_minutes, labels, notes, parent, title.\n",
    )
    assert fields(place, issue, "title", "labels", "estimated_minutes", "notes") == (
        "new: title",
        ["b", "c"],
        None,
        "noted",
    )
    assert fields(place, issue, "due_at", "description") == (
        "2999-02-01T23:59:59.000000Z",
        "as it is\n\n## A heading\n\n---\nid: no front matter",
    )
    assert fields(place, issue, "dependencies")[0][0]["depends_on_id"] == parent
    assert len(place.json("history", issue)) == 2
    assert drafts(place) == []


def going_on(place: Place, issue: str) -> str:
    return f"This goes on with the text that was kept in {place.space.drafts / issue}.md.\n"


def test_no_change_and_a_rehearsal(place: Place, editor: Editor) -> None:
    issue, other = place.create("x"), place.create("y")
    revision = place.revision
    assert edited(place, issue, other) == (0, f"{issue} is unchanged.\n{other} is unchanged.\n")
    editor.replaces("priority: 2 => priority: 0")
    assert edited(place, issue, "--dry-run") == (0, f"{issue} would get a new priority.\n")
    assert place.revision == revision
    assert fields(place, issue, "priority") == (2,)
    editor.does()
    assert edited(place, issue) == (0, f"{going_on(place, issue)}{issue} has a new priority.\n")
    assert drafts(place) == []
    editor.replaces("title: y => title: z")
    assert place.json("edit", other)["title"] == "z"
    assert place.revision == revision + 2


def test_a_draft_that_can_not_be_taken_is_kept_and_gone_on_with(place: Place, editor: Editor) -> None:
    issue = place.create("x")
    editor.replaces("priority: 2 => priority: high")
    code, told = edited(place, issue)
    kept = f"Your text is kept: `issuelens edit {issue}` goes on with it, --discard begins anew.\n"
    assert (code, told) == (1, f"issuelens: priority: it must be a whole number, not 'high'. {kept}")
    assert drafts(place) == [f"{issue}.md"]
    assert (place.space.drafts / f"{issue}.md").stat().st_mode & 0o777 == 0o600
    editor.replaces("priority: high => priority: 9")
    code, told = edited(place, issue)
    assert told.startswith(going_on(place, issue))
    assert "priority: 9 is not one of 0 (most urgent) to 4. Your text is kept" in told
    assert fields(place, issue, "priority") == (2,)
    editor.replaces("priority: 9 => priority: 1")
    assert edited(place, issue)[0] == 0
    assert (fields(place, issue, "priority"), drafts(place)) == ((1,), [])


def test_a_draft_is_discarded(place: Place, editor: Editor) -> None:
    issue = place.create("x")
    editor.replaces("title: x => title: ''")
    assert "title: it is empty" in edited(place, issue)[1]
    editor.does("seen")
    assert edited(place, issue, "--discard") == (0, f"{issue} is unchanged.\n")
    assert "title: x\n" in editor.seen
    assert drafts(place) == []


WRONG = {
    "--- => ": "front matter: it is missing; begin with a line ---",
    "title: x => title: [x": "front matter: line ",
    "title: x => titel: x": "titel: it is no field; known are id, title, status",
    "type: task => type: dragon": "issue_type: 'dragon' is not one of bug, feature",
    "status: open => status: reviewed": "status: 'reviewed' is not one of open",
    "due: => due: 2020-01-01": "due_at: '2020-01-01' is in the past; give a date",
    "labels: [] => labels: {a: 1}": "labels: it must be a list such as [ui, backend]",
    "title: x => title: &a x\nassignee: *a\nlabels: []\n#": "front matter: it holds an alias",
    "id: app => id: zzz": "id: it can't be changed",
    "issuelens:design => issuelens:dessin": "section: 'dessin' is none; known are design",
}


def test_what_a_wrong_document_says(place: Place, editor: Editor) -> None:
    issue = place.create("x")
    for change, message in WRONG.items():
        editor.replaces(change)
        code, told = edited(place, issue, "--discard")
        assert code == 1
        assert told.startswith(f"issuelens: {message}")
        assert len(told.splitlines()) == 1
        assert drafts(place) == [f"{issue}.md"]
    assert len(place.json("history", issue)) == 1


def test_a_draft_that_was_taken_and_outlived_a_crash_is_let_go(place: Place, editor: Editor) -> None:
    issue = place.create("x")
    taken = place.ok("edit", issue, "--print").replace("title: x", "title: taken")
    place.ok("update", issue, "--title", "taken")
    draft = place.space.draft(issue)
    draft.parent.mkdir(mode=0o700)
    draft.write_text(taken)
    code, told = edited(place, issue)
    assert (code, told.splitlines()[-1]) == (0, f"{issue} is unchanged.")
    assert drafts(place) == []


def test_documents_from_files_and_pipes(place: Place, editor: Editor) -> None:
    issue, other = place.create("x", "--meta", "k=[1, 2]", "-d", "text"), place.create("y")
    text = place.ok("edit", issue, "--print")
    assert place.ok("edit", issue, "--print") == text
    unchanged = place.do("edit", issue, "--file", "-", given=text)
    assert (unchanged.code, unchanged.err) == (0, f"{issue} is unchanged.\n")
    file = place.root / "one.md"
    file.write_text(text.replace("title: x", "title: from a file"))
    assert place.json("edit", issue, "--file", str(file))["title"] == "from a file"
    assert fields(place, issue, "metadata", "description") == ({"k": [1, 2]}, "text")
    told = place.refused("edit", issue, "--file", "-", given=text.replace("title: x", "title: later"))
    assert told.startswith(f"{issue} was changed since this text was begun. To put all of it over what is there now")
    assert "One document is one issue" in place.refused("edit", issue, other, "--file", "-", code=2)
    assert "it is not UTF-8, from line 2 on" in place.refused("edit", issue, "--file", "-", given=b"---\n\xff\n---\n")
    assert "it holds a control character; remove it" in place.refused(
        "edit", issue, "--file", "-", given="---\nid: \0\n---\n"
    )
    assert place.refused("edit", issue, "--file", "-").startswith("front matter: it is missing")
    assert place.json("edit", issue, "--file", "-", given="---\npriority: 0\n---\n\nshort")["description"] == "short"
    assert fields(place, issue, "title", "priority") == ("from a file", 0)
    assert drafts(place) == []


def test_an_editor_that_fails_changes_nothing(place: Place, editor: Editor, monkeypatch: pytest.MonkeyPatch) -> None:
    issue = place.create("x")
    editor.does("fail")
    code, told = edited(place, issue)
    assert code == 1
    assert told.startswith("issuelens: The editor has failed (")
    assert told.endswith("Set VISUAL or EDITOR to one that works.\n")
    monkeypatch.setenv("EDITOR", "/no/such/editor")
    assert "No such file or directory" in edited(place, issue, "--discard")[1]
    monkeypatch.setenv("EDITOR", "rm")
    assert "can't be used: No such file or directory" in edited(place, issue, "--discard")[1]
    assert fields(place, issue, "title") == ("x",)
    assert len(place.json("history", issue)) == 1


def test_two_people_change_different_fields_at_once(place: Place, editor: Editor) -> None:
    issue = place.create("x", "-l", "a")
    editor.does(
        running(place, "update", issue, "-p", "0", "--add-label", "theirs"),
        "replace 'title: x => title: mine'",
        "replace 'labels: [a] => labels: [mine]'",
    )
    assert edited(place, issue) == (0, f"{issue} has a new labels, title.\n")
    assert fields(place, issue, "title", "priority", "labels") == ("mine", 0, ["mine", "theirs"])
    assert drafts(place) == []


def test_the_same_field_changed_meanwhile_is_refused(place: Place, editor: Editor) -> None:
    issue = place.create("x", "-d", "text")
    editor.does(
        running(place, "update", issue, "--title", "theirs", "-d", "theirs"), "replace 'title: x => title: mine'"
    )
    code, told = edited(place, issue)
    assert code == 1
    assert f"{issue}: title was changed by somebody else meanwhile. Your text is kept" in told
    assert fields(place, issue, "title") == ("theirs",)
    assert drafts(place) == [f"{issue}.md"]
    editor.does("seen")
    code, told = edited(place, issue)
    assert code == 1
    assert "title: mine\n" in editor.seen
    now = told.partition("`updated:` to ")[2].partition(". Your")[0]
    old = editor.seen.partition("updated: ")[2].partition("\n")[0]
    editor.replaces(f"{old} => {now}")
    assert edited(place, issue)[0] == 0
    assert (fields(place, issue, "title", "description"), drafts(place)) == (("mine", "text"), [])


def test_an_issue_deleted_meanwhile(place: Place, editor: Editor) -> None:
    issue = place.create("x")
    editor.does(running(place, "delete", issue), "replace 'title: x => title: mine'")
    code, told = edited(place, issue)
    assert code == 1
    assert f"{issue} was deleted" in told
    assert drafts(place) == [f"{issue}.md"]
    assert place.json("list", "is:deleted")[0]["title"] == "x"
