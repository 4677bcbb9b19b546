"""Workspace symbols, inlay hints and semantic tokens while things change, with the real server and the real daemon."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import attrs
import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from tests.support.lsp import Editor, capabilities, editor
from tests.support.workspaces import cli, cli_json, project

ON = {"inlayHints": {"enabled": True}}


def offered(*, resolves: bool = False) -> types.ClientCapabilities:
    """An editor that takes every refresh."""
    usual = capabilities()
    assert usual.workspace is not None
    properties = types.ClientSymbolResolveOptions(["location.range"])
    workspace = attrs.evolve(
        usual.workspace,
        inlay_hint=types.InlayHintWorkspaceClientCapabilities(refresh_support=True),
        semantic_tokens=types.SemanticTokensWorkspaceClientCapabilities(refresh_support=True),
        symbol=types.WorkspaceSymbolClientCapabilities(resolve_support=properties if resolves else None),
    )
    return attrs.evolve(usual, workspace=workspace)


async def symbols(one: Editor, query: str, token: str | None = None) -> list[types.WorkspaceSymbol]:
    await one.request("issuelens/settled", {})
    params = types.WorkspaceSymbolParams(query, partial_result_token=token)
    found = await asyncio.wait_for(one.client.workspace_symbol_async(params), 30)
    assert found is not None
    return list(found)  # type: ignore[arg-type]


async def names(one: Editor, query: str) -> list[str]:
    return [symbol.name for symbol in await symbols(one, query)]


async def hints(one: Editor, uri: str) -> list[object]:
    everything = types.Range(types.Position(0, 0), types.Position(1_000, 0))
    params = types.InlayHintParams(types.TextDocumentIdentifier(uri), everything)
    return [hint.label for hint in await one.client.text_document_inlay_hint_async(params) or ()]


async def tokens(one: Editor, uri: str) -> types.SemanticTokens:
    params = types.SemanticTokensParams(types.TextDocumentIdentifier(uri))
    found = await one.client.text_document_semantic_tokens_full_async(params)
    assert found is not None
    return found


async def delta(one: Editor, uri: str, name: str | None) -> types.SemanticTokens | types.SemanticTokensDelta:
    params = types.SemanticTokensDeltaParams(types.TextDocumentIdentifier(uri), name or "")
    found = await one.client.text_document_semantic_tokens_full_delta_async(params)
    assert found is not None
    return found


async def test_symbols_follow_what_is_typed_and_done_elsewhere(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        uri = one.open(root / "main.py")
        assert await names(one, "round") == ["TODO: round half up"]
        issue_id = await one.create_issue(uri, 6)
        assert await names(one, "round") == [f"{issue_id} round half up", f"TODO({issue_id}): round half up"]
        one.type(uri, one.texts[uri].replace("round half up", "truncate"))
        assert await names(one, "round") == [f"{issue_id} round half up"]
        since = one.mark()
        await cli_json(root, "update", issue_id, "--title", "Never round")
        await one.hear("issuelens/didChangeIssues", since=since)
        assert await names(one, "never") == [f"{issue_id} Never round"]
        one.close(uri)
        assert await names(one, "truncate") == [], "what was not saved goes with the document"


async def test_places_are_exact_without_being_asked_for(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    (root / "odd name.py").write_text('"𝐛"; x = 1  # TODO: in a closed file\n')
    async with editor(root) as one:
        uri = one.open(root / "main.py", text='"𝐛"  # TODO: in an open file\n')
        found = {symbol.name: symbol.location for symbol in await symbols(one, "file")}
        assert found == {
            "TODO: in a closed file": types.Location((root / "odd name.py").as_uri(), _range(0, 15, 19)),
            "TODO: in an open file": types.Location(uri, _range(0, 8, 12)),
        }


async def test_an_editor_that_resolves_gets_places_when_it_needs_them(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root, offered=offered(resolves=True)) as one:
        uri = one.open(root / "main.py")
        [todo] = await symbols(one, "taxes")
        assert todo.location == types.LocationUriOnly(uri)
        one.type(uri, f'"𝐛"\n{one.texts[uri]}')
        await one.request("issuelens/listTodos", {})
        now = await one.client.workspace_symbol_resolve_async(todo)
        assert now.location == types.Location(uri, _range(8, 26, 31)), "one line further down"
        (root / "main.py").unlink()
        one.close(uri)
        gone = await one.client.workspace_symbol_resolve_async(todo)
        assert isinstance(gone.location, types.Location)


async def test_a_symbol_that_was_never_given_resolves_to_somewhere(tmp_path: Path) -> None:
    odd: list[Any] = [None, [], {"todo": 1}, {"todo": "x", "line": -1, "column": "y", "length": 1e300}]
    root = project(tmp_path / "p")
    async with editor(root, offered=offered(resolves=True)) as one:
        uris = ((root / "main.py").as_uri(), "file:///nowhere/x.py", "untitled:x", "no uri")
        for uri, given in itertools.product(uris, odd):
            asked = types.WorkspaceSymbol(types.LocationUriOnly(uri), "x", types.SymbolKind.File, data=given)
            now = await one.client.workspace_symbol_resolve_async(asked)
            assert isinstance(now.location, types.Location)
            assert now.location.range.start == types.Position(0, 0)


async def test_the_document_of_an_issue_is_there_when_it_is_gone_to(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    cli(root, "create", "the first one")
    for resolves in (True, False):
        async with editor(root, offered=offered(resolves=resolves)) as one:
            [symbol] = await symbols(one, "first one")
            path = Path(unquote(urlsplit(symbol.location.uri).path))
            assert path.is_relative_to(root / ".issues")
            assert path.is_file() is not resolves, "written with the answer only where nothing is asked later"
            if resolves:
                now = await one.client.workspace_symbol_resolve_async(symbol)
                assert now.location == types.Location(symbol.location.uri, _range(0, 0, 0))
            assert "the first one" in path.read_text()
            path.unlink()


async def test_an_issue_that_has_gone_is_told_of(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root, offered=offered(resolves=True)) as one:
        location = types.LocationUriOnly((root / ".issues" / "edit" / "app-9z9z.md").as_uri())
        for given in ({"issue": "app-9z9z"}, {"issue": 7}, {"issue": "app-1a2b", "workspace": "file:///nowhere"}):
            asked = types.WorkspaceSymbol(location, "x", types.SymbolKind.File, data=given)
            with pytest.raises(JsonRpcException) as refused:
                await one.client.workspace_symbol_resolve_async(asked)
            assert "A fault" not in str(refused.value), given


async def test_symbols_come_in_parts(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    cli(root, "create", "round half down")
    async with editor(root) as one:
        whole = await names(one, "round")
        assert len(whole) == 2
        one.progress["here"] = []
        parts: list[Any] = []
        one.client.protocol.fm.features.pop(types.PROGRESS)
        one.client.feature(types.PROGRESS)(lambda params: parts.append((params.token, params.value)))
        assert await symbols(one, "round", token="here") == []
        assert [token for token, _ in parts] == ["here", "here"]
        assert [symbol["name"] for _, some in parts for symbol in some] == whole


async def test_a_folder_without_issues_has_its_todos(tmp_path: Path) -> None:
    root = project(tmp_path / "p", initialised=False)
    other = project(tmp_path / "q")
    cli(other, "create", "round it")
    async with editor(root, other) as one:
        found = await symbols(one, "round")
        assert [symbol.name.partition(" ")[2] for symbol in found] == ["round it", "round half up", "round half up"]


async def test_hints_and_colours_are_asked_for_again_when_issues_change(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root, offered=offered()) as one:
        uri = one.open(root / "main.py")
        one.client.workspace_did_change_configuration(types.DidChangeConfigurationParams({"issuelens": ON}))
        issue_id = await one.create_issue(uri, 6)
        assert await hints(one, uri) == ["open"]
        before = await tokens(one, uri)
        since = one.mark()
        await cli_json(root, "close", issue_id)
        await one.hear(types.WORKSPACE_INLAY_HINT_REFRESH, since=since)
        await one.hear(types.WORKSPACE_SEMANTIC_TOKENS_REFRESH, since=since)
        assert await hints(one, uri) == ["closed"]
        now = await delta(one, uri, before.result_id)
        assert isinstance(now, types.SemanticTokensDelta)
        assert now.edits == (types.SemanticTokensEdit(5, 5, (0, 5, len(issue_id), 1, 1)),)


async def test_a_delta_is_against_what_the_editor_has(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        uri = one.open(root / "main.py")
        first = await tokens(one, uri)
        again = await delta(one, uri, first.result_id)
        assert again == types.SemanticTokensDelta((), first.result_id), "nothing has changed"
        one.type(uri, "# TODO: a\n# TODO: b\n")
        changed = await delta(one, uri, first.result_id)
        assert isinstance(changed, types.SemanticTokensDelta)
        assert changed.result_id != first.result_id
        unknown = await delta(one, uri, first.result_id)
        assert unknown == types.SemanticTokens((0, 2, 4, 0, 0, 1, 2, 4, 0, 0), changed.result_id)


async def test_a_text_edited_while_asked_has_places_of_its_own(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        one.client.workspace_did_change_configuration(types.DidChangeConfigurationParams({"issuelens": ON}))
        issue_id = str((await one.run("createIssue", {"title": "x"}))["id"])
        uri = one.open(root / "main.py", text=f"# {issue_id}\n")
        named = types.TextDocumentIdentifier(uri)
        for number in range(20):
            # Sent at once, so that the edit is behind them in the pipe.
            asked = one.client.protocol.send_request(
                types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, types.SemanticTokensParams(named)
            )
            one.type(uri, "\n" * number + f"{' ' * number}# {issue_id}\n")
            found = await asyncio.wait_for(asyncio.wrap_future(asked), 30)
            line, start, *others = found.data
            assert start == line + 2, "both of one version"
            assert others == [len(issue_id), 1, 0]
        assert (await tokens(one, uri)).data == (19, 21, len(issue_id), 1, 0)


async def test_nothing_is_known_of_what_lies_outside(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    outside = tmp_path / "elsewhere.py"
    outside.write_text("# TODO: round half up\n")
    async with editor(root) as one:
        one.client.workspace_did_change_configuration(types.DidChangeConfigurationParams({"issuelens": ON}))
        one.open(outside)
        for uri in (outside.as_uri(), "untitled:Untitled-1", (root / "never-opened.py").as_uri()):
            assert await hints(one, uri) == []
            assert (await tokens(one, uri)).data == ()


def _range(line: int, start: int, end: int) -> types.Range:
    return types.Range(types.Position(line, start), types.Position(line, end))
