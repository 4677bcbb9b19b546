"""What an editor could send, as it should be and as it should not, and what must be answered to it."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, Final

from issuelens.ipc.converter import loads_request
from issuelens.ipc.limits import NestedTooDeeply, is_id
from issuelens.lsp.convert import path_of
from issuelens.lsp.initialize import COMMANDS
from reliability.fuzz import seeds
from reliability.fuzz.mutation import encoded, mutated, mutated_value, nested, odd_value

HALF: Final = re.compile("[\ud800-\udfff]")
"""Half of a character."""
Key = tuple[str, Any]
"""An answer's id with its type: 1, "1" and null are three."""
NULL: Final[Key] = ("null", None)
ENDING: Final = ("exit", "shutdown", "initialize")
_FOLDERS: Final = "workspace/didChangeWorkspaceFolders"
_OWN: Final = ("listIssues", "getIssue", "listTodos", "settled", "status")
_UNKNOWN: Final = ("", "x", "$/progress", "$/x", "textDocument/rename", "rpc.discover", "a" * 300, "workspace/symbol")


def key_of(request_id: Any) -> Key:
    """The key of an answer's id."""
    return NULL if request_id is None else (type(request_id).__name__, request_id)


def answer_due(content: bytes, loads: Callable[[bytes], Any] = loads_request) -> Key | None:
    """The id of the one answer that a message must get; None when it gets none."""
    try:
        shape = loads(content)
    except NestedTooDeeply as error:
        return key_of(error.request_id)
    except ValueError:
        return NULL
    if not isinstance(shape, dict):
        return NULL
    if "method" not in shape or "id" not in shape:
        return None
    usable = is_id(shape["id"]) and isinstance(shape["method"], str)
    return key_of(shape["id"]) if usable else NULL


def answer_due_to_editor(content: bytes, loads: Callable[[bytes], Any] | None = None) -> Key | None:
    """The same of a language server, which names the request in what it can't use, and takes halves of characters.

    Args:
        content: the message.
        loads: how it is read before `initialize` was answered, when nothing with halves is taken; None: afterwards.
    """
    try:
        (loads or loads_request)(content)
    except NestedTooDeeply:
        pass
    except ValueError:
        return _due_loosely(content, is_taken=loads is None)
    return answer_due(content, loads or loads_request)


def _due_loosely(content: bytes, *, is_taken: bool) -> Key | None:
    shape = _loosely(content)
    if not isinstance(shape, dict):
        return NULL
    if "method" in shape and "id" in shape:
        is_named = is_id(shape["id"]) and HALF.search(str(shape["id"])) is None
        return key_of(shape["id"]) if is_named else NULL
    return None if is_taken and _whole(shape) is not None else NULL


def _loosely(content: bytes) -> Any:
    """What a reader makes of a message that is not strictly JSON; None where that reads nothing, either."""
    try:
        return json.loads(content.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError):
        return None


def _whole(shape: Any) -> Any:
    """The same without halves of characters; None when something else is wrong with it, too."""
    try:
        return loads_request(HALF.sub("?", json.dumps(shape, ensure_ascii=False)).encode())
    except (ValueError, RecursionError):
        return None


def is_harmless(content: bytes, root: Path) -> bool:
    """Whether a message ends nothing, and opens no folder outside of the trial's own."""
    try:
        shape = loads_request(content)
    except ValueError:
        shape = _whole(_loosely(content))
    if not isinstance(shape, dict):
        return True
    if shape.get("method") in ENDING:
        return False
    if shape.get("method") != _FOLDERS:
        return True
    params = shape.get("params")
    event = params.get("event") if isinstance(params, dict) else None
    added = event.get("added") if isinstance(event, dict) else None
    return not isinstance(added, list) or all(_is_within(one, root) for one in added)


def _is_within(folder: Any, root: Path) -> bool:
    uri = folder.get("uri") if isinstance(folder, dict) else None
    if not isinstance(uri, str):
        return True
    try:
        path = path_of(uri)
        return path is None or path.resolve().is_relative_to(root)
    except (ValueError, OSError, RuntimeError):
        return True


