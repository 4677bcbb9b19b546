"""What a person sees and does in an editor, with the real server, the real daemon and the command line beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types
from tests.support.lsp import capabilities, editor
from tests.support.workspaces import FIXME_LINE, SOURCE, TODO_LINE, cli, cli_json, project

CHANGED = "issuelens/didChangeIssues"


async def test_a_todo_becomes_an_issue_and_shows_its_state(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        uri = one.open(root / "main.py")
        assert await one.titles(uri) == ["Create issue", "Create issue"]
        since = one.mark()
        issue = await one.click(uri, "Create issue")
        await one.hear(types.WORKSPACE_APPLY_EDIT, since=since)
        assert issue["title"] == "round half up"
        assert one.texts[uri].splitlines()[TODO_LINE] == f"    # TODO({issue['id']}): round half up"
        assert await one.titles(uri) == [f"{issue['id']} · open · P2", "Start", "Close", "Create issue"]
        assert (root / "main.py").read_text() == SOURCE, "the edit is the editor's to save"
        shown = await cli_json(root, "show", issue["id"])
        assert shown["title"] == "round half up"


async def test_the_name_in_parentheses_becomes_the_assignee(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        uri = one.open(root / "main.py")
        issue_id = await one.create_issue(uri, FIXME_LINE)
        assert one.texts[uri].splitlines()[FIXME_LINE].endswith(f"# FIXME({issue_id}, anna): taxes")
        shown = await cli_json(root, "show", issue_id)
        assert (shown["assignee"], shown["issue_type"]) == ("anna", "bug")


async def test_start_close_and_reopen_from_the_lens(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        uri = one.open(root / "main.py")
        issue_id = await one.create_issue(uri, TODO_LINE)
        started = await one.click(uri, "Start")
        assert started["status"] == "in_progress"
        assert started["assignee"]
        assert (await one.titles(uri))[1] == "Close"
        assert (await one.click(uri, "Close"))["status"] == "closed"
        assert (await one.titles(uri))[:2] == [f"{issue_id} · closed · P2 · {started['assignee']}", "Reopen"]
        assert (await one.click(uri, "Reopen"))["status"] == "open"


async def test_closing_it_elsewhere_changes_lens_and_diagnostic(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        uri = one.open(root / "main.py")
        issue_id = await one.create_issue(uri, TODO_LINE)
        assert await one.diagnostics(uri, one.mark() - 1) == []
        since = one.mark()
        await cli_json(root, "close", issue_id)
        await one.hear(types.WORKSPACE_CODE_LENS_REFRESH, since=since)
        changed = await one.hear(CHANGED, lambda params: issue_id in params.ids, since)
        assert changed.revision == 3
        assert "closed" in (await one.titles(uri))[0]
        params = await one.hear(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, lambda one: bool(one.diagnostics), since)
        [finding] = params.diagnostics
        assert finding.message == f"{issue_id} is closed: round half up"
        assert (finding.code, finding.severity) == ("closed-todo", types.DiagnosticSeverity.Information)
        line = one.texts[uri].splitlines()[finding.range.start.line]
        assert line[finding.range.start.character : finding.range.end.character] == issue_id


async def test_two_editors_and_the_command_line_see_the_same(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as first, editor(root) as second:
        # What happens before the second one is open is not told to it by ids.
        await second.request("issuelens/listIssues", {})
        issue = await first.run("createIssue", {"title": "Seen by all", "labels": ["ui"], "priority": 0})
        await second.hear(CHANGED, lambda params: issue["id"] in (params.ids or ()))
        uri = second.open(root / "other.py", f"# TODO({issue['id']}): look\n")
        assert await second.titles(uri) == [f"{issue['id']} · open · P0", "Start", "Close"]
        since = first.mark()
        await second.click(uri, "Close")
        await first.hear(CHANGED, lambda params: issue["id"] in (params.ids or ()), since)
        assert await cli_json(root, "list") == []
        everyone = {entry["client"] for entry in history(await cli_json(root, "history"))}
        assert "lsp/test-editor" in everyone


def history(entries: list[dict[str, object]]) -> list[dict[str, object]]:
    return [entry.get("event", entry) for entry in entries]  # type: ignore[misc]


async def test_an_unknown_id_is_told_and_ordinary_words_are_not(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        uri = one.open(root / "x.py", "# see app-9z9z and the app-store\nx = 'app-8y8y'\n# TODO(app-zzzz): look\n")
        messages = [finding.message for finding in await one.diagnostics(uri, count=2)]
        assert messages == [
            "There is no issue app-9z9z in this workspace.",
            "There is no issue app-zzzz in this workspace.",
        ]


async def test_untracked_todos_are_told_only_when_asked_for(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        uri = one.open(root / "main.py")
        assert await one.diagnostics(uri) == []
        config = root / ".issues" / "config.toml"
        config.write_text('prefix = "app"\n[diagnostics]\nuntracked-todo = "hint"\n')
        since = one.mark()
        one.client.text_document_did_save(
            types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(config.as_uri()))
        )
        found = await one.diagnostics(uri, since, count=2)
        assert [one.severity for one in found] == [types.DiagnosticSeverity.Hint] * 2
        assert found[0].message == "This TODO has no issue."


async def test_a_change_is_told_where_the_issue_is_named(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        issue_id = (await one.run("createIssue", {"title": "x"}))["id"]
        named = one.open(root / "named.py", f"# see {issue_id}\n")
        other = one.open(root / "other.py", "# TODO: nothing to do with it\n")
        for uri in (named, other):
            await one.diagnostics(uri)
        since = one.mark()
        await one.run("closeIssue", {"id": issue_id})
        assert len(await one.diagnostics(named, since, count=1)) == 1
        await one.run("reopenIssue", {"id": issue_id})
        assert await one.diagnostics(named, since, count=0) == []
        told = [params.uri for method, params in one.heard[since:] if method == types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS]
        assert set(told) == {named}


async def test_pulled_diagnostics_are_never_pushed(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root, offered=capabilities(pull=True)) as one:
        uri = one.open(root / "x.py", "# TODO(app-9z9z): look\n")
        report = await one.client.text_document_diagnostic_async(
            types.DocumentDiagnosticParams(types.TextDocumentIdentifier(uri))
        )
        assert [item.code for item in report.items] == ["unknown-reference"]
        since = one.mark()
        await cli_json(root, "create", "Anything")
        await one.hear(types.WORKSPACE_DIAGNOSTIC_REFRESH, since=since)
        assert types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS not in [method for method, _ in one.heard]


async def test_hover_shows_the_issue_and_neutralises_its_text(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        title = "Click [here](command:evil) <b>now</b>"
        issue = await one.run("createIssue", {"title": title, "description": "First line\nsecond", "assignee": "anna"})
        uri = one.open(root / "x.py", f"# see {issue['id']}\n")
        card = await one.hover(uri, 0, 8)
        assert card is not None
        assert "\\[here\\]\\(command\\:evil\\)" in card
        assert "open · P2 · task · anna" in card
        assert "First line" in card
        assert await one.hover(uri, 0, 2) is None


async def test_the_first_issue_offers_to_initialise(tmp_path: Path) -> None:
    root = project(tmp_path / "p", initialised=False)
    async with editor(root) as one:
        uri = one.open(root / "main.py")
        assert await one.titles(uri) == ["Create issue", "Create issue"]
        with pytest.raises(Exception, match="was not initialised, so no issue was created"):
            await one.run("createIssueFromTodo", {"uri": uri, "line": TODO_LINE})
        assert not (root / ".issues").exists()
        one.press["has no issues yet"] = "Initialise"
        issue_id = await one.create_issue(uri, TODO_LINE)
        assert issue_id.startswith("p-")
        assert (root / ".issues" / ".gitignore").is_file()
        assert (await one.titles(uri))[0] == f"{issue_id} · open · P2"


async def test_init_command_with_a_prefix(tmp_path: Path) -> None:
    root = project(tmp_path / "p", initialised=False)
    async with editor(root) as one:
        answer = await one.run("initWorkspace", {"workspace": root.as_uri(), "prefix": "shop"})
        assert answer["prefix"] == "shop"
        issue = await one.run("createIssue", {"title": "First"})
        assert issue["id"].startswith("shop-")
        with pytest.raises(Exception, match="is initialised already"):
            await one.run("initWorkspace", {"workspace": root.as_uri()})


async def test_a_refused_edit_is_shown_and_a_repeat_makes_no_second_issue(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        uri = one.open(root / "main.py")
        one.refuse_edits = "the file is locked"
        since = one.mark()
        issue = await one.click(uri, "Create issue")
        question = await one.hear(types.WINDOW_SHOW_MESSAGE_REQUEST, since=since)
        assert "the file is locked" in question.message
        assert [action.title for action in question.actions] == ["Write the id again", f"Close {issue['id']}"]
        one.refuse_edits = None
        assert await one.create_issue(uri, TODO_LINE) == issue["id"]
        assert issue["id"] in one.texts[uri]
        assert len(await cli_json(root, "list")) == 1


async def test_an_editor_without_edits_is_told_the_id(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root, offered=capabilities(apply_edit=False)) as one:
        uri = one.open(root / "main.py")
        since = one.mark()
        issue = await one.click(uri, "Create issue")
        told = await one.hear(types.WINDOW_SHOW_MESSAGE, since=since)
        assert f"TODO({issue['id']})" in told.message


async def test_columns_beyond_the_basic_plane(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        uri = one.open(root / "x.py", "x = '🐍🐍'  # TODO: say “hello” 🐍\n")
        issue_id = await one.create_issue(uri, 0)
        assert one.texts[uri] == f"x = '🐍🐍'  # TODO({issue_id}): say “hello” 🐍\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"title": ""}, "title: it is empty"),
        ({"title": 3}, "title: it must be a text, not int"),
        ({}, "title: it is missing"),
        ({"title": "x", "priority": 9}, "priority: 9 is not one of 0"),
        ({"title": "x", "labels": "ui"}, "labels: it must be a list of texts"),
        ({"title": "x", "workspace": "file:///nowhere"}, "is not an open folder"),
    ],
)
async def test_mistakes_are_told_exactly(tmp_path: Path, arguments: dict[str, object], message: str) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        with pytest.raises(Exception, match=message):
            await one.run("createIssue", arguments)


async def test_a_command_on_an_unknown_issue(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        for verb in ("startIssue", "closeIssue", "reopenIssue", "showIssue"):
            with pytest.raises(Exception, match="There is no issue app-0000"):
                await one.run(verb, {"id": "app-0000"})


async def test_settings_of_the_editor_come_before_those_of_the_workspace(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        uri = one.open(root / "main.py")
        assert len(await one.lenses(uri)) == 2
        section = {"issuelens": {"codeLens": {"enabled": False}, "diagnostics": {"untrackedTodo": "warning"}}}
        since = one.mark()
        one.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings=section))
        assert await one.diagnostics(uri, since, count=2)
        assert await one.lenses(uri) == []


async def test_todos_of_the_whole_workspace_with_open_buffers_first(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    (root / "web.js").write_text("// TODO keep the basket\n")
    async with editor(root) as one:
        one.open(root / "main.py", "# TODO: only in the buffer\n")
        todos = await one.request("issuelens/listTodos", {})
        assert [(todo["path"], todo["line"], todo["column"], todo["text"]) for todo in todos] == [
            ("main.py", 1, 3, "only in the buffer"),
            ("web.js", 1, 4, "keep the basket"),
        ]
        closed = types.TextDocumentIdentifier((root / "main.py").as_uri())
        one.client.text_document_did_close(types.DidCloseTextDocumentParams(closed))
        todos = await one.request("issuelens/listTodos", {})
        assert [todo["text"] for todo in todos] == ["round half up", "taxes", "keep the basket"]


def test_the_state_is_kept_out_of_git(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    cli(root, "create", "Something")
    ignored = (root / ".issues" / ".gitignore").read_text()
    assert "!config.toml" in ignored
    assert "\n*\n" in ignored
