"""Messages that nobody should send, to real processes: one answer to each request, and all goes on."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from reliability.fuzz import wire
from reliability.fuzz.ipc import logged_faults
from reliability.fuzz.ipc_traffic import TOKEN
from tests.support.daemons import client, in_thread, posted, workspace
from tests.support.workspaces import project

from issuelens.domain.operation import CreateIssue
from issuelens.ipc import launch
from issuelens.ipc.framing import FrameBuffer, frame
from issuelens.ipc.limits import NESTING_LIMIT, REQUEST_LIMIT
from issuelens.workspace import Workspace

DEADLINE_SECONDS = 30
INITIALIZE = {"id": "i", "method": "initialize", "params": {"processId": None, "rootUri": None, "capabilities": {}}}
INITIALIZED = {"method": "initialized", "params": {}}
SHUTDOWN = {"id": "s", "method": "shutdown"}
EXIT = {"method": "exit"}
Message = dict[str, Any] | bytes


async def said(*messages: Message) -> tuple[int, list[dict[str, Any]]]:
    """The exit code of a language server that is sent all of this at once, and everything it says."""
    contents = [
        one if isinstance(one, bytes) else frame(json.dumps({"jsonrpc": "2.0"} | one).encode()) for one in messages
    ]
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "issuelens", "lsp", stdin=PIPE, stdout=PIPE)
    output, _ = await asyncio.wait_for(process.communicate(b"".join(contents)), DEADLINE_SECONDS)
    frames, found = FrameBuffer(), []
    frames.feed(output)
    while (content := frames.next()) is not None:
        found.append(json.loads(content))
    assert process.returncode is not None
    return process.returncode, found


async def answers(*messages: Message) -> list[dict[str, Any]]:
    """What is answered to messages between the beginning and the end of a server, which must end well."""
    code, found = await said(INITIALIZE, INITIALIZED, *messages, SHUTDOWN, EXIT)
    assert code == 0
    assert [found[0]["id"], found[-1]["id"]] == ["i", "s"]
    return found[1:-1]


def codes(found: list[dict[str, Any]]) -> list[tuple[Any, int]]:
    return [(one["id"], one["error"]["code"]) for one in found]


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


# The language server

ODD_IDS: tuple[Any, ...] = (None, True, 1.5, [], {}, 10**30, "x" * 201)


async def test_an_id_that_can_be_none_is_answered_with_null() -> None:
    found = await answers(*({"id": one, "method": "issuelens/settled"} for one in ODD_IDS))
    assert codes(found) == [(None, -32600)] * len(ODD_IDS)


async def test_an_odd_id_before_initialize_is_answered_with_null() -> None:
    code, found = await said(*({"id": one, "method": "initialize", "params": {}} for one in ODD_IDS), EXIT)
    assert code == 1
    assert codes(found) == [(None, -32600)] * len(ODD_IDS)


async def test_cancelling_an_odd_id_loses_nothing_of_what_comes_with_it() -> None:
    cancels = [{"method": "$/cancelRequest", "params": {"id": one}} for one in ODD_IDS]
    assert await answers(*cancels, {"id": 1, "method": "issuelens/settled"}) == [
        {"jsonrpc": "2.0", "id": 1, "result": None}
    ]


async def test_a_request_is_one_whatever_else_is_in_it() -> None:
    settled = {"method": "issuelens/settled", "params": {}}
    odd = [{"error": {}}, {"result": 1}, {"jsonrpc": "1.0"}, {"more": []}]
    found = await answers(*({"id": number} | settled | one for number, one in enumerate(odd)))
    assert sorted(one["id"] for one in found) == [0, 1, 2, 3]
    assert all(one["result"] is None for one in found)


@pytest.mark.parametrize("half", ["\ud83d", "\ude00\ud83d"])
async def test_a_request_with_half_of_a_character_is_answered_with_its_id(half: str) -> None:
    broken = frame(b'{"jsonrpc":"2.0","id":3,"method":"issuelens/settled","params":{"x":NaN}}')
    requests = [{"id": one, "method": "issuelens/settled", "params": {"x": half}} for one in (1, "two", half)]
    found = await answers(*requests, broken, {"id": 4, "method": "issuelens/settled"})
    assert codes(found[:-1]) == [(1, -32602), ("two", -32602), (None, -32602), (3, -32700)]
    assert found[0]["error"]["message"].startswith("The message holds half of a character")
    assert found[-1]["id"] == 4


async def test_an_odd_request_before_initialize_is_answered_with_its_id() -> None:
    code, found = await said({"id": 1, "method": "initialize", "params": {"x": "\ud83d"}}, EXIT)
    assert (code, codes(found)) == (1, [(1, -32700)])


async def test_text_with_half_of_a_character_is_taken_and_changed_where_it_is_meant(tmp_path: Path) -> None:
    uri = (tmp_path / "main.py").as_uri()
    document = {"uri": uri, "languageId": "python", "version": 1, "text": "# \ud83d TO: look\n"}
    place = {"start": {"line": 0, "character": 6}, "end": {"line": 0, "character": 6}}
    changed = {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"range": place, "text": "DO"}]}
    asked = {"textDocument": {"uri": uri}, "range": place, "context": {"diagnostics": []}}
    folder = {"added": [{"uri": tmp_path.as_uri(), "name": "p"}], "removed": []}
    found = await answers(
        {"method": "workspace/didChangeWorkspaceFolders", "params": {"event": folder}},
        {"method": "textDocument/didOpen", "params": {"textDocument": document}},
        {"method": "textDocument/didChange", "params": changed},
        {"id": 1, "method": "textDocument/codeAction", "params": asked},
    )
    [actions] = [one["result"] for one in found if one.get("id") == 1]
    assert actions[0]["title"] == "Create issue"


@pytest.mark.parametrize("method", ["textDocument/didOpen", "exit", "initialized", "$/setTrace"])
async def test_a_notification_with_an_id_is_told_so(method: str) -> None:
    found = await answers({"id": 1, "method": method, "params": {}})
    assert codes(found) == [(1, -32600)]
    assert found[0]["error"]["message"] == f"{method} is a notification; send it without an id."


@pytest.mark.parametrize(
    "method", ["shutdown", "textDocument/hover", "issuelens/status", "notebookDocument/didOpen", "x"]
)
async def test_a_request_without_an_id_does_nothing(method: str) -> None:
    found = await answers({"method": method, "params": {}}, {"id": 1, "method": "issuelens/settled"})
    assert found == [{"jsonrpc": "2.0", "id": 1, "result": None}]


async def test_levels_have_a_limit() -> None:
    request = {"id": 1, "method": "issuelens/getIssue"}
    found = await answers(
        request | {"params": nested(NESTING_LIMIT)}, frame(b"[" * 100_000), frame(b'{"a":' * 900 + b"1" + b"}" * 900)
    )
    assert codes(found)[0] == (1, -32600)
    assert "more than 128 levels" in found[0]["error"]["message"]
    assert [key for key, _ in codes(found)] == [1, None, None]


async def test_levels_have_a_limit_before_initialize() -> None:
    code, found = await said(
        INITIALIZE | {"params": nested(NESTING_LIMIT)}, frame(b"[" * 100_000), INITIALIZE, SHUTDOWN, EXIT
    )
    assert code == 0
    assert [one["id"] for one in found] == ["i", None, "i", "s"]
    assert "more than 128 levels" in found[0]["error"]["message"]


async def test_a_foreign_text_is_not_repeated_whole() -> None:
    found = await answers({"id": 1, "method": "x" * 1_000_000})
    assert len(json.dumps(found)) < 500


async def test_a_frame_that_cannot_be_read_has_a_word_before_initialize_too() -> None:
    code, found = await said(b"Content-Length: 99999999999\r\n\r\n")
    assert code == 1
    assert codes(found) == [(None, -32700)]
    assert "67,108,864 are allowed" in found[0]["error"]["message"]


async def test_a_document_in_a_language_without_a_name_harms_no_request(tmp_path: Path) -> None:
    item = {"uri": (tmp_path / "a.py").as_uri(), "languageId": 1.5, "version": 1, "text": "# TODO: a"}
    folders = {"workspaceFolders": [{"uri": tmp_path.as_uri(), "name": "t"}]}
    begin = INITIALIZE | {"params": INITIALIZE["params"] | folders}  # type: ignore[operator]
    opened = {"method": "textDocument/didOpen", "params": {"textDocument": item}}
    listed = {"id": 1, "method": "issuelens/listTodos", "params": {}}
    code, found = await said(begin, INITIALIZED, opened, listed, SHUTDOWN, EXIT)
    assert code == 0
    todos = next(one for one in found if one.get("id") == 1)
    assert [one["text"] for one in todos["result"]] == ["a"]


async def test_an_editor_whose_name_no_header_may_have(tmp_path: Path) -> None:
    folders = {"workspaceFolders": [{"uri": project(tmp_path / "p").as_uri(), "name": "p"}]}
    begin = INITIALIZE | {"params": INITIALIZE["params"] | folders | {"clientInfo": {"name": "a\r\n\0é"}}}  # type: ignore[operator]
    listed = [{"id": limit, "method": "issuelens/listIssues", "params": {"limit": limit}} for limit in (5, 2**62)]
    code, found = await said(begin, INITIALIZED, *listed, SHUTDOWN, EXIT)
    assert code == 0
    told = {one["id"]: one for one in found if "id" in one}
    assert told[5]["result"] == []
    assert told[2**62]["error"]["message"] == "limit: it must be a whole number from 1 to 1,000,000,000"


# The daemon


@pytest.fixture
def running(tmp_path: Path, patient_daemon: None) -> Any:
    """A workspace whose daemon runs; its log must have no fault at the end."""
    space = workspace(tmp_path / "p")
    launch.ensure_running(space)
    yield space
    launch.stop(space)
    assert logged_faults(space.daemon_log) == []


async def post(space: Workspace, shape: Any, **headers: str) -> dict[str, Any]:
    content = shape if isinstance(shape, bytes) else json.dumps({"jsonrpc": "2.0"} | shape).encode()
    status, body = await posted(space, content, headers)
    assert status == 200
    answer: dict[str, Any] = json.loads(body)
    return answer


async def test_a_daemon_answers_an_odd_id_with_null(running: Workspace) -> None:
    for one in ODD_IDS:
        assert codes([await post(running, {"id": one, "method": "daemon/status"})]) == [(None, -32600)]


async def test_a_daemon_has_a_limit_of_levels(running: Workspace) -> None:
    answer = await post(running, {"id": 1, "method": "issues/create", "params": nested(NESTING_LIMIT)})
    assert codes([answer]) == [(1, -32600)]
    assert (await post(running, b"[" * 100_000))["id"] is None


async def test_a_daemon_cancels_no_write_and_nothing_for_odd_ids(running: Workspace) -> None:
    async with client(running) as (one, _):
        for params in (*({"id": odd} for odd in [*ODD_IDS, 7, "x"]), {}, None, [], 7):
            await one._send(json.dumps({"jsonrpc": "2.0", "method": "daemon/cancel", "params": params}))
        writing = [asyncio.create_task(one.write(CreateIssue(title=f"{number}"))) for number in range(5)]
        for number in range(20):
            await one._send(json.dumps({"jsonrpc": "2.0", "method": "daemon/cancel", "params": {"id": number}}))
        made = [(await task).issues[0]["title"] for task in writing]
        assert sorted(made) == [f"{number}" for number in range(5)]


async def test_a_daemon_refuses_a_request_that_is_too_large(running: Workspace) -> None:
    head = b"POST /rpc HTTP/1.1\r\nHost: issuelens\r\nAuthorization: Bearer " + TOKEN + b"\r\nConnection: close\r\n"
    said = await raw(running, head + b"Content-Length: %d\r\n\r\n" % (REQUEST_LIMIT + 1) + b" " * (REQUEST_LIMIT + 1))
    answer = json.loads(said.partition(b"\r\n\r\n")[2])
    assert codes([answer]) == [(None, -32600)]
    assert "16,777,216" in answer["error"]["message"]


@pytest.mark.parametrize("version", ["", "x", "1.2.x"])
async def test_a_greeting_of_an_odd_version_is_refused(running: Workspace, version: str) -> None:
    answer = await post(running, {"id": 1, "method": "daemon/hello", "params": {"version": version, "client": "c"}})
    assert answer["error"]["data"] == {"kind": "invalid_field", "field": "version"}


async def raw(space: Workspace, content: bytes) -> bytes:
    endpoint = await in_thread(launch.ensure_running, space)
    async with wire.connected(endpoint) as (reader, writer):
        writer.write(content.replace(TOKEN, endpoint.token.encode()))
        return await asyncio.wait_for(reader.read(), DEADLINE_SECONDS)


async def test_odd_headers_are_refused_and_no_fault(running: Workspace) -> None:
    token = b"Connection: close\r\nAuthorization: Bearer " + TOKEN + b"\r\n"
    assert b" 403 " in await raw(running, b"POST /rpc HTTP/1.0\r\n" + token + b"\r\n")
    assert b" 401 " in await raw(
        running, b"POST /rpc HTTP/1.1\r\nHost: issuelens\r\nAuthorization: \xff\xfe\r\nConnection: close\r\n\r\n"
    )
    named = b"X-Issuelens-Client: \xff\xed\xa0\x80\r\nContent-Length: %d\r\n\r\n%s"
    create = b'{"id":1,"method":"issues/create","params":{"key":"k","title":"T"}}'
    begin = b"POST /rpc HTTP/1.1\r\nHost: issuelens\r\n" + token
    answer = await raw(running, begin + named % (len(create), create))
    assert b'"revision":2' in answer
    status = b'{"id":1,"method":"daemon/status","params":{}}'
    body = b"Content-Length: %d\r\n\r\n%s" % (len(status), status)
    assert b" 415 " in await raw(running, begin + b"Content-Encoding: deflate\r\n" + body)
    assert b" 417 " in await raw(running, begin + b"Expect: \xb1100-continue\r\n" + body)
    odd = begin.replace(b"/rpc", b"/none")
    assert b" 417 " in await raw(running, odd + b"Expect: \xb1100-continue\r\n" + body)
    assert b" 404 " in await raw(running, odd + body)
    waited = await raw(running, begin + b"Expect: 100-continue\r\n" + body)
    assert waited.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")


@pytest.mark.parametrize("limit", [2**63, 2**64 - 1, 10**30])
async def test_a_number_that_no_database_holds_is_refused(running: Workspace, limit: int) -> None:
    refused = await post(running, {"id": 1, "method": "issues/list", "params": {"limit": limit}})
    assert refused["error"]["message"].startswith("limit: it must be a whole number")


async def websocket(space: Workspace, content: bytes) -> list[tuple[int, bytes]]:
    """The frames that the daemon sends until it closes the WebSocket."""
    endpoint, found = await in_thread(launch.ensure_running, space), []
    async with wire.connected(endpoint) as (reader, writer), asyncio.timeout(DEADLINE_SECONDS):
        await wire.greet(reader, writer, endpoint.token)
        writer.write(content)
        with suppress(asyncio.IncompleteReadError):
            while not found or found[-1][0] != wire.CLOSE:
                found.append(await wire.read_frame(reader))
    return found


async def test_a_binary_message_is_answered_as_another(running: Workspace) -> None:
    request = b'{"id":1,"method":"daemon/status","params":{}}'
    frames = wire.ws_frame(wire.BINARY, request) + wire.ws_frame(wire.BINARY, b"\xff")
    found = await websocket(running, frames + wire.ws_frame(wire.CLOSE, b"\x03\xe8"))
    said = [json.loads(content) for kind, content in found if kind == wire.TEXT]
    assert {one["id"] for one in said} <= {1, None}
    assert found[-1][0] == wire.CLOSE


async def test_a_message_that_is_too_large_closes_its_websocket(running: Workspace) -> None:
    found = await websocket(running, wire.ws_frame(wire.TEXT, b"{", length=REQUEST_LIMIT + 1))
    assert found == [(wire.CLOSE, (1009).to_bytes(2, "big") + found[0][1][2:])]


async def test_an_odd_key_of_a_websocket_is_refused(running: Workspace) -> None:
    endpoint = await in_thread(launch.ensure_running, running)
    handshake = wire.HANDSHAKE.replace(b"dGhlIHNhbXBsZSBub25jZQ==", b"dGhlIHNhbXBsZSBu\xe225jZQ==")
    async with wire.connected(endpoint) as (reader, writer):
        writer.write(handshake.replace(TOKEN, endpoint.token.encode()))
        status, body = await asyncio.wait_for(wire.read_response(reader), DEADLINE_SECONDS)
    assert (status, body.partition(b":")[0]) == (400, b"This is no request for a WebSocket")


async def test_connections_that_are_cut_are_no_fault(running: Workspace) -> None:
    endpoint = await in_thread(launch.ensure_running, running)
    half = (
        b"POST /rpc HTTP/1.1\r\nHost: issuelens\r\nAuthorization: Bearer " + TOKEN + b"\r\nContent-Length: 100\r\n\r\n{"
    )
    for content in (wire.HANDSHAKE, wire.HANDSHAKE + wire.ws_frame(wire.PING, b"p") * 1_000, half):
        async with wire.connected(endpoint) as (_, writer):
            writer.write(content.replace(TOKEN, endpoint.token.encode()))
            await writer.drain()
    answer = await post(running, {"id": 1, "method": "daemon/status", "params": {}})
    assert answer["result"]["pid"] == endpoint.pid
