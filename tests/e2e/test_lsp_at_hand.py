"""What an editor has at hand beside lists: marks on a document, comment threads, work on a branch, drafts, a report."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

from lsprotocol import types
from tests.support.lsp import Editor, editor
from tests.support.workspaces import cli, project


async def made(one: Editor, title: str, **fields: Any) -> str:
    issue: dict[str, Any] = await one.run("createIssue", {"title": title, **fields})
    return str(issue["id"])


def places(shapes: list[dict[str, Any]]) -> list[tuple[int, int, int]]:
    """Line, first and last column."""
    return [
        (one["range"]["start"]["line"], one["range"]["start"]["character"], one["range"]["end"]["character"])
        for one in shapes
    ]


async def test_todos_and_ids_of_a_document_are_told_with_their_places(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        done, doing = await made(one, "Prices"), await made(one, "Taxes")
        await one.run("closeIssue", {"id": done})
        await one.run("startIssue", {"id": doing})
        text = f"# 😀 TODO: round\n# FIXME({done}): prices\nx = '{done}'  # see {doing}, app-zzzz\n"
        uri = one.open(root / "a.py", text)
        marks = await one.request("issuelens/documentMarks", {"uri": uri})
        assert marks["version"] == 1
        assert [(todo["tag"], todo["state"], todo["issue"]) for todo in marks["todos"]] == [
            ("TODO", "untracked", None),
            ("FIXME", "finished", done),
        ]
        assert [(todo["color"], todo["icon"]) for todo in marks["todos"]] == [
            ("charts.blue", "circle-outline"),
            ("charts.red", "flame"),
        ]
        # In UTF-16, the face counts twice.
        assert places(marks["todos"]) == [(0, 5, 9), (1, 2, 7)]
        assert [(found["issue"], found["category"], found["title"]) for found in marks["ids"]] == [
            (done, "done", "Prices"),
            (doing, "doing", "Taxes"),
        ]
        at = text.split("\n")[2].index("see") + 4
        assert places(marks["ids"]) == [(1, 8, 8 + len(done)), (2, at, at + len(doing))]
        assert await one.request("issuelens/documentMarks", {"uri": (tmp_path / "else.py").as_uri()}) is None


async def test_threads_are_those_of_issues_with_comments(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        first, second, silent = [await made(one, title) for title in ("Prices", "Taxes", "Rounding")]
        await one.run("addComment", {"id": first, "text": "Half up, please."})
        for number in range(22):
            await one.run("addComment", {"id": second, "text": f"remark {number}"})
        await one.run("closeIssue", {"id": second})
        uri = one.open(root / "a.py", f"# see {second}\n\n# TODO({silent}): x\n# TODO({first}): y, as {second}\n")
        threads = await one.request("issuelens/documentThreads", {"uri": uri})
        assert [(one["issue"], one["line"], one["finished"], one["earlier"]) for one in threads] == [
            (second, 0, True, 2),
            (first, 3, False, 0),
        ]
        assert [comment["text"] for comment in threads[0]["comments"]][::19] == ["remark 2", "remark 21"]
        assert threads[1]["comments"][0]["text"] == "Half up, please."


async def test_work_has_a_branch_and_the_branch_tells_the_issue(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    (root / ".git").mkdir()
    (root / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    async with editor(root) as one:
        issue = await made(one, "Round prices: half up", issueType="bug")
        plan = await one.request("issuelens/workPlan", {"id": issue})
        assert (plan["branch"], plan["message"], plan["current"]) == (
            f"{issue}-round-prices-half-up",
            f"{issue}: ",
            "main",
        )
        plan = await one.request("issuelens/workPlan", {"id": issue, "branch": "{type}/{id}", "message": "[{id}] "})
        assert (plan["branch"], plan["message"]) == (f"bug/{issue}", f"[{issue}] ")
        assert await one.request("issuelens/currentIssue", {}) is None
        assert (await one.request("issuelens/currentIssue", {"id": issue}))["id"] == issue
        (root / ".git" / "HEAD").write_text(f"ref: refs/heads/bug/{issue}\n")
        assert (await one.request("issuelens/currentIssue", {}))["title"] == "Round prices: half up"
        await one.run("closeIssue", {"id": issue})
        (root / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
        assert await one.request("issuelens/currentIssue", {"id": issue}) is None


async def test_a_draft_has_the_place_and_the_lines(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        uri = one.open(root / "main.py", "def a():\n    # round half up\n    return '```'\n")
        lines = {"start": {"line": 1, "character": 0}, "end": {"line": 2, "character": 3}}
        draft = await one.request("issuelens/issueDraft", {"uri": uri, "range": lines})
        assert draft == {
            "workspace": root.as_uri(),
            "title": "round half up",
            "description": "`main.py:2-3`\n\n````python\n# round half up\nreturn '```'\n````",
        }


async def test_a_message_in_vs_codes_field_is_completed_and_checked(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        issue = await made(one, "Prices")
        uri = f"vscode-scm:git/scm0/input?rootUri={quote(root.as_uri(), safe='')}"
        text = "Round half up, #\n\nas app-9z9z says"
        item = types.TextDocumentItem(uri, "scminput", 1, text)
        one.versions[uri] = 1
        one.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        [problem] = await one.diagnostics(uri, count=1)
        assert "app-9z9z" in problem.message
        assert problem.range.start.line == 2
        params = types.CompletionParams(types.TextDocumentIdentifier(uri), types.Position(0, 16))
        found = await one.client.text_document_completion_async(params)
        assert isinstance(found, types.CompletionList)
        assert issue in next(item.label for item in found.items)


async def test_issues_are_found_by_what_is_typed_in_every_folder(tmp_path: Path) -> None:
    first, second = project(tmp_path / "p"), project(tmp_path / "q", prefix="lib")
    async with editor(first, second, project(tmp_path / "none", initialised=False)) as one:
        prices = await made(one, "Round prices", workspace=first.as_uri(), assignee="ben")
        old = await made(one, "Old prices", workspace=first.as_uri())
        taxes = await made(one, "Prices with taxes", workspace=second.as_uri())
        await one.run("closeIssue", {"workspace": first.as_uri(), "id": old})

        async def found(**params: Any) -> list[str]:
            return [each["issue"]["id"] for each in await one.request("issuelens/findIssues", params)]

        assert await found(words="prices") == [prices, old, taxes]
        assert await found(words="prices", state="open") == [prices, taxes]
        assert await found(words="@ben") == [prices]
        assert await found(words=f"#{old}") == [old]
        assert await found(workspace=second.as_uri()) == [taxes]
        assert await found(state="closed") == [old]
        assert await found(limit=1) == [prices, taxes]
        [each] = await one.request("issuelens/findIssues", {"words": "round"})
        assert (each["workspace"], each["name"], each["issue"]["assignee"]) == (first.as_uri(), "p", "ben")


async def test_a_report_tells_no_text_of_anybody(tmp_path: Path) -> None:
    root = project(tmp_path / "secret-place")
    async with editor(root) as one:
        await made(one, "A title that nobody is to see")
        text = (await one.request("issuelens/report", {}))["text"]
        assert text.startswith("# Issuelens report")
        assert "issuelens:" in text
        assert "nobody is to see" not in text
        assert "secret-place" not in text


async def test_settings_of_another_extension_are_shown_then_taken_over(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        settings = {"todo-tree.general.tags": ["TODO", "NOTE", "[ ]"], "editor.tabSize": 2}
        told = await one.request("issuelens/importTodoSettings", {"settings": settings})
        assert told["extensions"] == ["Todo Tree"]
        assert [change["after"] for change in told["changes"]] == [["TODO", "NOTE"]]
        assert [remark["setting"] for remark in told["remarks"]] == ["todo-tree.general.tags"]
        assert told["written"] is False
        uri = one.open(root / "a.py", "# NOTE: no matter\n")
        assert (await one.request("issuelens/documentMarks", {"uri": uri}))["todos"] == []
        told = await one.request("issuelens/importTodoSettings", {"settings": settings, "write": True})
        assert told["written"] is True
        assert "NOTE" in cli(root, "config", "get", "todos.tags")
        marks = await one.request("issuelens/documentMarks", {"uri": uri})
        assert [todo["tag"] for todo in marks["todos"]] == ["NOTE"]
