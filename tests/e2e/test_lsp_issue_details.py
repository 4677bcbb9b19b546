"""A view of one issue: its details, its form, its history, its places in the code; and issues as text in no file."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from pygls.exceptions import JsonRpcException
from tests.support.lsp import editor
from tests.support.workspaces import cli, cli_json, project

DETAILS = "issuelens/issueDetails"
HISTORY = "issuelens/issueHistory"
REFERENCES = "issuelens/issueReferences"
EDIT = "issuelens/editIssue"
READ = "issuelens/readDocument"
SAVE = "issuelens/saveDocument"


async def _made(root: Path, title: str, *options: str) -> str:
    return str((await cli_json(root, "create", title, *options))["id"])


def _kinds(details: Any) -> dict[str, list[str]]:
    return {one["kind"]: [each["id"] for each in one["issues"]] for one in details["links"]}


async def test_all_that_an_issue_is_tied_to(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    first = await _made(root, "Pick a library")
    epic = await _made(root, "Money", "--type", "epic")
    issue = await _made(root, "Round half up", "-d", f"As in {first}, not p-zzz9.", "--parent", epic)
    later = await _made(root, "Print invoices")
    cli(root, "dep", "add", issue, first)
    cli(root, "dep", "add", later, issue)
    cli(root, "dep", "add", issue, later, "--type", "related")
    async with editor(root) as one:
        found = await one.request(DETAILS, {"id": issue})
        assert found["issue"]["title"] == found["fields"]["title"] == "Round half up"
        assert found["fields"]["parent"] == epic
        kinds = _kinds(found)
        assert kinds == {"depends_on": [first], "parent": [epic], "related": [later], "blocks": [later]}
        assert [each["id"] for each in found["blocked"]] == [first]
        assert [(each["word"], each["id"]) for each in found["mentioned"]] == [(first, first)]
        assert {"name": "closed", "category": "done"} in found["statuses"]
        assert found["choices"]["types"][0] == "bug"
        assert found["uri"] == f"issuelens:{root}/{issue}.md"
        assert found["workspace"] == root.as_uri()
        assert _kinds(await one.request(DETAILS, {"id": epic})) == {"children": [issue]}
        with pytest.raises(JsonRpcException, match="no issue"):
            await one.request(DETAILS, {"id": "p-none"})
    cli(root, "daemon", "stop")


async def test_of_thousands_of_children_the_first_are_named_and_the_others_counted(
    tmp_path: Path, patient_daemon: None
) -> None:
    root = project(tmp_path / "p")
    moments = {"created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"}
    link = {"depends_on_id": "app-epic1", "type": "parent-child"}
    records = [{"id": "app-epic1", "title": "Money", "issue_type": "epic", **moments}]
    for number in range(205):
        one_id = f"app-c{number:03}"
        records.append({"id": one_id, "title": "A part", **moments, "dependencies": [{"issue_id": one_id, **link}]})
    (root / "in.jsonl").write_text("\n".join(map(json.dumps, records)))
    cli(root, "import", "in.jsonl")
    async with editor(root) as one:
        (group,) = (await one.request(DETAILS, {"id": "app-epic1"}))["links"]
        assert (group["kind"], len(group["issues"]), group["more"]) == ("children", 200, 5)
    cli(root, "daemon", "stop")


async def test_a_form_changes_what_was_written_and_names_what_others_changed(
    tmp_path: Path, patient_daemon: None
) -> None:
    root = project(tmp_path / "p")
    issue = await _made(root, "Round half up", "--label", "money")
    async with editor(root) as one:

        async def edit(moment: str, fields: dict[str, Any], **more: str) -> Any:
            return await one.request(EDIT, {"id": issue, "updatedAt": moment, "fields": fields, **more})

        moment = (await one.request(DETAILS, {"id": issue}))["issue"]["updated_at"]
        written = await edit(moment, {"title": "Round half even", "labels": ["ui", "money"], "due_at": "2031-02-03"})
        assert written["conflicts"] == []
        assert written["issue"]["title"] == "Round half even"
        assert written["issue"]["labels"] == ["money", "ui"]
        assert written["issue"]["due_at"].startswith("2031-02-03")
        # Of the older state: another field is merged, the same one is a conflict, and then nothing is changed.
        assert (await edit(moment, {"priority": 0}))["issue"]["title"] == "Round half even"
        conflict = await edit(moment, {"title": "Never round", "notes": "Not written."})
        assert conflict["conflicts"] == [{"field": "title", "mine": "Never round", "theirs": "Round half even"}]
        assert "notes" not in conflict["issue"]
        seen = conflict["issue"]["updated_at"]
        assert (await edit(moment, {"title": "Never round"}, keep="theirs", seen=seen))["issue"]["title"] == (
            "Round half even"
        )
        kept = await edit(moment, {"title": "Never round"}, keep="mine", seen=seen)
        assert kept["issue"]["title"] == "Never round"
        # What was seen is not what is there any more: the person is asked again.
        again = await edit(moment, {"title": "Always round"}, keep="mine", seen=seen)
        assert [each["field"] for each in again["conflicts"]] == ["title"]
        for wrong in ({"id": "x"}, {"title": ""}, {"priority": 9}, {"title": ["x"]}):
            with pytest.raises(JsonRpcException):
                await edit(kept["issue"]["updated_at"], wrong)
    cli(root, "daemon", "stop")


async def test_a_parent_and_what_can_be_left_empty(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    epic = await _made(root, "Money", "--type", "epic")
    issue = await _made(root, "Round half up", "--assignee", "anna")
    async with editor(root) as one:
        moment = (await one.request(DETAILS, {"id": issue}))["issue"]["updated_at"]
        for fields in (
            {"parent": epic, "assignee": "", "estimated_minutes": 90},
            {"parent": "", "estimated_minutes": ""},
        ):
            written = await one.request(EDIT, {"id": issue, "updatedAt": moment, "fields": fields})
            moment = written["issue"]["updated_at"]
            found = (await one.request(DETAILS, {"id": issue}))["fields"]
            assert found["parent"] == fields["parent"]
            assert found["estimated_minutes"] == fields["estimated_minutes"]
            assert found["assignee"] == ""
    cli(root, "daemon", "stop")


async def test_history_says_what_changed_and_one_operation_is_undone(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    issue = await _made(root, "Round half up")
    cli(root, "update", issue, "--title", "Never round", "--add-label", "money")
    cli(root, "comment", "add", issue, "A remark.")
    async with editor(root) as one:
        found = await one.request(HISTORY, {"id": issue})
        assert [each["operation"] for each in found["entries"]][-1] == "create"
        comment, update, created = found["entries"]
        assert comment["changes"] == [{"field": "comments", "added": ["A remark."], "removed": []}]
        assert {"field": "title", "before": "Round half up", "after": "Never round"} in update["changes"]
        assert {"field": "labels", "added": ["money"], "removed": []} in update["changes"]
        assert {"field": "title", "before": "", "after": "Round half up"} in created["changes"]
        assert found["more"] is False
        assert (await one.request(HISTORY, {"id": issue, "limit": 1}))["more"] is True
        await one.run("undo", {"revision": update["revision"]})
        undo, _, update, _ = (await one.request(HISTORY, {"id": issue}))["entries"]
        assert undo["undoes"] == update["revision"]
        assert update["undoneBy"] == undo["revision"]
        assert (await one.request(DETAILS, {"id": issue}))["fields"]["title"] == "Round half up"
    cli(root, "daemon", "stop")


async def test_a_comment_is_edited_and_removed_unless_somebody_else_was_faster(
    tmp_path: Path, patient_daemon: None
) -> None:
    root = project(tmp_path / "p")
    issue = await _made(root, "Round half up")
    async with editor(root) as one:
        (comment,) = (await one.run("addComment", {"id": issue, "text": "Half up."}))["comments"]
        named = {"id": issue, "comment": comment["id"]}
        (edited,) = (await one.run("editComment", {**named, "text": "Half even.", "seen": "Half up."}))["comments"]
        assert edited["text"] == "Half even."
        with pytest.raises(JsonRpcException, match="changed by somebody else"):
            await one.run("editComment", {**named, "text": "Never.", "seen": "Half up."})
        assert (await one.run("editComment", {**named, "text": "Never."}))["comments"][0]["text"] == "Never."
        assert (await one.run("deleteComment", named))["comments"] == []
        with pytest.raises(JsonRpcException, match="has no comment"):
            await one.run("editComment", {**named, "text": "Late.", "seen": "Never."})
        deleted, *_ = (await one.request(HISTORY, {"id": issue}))["entries"]
        assert deleted["changes"] == [{"field": "comments", "added": [], "removed": ["Never."]}]
        (back,) = (await one.run("undo", {}))["comments"]
        assert back["text"] == "Never."
    cli(root, "daemon", "stop")


async def test_of_edits_that_saw_the_same_comment_one_is_done(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    issue = await _made(root, "Round half up")
    cli(root, "comment", "add", issue, "Half up.")
    texts = [f"Text {number}." for number in range(4)]
    async with editor(root) as one, editor(root) as other:
        named = {"id": issue, "comment": 1, "seen": "Half up."}
        asked = [each.run("editComment", {**named, "text": text}) for each in (one, other) for text in texts]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        [done] = [answer for answer in answers if isinstance(answer, dict)]
        refused = [answer for answer in answers if isinstance(answer, JsonRpcException)]
        assert len(refused) == 7
        assert all("the comment was changed by somebody else meanwhile" in str(answer) for answer in refused)
        assert (await one.request(DETAILS, {"id": issue}))["issue"]["comments"] == done["comments"]
    cli(root, "daemon", "stop")


async def test_what_has_become_of_an_issue(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    double, issue = await _made(root, "Round"), await _made(root, "Round half up")
    cli(root, "merge", double, "--into", issue)
    async with editor(root) as one:
        found = await one.request(DETAILS, {"id": double})
        assert (found["issue"]["id"], found["mergedFrom"]) == (issue, double)
        assert (await one.request(DETAILS, {"id": issue}))["mergedFrom"] is None
        await one.run("deleteIssue", {"id": issue, "reason": "never"})
        deleted = (await one.request(DETAILS, {"id": issue}))["issue"]
        assert (deleted["status"], deleted["delete_reason"]) == ("tombstone", "never")
        assert (await one.run("restoreIssue", {"id": issue}))["status"] == "open"
    cli(root, "daemon", "stop")


async def test_what_else_an_issue_holds_is_shown(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    moments = {"created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"}
    foreign = {"metadata": {"team": "red", "sizes": [1, 2]}, "ephemeral": True, "board": "x" * 5_000}
    (root / "in.jsonl").write_text(json.dumps({"id": "app-1a2b", "title": "Round half up", **moments, **foreign}))
    cli(root, "import", "in.jsonl")
    async with editor(root) as one:
        *others, board = (await one.request(DETAILS, {"id": "app-1a2b"}))["others"]
        assert others == [
            {"name": "team", "value": "red"},
            {"name": "sizes", "value": "[1, 2]"},
            {"name": "ephemeral", "value": "true"},
        ]
        assert (board["name"], len(board["value"])) == ("board", 2_000)
    cli(root, "daemon", "stop")


async def test_places_in_the_code_are_those_of_the_editor(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    issue = await _made(root, "Round half up")
    file = root / "a.py"
    file.write_text(f"# TODO({issue}): round\n\n# see {issue}\n")
    async with editor(root) as one:
        await one.todos(refresh=True)
        places = (await one.request(REFERENCES, {"id": issue}))["places"]
        assert [(each["path"], each["line"], each["tag"]) for each in places] == [
            ("a.py", 0, "TODO"),
            ("a.py", 2, None),
        ]
        assert places[0]["uri"] == file.as_uri()
        one.open(file, f"\n# TODO({issue}): round\n")
        assert [each["line"] for each in (await one.request(REFERENCES, {"id": issue}))["places"]] == [1]
    cli(root, "daemon", "stop")


async def test_an_issue_is_read_and_saved_as_text_in_no_file(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    issue = await _made(root, "Round half up")
    async with editor(root) as one:
        uri = (await one.request(DETAILS, {"id": issue}))["uri"]
        read = await one.request(READ, {"uri": uri})
        assert read["uri"] == uri
        mine = read["text"].replace("Round half up", "Never round")
        cli(root, "update", issue, "--priority", "0")
        saved = await one.request(SAVE, {"uri": uri, "text": mine, "base": read["text"]})
        assert saved["conflicts"] == []
        assert "title: Never round" in saved["text"]
        assert "priority: 0" in saved["text"]
        # Without what it was, its moment tells; the same field changed by both is asked about.
        other = read["text"].replace("Round half up", "Always round")
        asked = await one.request(SAVE, {"uri": uri, "text": other})
        assert asked["conflicts"] == [{"field": "title", "mine": "Always round", "theirs": "Never round"}]
        kept = await one.request(SAVE, {"uri": uri, "text": other, "keep": "mine", "seen": asked["updatedAt"]})
        assert "title: Always round" in kept["text"]
        assert "priority: 0" in kept["text"]
        for wrong in (f"issuelens:{root}/p-none.md", f"issuelens:{root}/", "issuelens:/elsewhere/p-1.md", "file:///x"):
            with pytest.raises(JsonRpcException):
                await one.request(READ, {"uri": wrong})
    cli(root, "daemon", "stop")


async def test_a_new_issue_is_made_of_its_text_once(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        uri = f"issuelens:{root}/new.md"
        text = (await one.request(READ, {"uri": uri}))["text"]
        with pytest.raises(JsonRpcException, match="title"):
            await one.request(SAVE, {"uri": uri, "text": text, "key": "k"})
        filled = text.replace("title:", "title: Round half up", 1)
        made = await one.request(SAVE, {"uri": uri, "text": filled, "key": "k"})
        again = await one.request(SAVE, {"uri": uri, "text": filled, "key": "k"})
        assert made["id"] == again["id"]
        assert made["uri"] == f"issuelens:{root}/{made['id']}.md"
        assert len(await cli_json(root, "list")) == 1
    cli(root, "daemon", "stop")
