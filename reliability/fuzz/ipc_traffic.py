"""What a client of the daemon could send, as it should be and as it should not."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any, Final

from issuelens import __version__
from issuelens.ipc import methods
from issuelens.ipc.converter import loads_request
from issuelens.ipc.messages import OPERATIONS
from reliability.fuzz import lsp_traffic, seeds
from reliability.fuzz.lsp_traffic import NULL, Key
from reliability.fuzz.mutation import encoded, mutated, mutated_value, nested, odd_value

TOKEN: Final = b"TOKEN-OF-THE-DAEMON"
"""Stands for the token in what is kept, since each daemon has another."""
VERSIONS: Final = (__version__, "0", "", "x", None, 1)
"""What a greeting may name: a newer one would have the daemon go."""
SLOW: Final = (
    *(methods.SYNC, methods.TODOS, methods.REFERENCES, methods.REFRESH_CODE, methods.TOUCH_CODE),
    *(methods.CLOSED_REFERENCES, methods.CHECK, methods.REPAIR),
)
"""Methods that read or write files."""
_READS: Final = (
    *(methods.GET, methods.LIST, methods.BLOCKED, methods.TREE, methods.EPICS, methods.STATS),
    methods.CONFLICTS,
)
_OTHERS: Final = (methods.COMPLETE, methods.HISTORY, methods.DUPLICATES, methods.HELLO, methods.STATUS, "no/such", "")


def answer_due(content: bytes) -> Key:
    """The id of the one answer that a message must get: here, what is no request gets one, too."""
    return lsp_traffic.answer_due(content) or NULL


def is_harmless(content: bytes, folder: Path) -> bool:
    """Whether a message neither ends the daemon nor names a file outside of the folder."""
    try:
        shape = loads_request(content)
    except ValueError:
        return True
    if not isinstance(shape, dict):
        return True
    params = shape.get("params")
    named = params if isinstance(params, dict) else {}
    if shape.get("method") == methods.HELLO:
        return named.get("version") in VERSIONS
    path = named.get("path")
    if isinstance(path, str) and path.startswith("/"):
        return "\0" in path or (".." not in path and path.startswith(f"{folder}/"))
    return shape.get("method") != methods.STOP


class Requests:
    """Makes the requests of one client.

    Args:
        random: where chance comes from.
        folder: where files may be read and written.
        ids: of issues, kept up to date by whoever hears of new ones.
    """

    def __init__(self, random: Random, folder: Path, ids: list[str]) -> None:
        self._random = random
        self._folder = folder
        self._ids = ids
        self._next_id = 0

    def contents(self, count: int) -> list[bytes]:
        """The contents of so many messages."""
        found: list[bytes] = []
        while len(found) < count:
            one = self._one()
            if is_harmless(one, self._folder):
                found.append(one)
        return found

    def _one(self) -> bytes:
        random, chance = self._random, self._random.random()
        if chance < 0.30:
            return encoded(self.message())
        if chance < 0.82:
            return encoded(mutated_value(random, self.message()))
        if chance < 0.97:
            return mutated(random, encoded(self.message()), seeds.PARAMS)
        return random.choice(
            (
                b"",
                b"[" * random.choice((200, 5_000, 100_000)),
                encoded({"id": 1, "method": methods.CREATE, "params": {"metadata": nested(random.randrange(90, 300))}}),
                encoded({"id": "é" * random.choice((200, 201)), "method": "x" * random.randrange(50_000)}),
                encoded([self.message()]),
                encoded(odd_value(random)),
            )
        )

    def message(self) -> dict[str, Any]:
        """A request as it should be."""
        random, chance = self._random, self._random.random()
        self._next_id += 1
        request_id: Any = self._next_id if chance < 0.9 else f"r{self._next_id}"
        if random.random() < 0.03:
            request_id = random.choice((None, True, 1.5, -1, 2**63, 10**30, [], {}, "", 1))
        method = self._method()
        return {"jsonrpc": "2.0", "id": request_id, "method": method, "params": self._params(method)}

    def _method(self) -> str:
        random, chance = self._random, self._random.random()
        if chance < 0.45:
            return random.choice(tuple(OPERATIONS))
        if chance < 0.985:
            return random.choice(_READS * 2 + _OTHERS)
        return random.choice((*SLOW, methods.IMPORT, methods.EXPORT))

    def _params(self, method: str) -> dict[str, Any]:
        random = self._random
        if method in OPERATIONS:
            return {**self._operation(method), "key": f"k{random.getrandbits(64):x}", **self._context()}
        return self._reading().get(method, {})

    def _reading(self) -> dict[str, dict[str, Any]]:
        random, query = self._random, self._random.choice(seeds.QUERIES).decode()
        listed = {"query": query, "limit": 5, "actor": "anna"}
        name = random.choice(("in.jsonl", "out.jsonl", "none", "", "in.jsonl/x", "é\n"))
        directions = ("children", "dependencies", "dependents")
        return {
            methods.GET: {"ids": [self._id() for _ in range(random.randrange(3))], "details": random.random() < 0.5},
            methods.LIST: {**listed, "brief": random.random() < 0.5},
            methods.BLOCKED: listed,
            methods.EPICS: listed,
            methods.TREE: {"id": self._id(), "direction": random.choice(directions)},
            methods.COMPLETE: {"beginning": self._id()[:4], "limit": 5, "deleted": True},
            methods.HISTORY: {"id": random.choice((None, self._id())), "limit": 5},
            methods.DUPLICATES: {"query": query, "similarity": 0.9},
            methods.HELLO: {"version": random.choice(VERSIONS), "client": "fuzz", "protocol": 1},
            methods.IMPORT: {"path": str(self._folder / name)},
            methods.EXPORT: {"path": str(self._folder / name)},
            methods.REFERENCES: {"id": self._id()},
            methods.TOUCH_CODE: {
                "paths": random.choice((None, [], ["main.py"], ["src", "é.py", '"\\351.py"'], ["../x"]))
            },
        }

    def _context(self) -> dict[str, Any]:
        return self._random.choice(({}, {}, {"actor": "anna"}, {"dry_run": True}))

    def _id(self) -> str:
        return self._random.choice((*self._ids[-30:], "app-0000", "app", "", "a-1"))

    def _operation(self, method: str) -> dict[str, Any]:
        random = self._random
        chosen: dict[str, Any] = {"ids": [self._id()]}
        if random.random() < 0.1:
            chosen["query"] = random.choice(
                ("is:open limit:3", "label:l limit:2", *(one.decode() for one in seeds.QUERIES))
            )
        edits = [{"ids": [self._id()]} | self._updated() for _ in range(random.randrange(3))]
        linked = {"depends_on": [self._id()], "type": random.choice(("blocks", "parent-child", "related"))}
        comment = {"id": self._id(), "comment": random.randrange(3)}
        known: dict[str, dict[str, Any]] = {
            methods.CREATE: self._created(),
            methods.UPDATE: chosen | self._updated(),
            methods.EDIT: {"edits": edits},
            methods.COMMENT: chosen | {"text": "A remark"},
            methods.EDIT_COMMENT: comment | {"text": "Another"},
            methods.DELETE_COMMENT: comment,
            methods.ADD_DEPENDENCIES: chosen | linked,
            methods.REMOVE_DEPENDENCIES: chosen | linked,
            methods.MERGE: chosen | {"into": self._id()},
            methods.UNDO: random.choice(({"steps": 1}, {"steps": 3}, {"revision": random.randrange(500)})),
            methods.DELETE: chosen | {"reason": "r", "with_children": True},
            methods.CLOSE: chosen | {"reason": "r"},
            methods.REOPEN: chosen | {"reason": "r"},
        }
        return known.get(method, chosen)

    def _created(self) -> dict[str, Any]:
        fields = {
            "title": "A title",
            "description": "d",
            "priority": 1,
            "issue_type": "task",
            "labels": ["l"],
            "assignee": "anna",
            "estimated_minutes": 5,
            "due_at": "3d",
            "metadata": {"k": odd_value(self._random)},
            "parent": self._id(),
            "dependencies": [{"depends_on_id": self._id(), "type": "blocks"}],
        }
        return {"title": "T"} | {name: value for name, value in fields.items() if self._random.random() < 0.4}

    def _updated(self) -> dict[str, Any]:
        fields = {
            "title": "Another",
            "notes": "n",
            "status": "in_progress",
            "priority": 0,
            "assignee": "",
            "parent": self._id(),
            "due_at": "tomorrow",
            "defer_until": "",
            "add_labels": ["a"],
            "remove_labels": ["l"],
            "external_ref": "X-1",
            "set_metadata": {"k": odd_value(self._random)},
            "unset_metadata": ["k"],
            "estimated_minutes": -1,
        }
        return {name: value for name, value in fields.items() if self._random.random() < 0.3}


# HTTP


def posted(content: bytes, headers: bytes = b"") -> bytes:
    """A whole HTTP request that posts a message."""
    head = b"POST /rpc HTTP/1.1\r\nHost: issuelens\r\nAuthorization: Bearer %s\r\n%sContent-Length: %d\r\n\r\n"
    return head % (TOKEN, headers, len(content)) + content


_STATUS: Final = b'{"id":1,"method":"daemon/status","params":{}}'
RAW: Final = (
    posted(_STATUS),
    posted(_STATUS, b"Accept: application/x-ndjson\r\nX-Issuelens-Client: cli\r\n"),
    posted(_STATUS, b"Expect: 100-continue\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n"),
    posted(_STATUS, b"Content-Encoding: gzip\r\nTransfer-Encoding: identity\r\nCookie: a=b\r\n"),
    posted(b"2d\r\n" + _STATUS + b"\r\n0\r\nTrailer: x\r\n\r\n", b"Transfer-Encoding: chunked\r\n").replace(
        b"Content-Length", b"X"
    ),
    b"GET /ws HTTP/1.1\r\nHost: issuelens\r\nAuthorization: Bearer " + TOKEN + b"\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n\x81\x80\0\0\0\0",
    b"GET / HTTP/1.0\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: x:y:z\r\nOrigin: null\r\n\r\n",
    posted(b"", b"X-Issuelens-Client: \xff\xfe\xed\xa0\x80\r\n"),
    b"POST /rpc HTTP/1.1\r\nAuthorization: Bearer \xff\xed\xa0\x80\r\nHost: issuelens\r\n\r\n",
)
"""HTTP that is changed byte by byte."""
HTTP_TOKENS: Final = (
    *(
        b"\r\n",
        b"\r",
        b"\n",
        b": ",
        b"HTTP/9.9",
        b"HTTP/1.0",
        b"Content-Length: -1\r\n",
        b"Content-Length: 99999999999\r\n",
    ),
    *(
        b"Transfer-Encoding: chunked\r\n",
        b"ffffffffffffffff\r\n",
        b"0\r\n\r\n",
        b"Expect: 100-continue\r\n",
        b"\0",
        b"\xff",
    ),
    *(
        b"Connection: upgrade\r\n",
        b"Host: \r\n",
        b"a" * 9_000,
        b"X: y\r\n" * 300,
        b"GET ",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ),
    *(b"Content-Encoding: deflate\r\n", b"Content-Encoding: br\r\n", b"Range: bytes=0-\r\n", b"%00", b"http://[::1"),
)