class Traffic:
    """Makes the messages of one editor's life.

    Args:
        random: where chance comes from.
        root: the folder that is open.
    """

    def __init__(self, random: Random, root: Path) -> None:
        self._random = random
        self.root = root
        self._next_id = 100
        self._recent: deque[Any] = deque([1, "1"], maxlen=50)
        self._versions: dict[str, int] = {}
        inside = ["main.py", "notes.md", "a b%c.js", "é.rs", ".issues/config.toml", "sub/x.c", "Makefile", "none"]
        self.uris = [(root / name).as_uri() for name in inside]
        self.uris += ["untitled:1", "file:///nowhere/x.py", "file://[/x", "file:///a%00b", "http://x/y", "", "file:"]
        self.uris += ["file://host/share/x.go", (root / "sub").as_uri(), "file:///%ff%fe", "vscode-notebook-cell:x#1"]
        self.ids = ["app-1a2b", "app-9z9z", "app", "app-0000.1", "a"]
        """Ids of issues, those that answers named among them."""

    def contents(self, count: int) -> list[bytes]:
        """The contents of so many messages."""
        found: list[bytes] = []
        while len(found) < count:
            one = self._one()
            if is_harmless(one, self.root):
                found.append(one)
        return found

    def _one(self) -> bytes:
        random, message = self._random, self.message()
        chance = random.random()
        if chance < 0.40:
            return encoded(message)
        if chance < 0.80:
            return encoded(mutated_value(random, message))
        if chance < 0.97:
            return mutated(random, encoded(message), seeds.OBJECTS)
        return self._oddity()

    def _oddity(self) -> bytes:
        random = self._random
        return random.choice(
            (
                b"",
                b"null",
                b"[]",
                b"\xef\xbb\xbf{}",
                b"[" * random.choice((100, 200, 5_000, 100_000)),
                b'{"a":' * random.choice((100, 200, 5_000)) + b"1" + b"}" * 5_000,
                encoded(
                    {"id": self._id(), "method": "issuelens/getIssue", "params": nested(random.randrange(100, 300))}
                ),
                encoded({"id": self._id(), "method": "x" * random.randrange(100_000)}),
                encoded([self.message() for _ in range(random.randrange(5))]),
                b'{"id":1,"id":2,"method":"a","method":"issuelens/settled"}',
                b'{"jsonrpc":"1.0","id":%d,"method":"issuelens/settled","error":{},"result":1}'
                % random.randrange(1_000),
                encoded(odd_value(random)),
            )
        )

    def _id(self) -> Any:
        random, self._next_id = self._random, self._next_id + 1
        chance = random.random()
        if chance < 0.80:
            found: Any = self._next_id
        elif chance < 0.90:
            found = f"r{self._next_id}"
        elif chance < 0.95:
            found = random.choice(tuple(self._recent))
        else:
            found = random.choice(
                (None, True, 1.5, -1, 0, 2**63, -(2**63), 10**30, [], {}, "", "x" * 201, "x" * 200, "é")
            )
        if isinstance(found, int | str):
            self._recent.append(found)
        return found

    # Messages as they should be

    def message(self) -> dict[str, Any]:
        """A message that an editor could send."""
        makers = (
            *(self._open, self._change, self._change, self._close, self._lenses, self._lenses, self._hover),
            *(self._diagnostics, self._command, self._command, self._own, self._cancel, self._cancel, self._answer),
            *(self._rare, self._unknown),
        )
        return {"jsonrpc": "2.0", **self._random.choice(makers)()}

    def _request(self, method: str, params: Any) -> dict[str, Any]:
        return {"id": self._id(), "method": method, "params": params}

    def _uri(self) -> str:
        # Most of it is about a few files, so that messages meet each other.
        return self._random.choice(self.uris[:3] if self._random.random() < 0.7 else self.uris)

    def _text(self) -> str:
        source = self._random.choice(tuple(seeds.SOURCES.values()))
        if self._random.random() < 0.3:
            source = mutated(self._random, source, tuple(seeds.SOURCES.values()))[:20_000]
        return source.decode("utf-8", "replace")

    def _open(self) -> dict[str, Any]:
        uri = self._uri()
        self._versions[uri] = 1
        language = self._random.choice(("python", "markdown", "javascript", "rust", "", "x"))
        item = {"uri": uri, "languageId": language, "version": 1, "text": self._text()}
        return {"method": "textDocument/didOpen", "params": {"textDocument": item}}

    def _change(self) -> dict[str, Any]:
        uri = self._uri()
        self._versions[uri] = version = self._versions.get(uri, 0) + self._random.choice((1, 1, 1, 0, -1, 1_000))
        changes = [self._edit() for _ in range(self._random.choice((1, 1, 1, 3, 20)))]
        named = {"uri": uri, "version": version}
        return {"method": "textDocument/didChange", "params": {"textDocument": named, "contentChanges": changes}}

    def _edit(self) -> dict[str, Any]:
        text = self._text()
        if self._random.random() < 0.2:
            return {"text": text}
        if self._random.random() < 0.5:
            text = self._random.choice(("", "x", "\n", "# TODO: a\n", "\r", "😀", '"""', "/*", "app-1a2b"))
        return {"text": text, "range": {"start": self._position(), "end": self._position()}}

    def _position(self) -> dict[str, int]:
        number = self._random.choice((0, 0, 1, 1, 2, 3, 5, 8, 80, 2**31 - 1))
        return {"line": number, "character": self._random.choice((0, 0, 1, 2, 5, 30, 2**31 - 1))}

    def _close(self) -> dict[str, Any]:
        uri = self._uri()
        method = self._random.choice(("didClose", "didSave", "didSave"))
        return {"method": f"textDocument/{method}", "params": {"textDocument": {"uri": uri}}}

    def _lenses(self) -> dict[str, Any]:
        return self._request("textDocument/codeLens", {"textDocument": {"uri": self._uri()}})

    def _hover(self) -> dict[str, Any]:
        return self._request("textDocument/hover", {"textDocument": {"uri": self._uri()}, "position": self._position()})

    def _diagnostics(self) -> dict[str, Any]:
        return self._request("textDocument/diagnostic", {"textDocument": {"uri": self._uri()}})

    def _command(self) -> dict[str, Any]:
        name = self._random.choice(COMMANDS) if self._random.random() < 0.95 else "issuelens.server.none"
        return self._request("workspace/executeCommand", {"command": name, "arguments": [self._argument(name)]})

    def _argument(self, command: str) -> dict[str, Any]:
        random, issue = self._random, self._random.choice(self.ids)
        if command.endswith("createIssueFromTodo"):
            return {"uri": self._uri(), "line": random.randrange(4), "version": random.randrange(3)}
        if command.endswith("createIssue"):
            fields = {"title": "A title", "description": "d", "priority": 1, "issueType": "bug", "labels": ["l"]}
            return {name: value for name, value in fields.items() if random.random() < 0.8}
        argument: dict[str, Any] = {"id": issue, "reason": "r", "text": "t", "dependsOn": random.choice(self.ids)}
        if command.endswith("updateIssue"):
            argument |= {"title": "Another", "priority": random.randrange(6), "dueAt": "2d", "addLabels": ["a"]}
            argument |= {
                "setMetadata": {"k": odd_value(random)},
                "estimatedMinutes": 5,
                "status": "open",
                "parent": issue,
            }
        if command.endswith("initWorkspace"):
            argument = {"workspace": random.choice(self.uris), "prefix": "app"}
        return argument

    def _own(self) -> dict[str, Any]:
        # A scan of the files starts git, and a status walks over every object: seldom is enough.
        method = self._random.choice(_OWN[:2] * 20 + _OWN)
        query = self._random.choice(seeds.QUERIES[1:]).decode()
        params = {"query": query, "limit": 5, "all": True, "id": self._random.choice(self.ids)}
        return self._request(f"issuelens/{method}", params)

    def _cancel(self) -> dict[str, Any]:
        return {"method": "$/cancelRequest", "params": {"id": self._random.choice(tuple(self._recent))}}

    def _answer(self) -> dict[str, Any]:
        answer = {"id": self._random.choice((*self._recent, None, [], {}, 1.5))}
        return answer | self._random.choice(
            ({"result": odd_value(self._random)}, {"error": {"code": 1, "message": "m"}}, {})
        )

    def _rare(self) -> dict[str, Any]:
        random = self._random
        if random.random() < 0.02:
            folders = [{"uri": random.choice(self.uris), "name": "n"} for _ in range(2)]
            mine = [{"uri": self.root.as_uri(), "name": "root"}]
            event = random.choice(({"added": mine, "removed": folders[:1]}, {"added": folders, "removed": mine[:0]}))
            return {"method": _FOLDERS, "params": {"event": event}}
        settings = {"issuelens": {"codeLens": {"enabled": True}, "diagnostics": {"untrackedTodo": "hint"}}}
        changed = [{"uri": random.choice(self.uris), "type": random.randrange(1, 4)}]
        return random.choice(
            (
                {"method": "workspace/didChangeConfiguration", "params": {"settings": settings}},
                {"method": "workspace/didChangeWatchedFiles", "params": {"changes": changed}},
                {"method": "$/setTrace", "params": {"value": "verbose"}},
                {"method": "window/workDoneProgress/cancel", "params": {"token": 1}},
                {"id": self._id(), "method": "textDocument/didOpen", "params": {}},
                {"method": "textDocument/hover", "params": {}},
                {"method": "notebookDocument/didOpen", "params": {}},
            )
        )

    def _unknown(self) -> dict[str, Any]:
        method = self._random.choice(_UNKNOWN)
        return self._request(method, odd_value(self._random)) if self._random.random() < 0.5 else {"method": method}

    # What the server asks

    def answer_to(self, shape: dict[str, Any]) -> list[bytes]:
        """What the editor says to a request of the server: mostly something sensible, now and then nonsense."""
        method, random = shape["method"], self._random
        sensible = {
            "workspace/applyEdit": {"applied": random.random() < 0.7, "failureReason": "no"},
            "window/showMessageRequest": random.choice(
                (None, {"title": "Initialise"}, {"title": "Write the id again"})
            ),
            "workspace/configuration": [{"codeLens": {"enabled": True}}],
        }
        answer: dict[str, Any] = {"jsonrpc": "2.0", "id": shape["id"], "result": sensible.get(method)}
        chance = random.random()
        if chance < 0.1:
            answer["result"] = odd_value(random)
        elif chance < 0.2:
            del answer["result"]
            answer["error"] = random.choice(({"code": -1, "message": "m"}, odd_value(random)))
        return [encoded(answer)] * (2 if chance > 0.97 else 1)
