"""What a key costs in a file of 20,000 lines: in the server's own objects, and until a real server has taken it.

Times in process are the thread's CPU time, so that what else runs on the machine is not counted; those of the real
server are what a client waits.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any, Final

from attrs import frozen
from lsprotocol import types
from pygls.workspace import TextDocument

from bench.measure import Figure, percentile, plain, timed
from issuelens.domain.config import TodoConfig
from issuelens.editor_client.editor import CAPABILITIES, editor
from issuelens.ipc.converter import dumps
from issuelens.lsp import features
from issuelens.lsp.documents import Document
from issuelens.lsp.server import Server
from issuelens.todos.grammar import analyse
from issuelens.todos.languages import LANGUAGES
from issuelens.todos.settings import ScanSettings
from issuelens.workspace import initialise

LINES: Final = 20_000
TODO_LINES: Final = 40
"""Each so many lines a TODO: 500 of them."""
KEYS: Final = 1_000
ROW: Final = 40
"""Keys typed in one place, before the next."""
PARAMETERS: Final = {"processId": None, "rootUri": None, "capabilities": CAPABILITIES}
TODOS: Final = TodoConfig()
SETTINGS: Final = ScanSettings(tags=("TODO", "FIXME", "HACK", "XXX", "BUG"), prefixes=frozenset({"app"}))


@frozen
class Written:
    """A language to type in: its comment, and what opens a comment or string that goes over lines."""

    name: str
    comment: str
    opener: str

    def text(self) -> str:
        """A file of 1 MB: a tenth of its lines are comments."""
        return "".join(f"{self._line(number)}\n" for number in range(LINES))

    def _line(self, number: int) -> str:
        if number % TODO_LINES == 0:
            return f"{self.comment} TODO: look at number {number} again"
        if number % 10 == 3:
            return f"    {self.comment} what comes next is known from app-{number % 9_000 + 1_000}"
        return "" if number % 7 == 0 else f"    value_{number} = compute(other_{number}, 'text {number}') + offset()"


WRITTEN: Final = (Written("c", "//", "/*"), Written("python", "#", '"""'))
Edit = tuple[int, int, str]
"""Line, column and text of what is typed."""


@frozen
class Cost:
    """Milliseconds of one key: taking it, then finding the TODOs of the text as it is now."""

    taken: float
    found: float


async def keystrokes(folder: Path) -> list[Figure]:
    """Keys in code, in comments, at the top, and those that open a comment; then a real server."""
    figures: list[Figure] = []
    for written in WRITTEN:
        figures += await _in_process(written)
    return figures + await _real(folder)


async def _in_process(written: Written) -> list[Figure]:
    text = written.text()
    whole = median(_milliseconds(lambda: _analysed(text, written.name)) for _ in range(7))
    async with Server(PARAMETERS) as server:
        features.register(server)
        gc.collect()
        gc.freeze()
        figures = []
        for name, edits, limit in _cases(written):
            costs = list(_costs(server, written, edits))
            total = percentile([one.taken + one.found for one in costs], 0.99)
            budget = f"<= {limit:g} ms" if limit else ""
            label = f"{written.name}: {name}, taken and found anew, p99 (against all read anew)"
            figures.append(Figure(label, budget, total, whole, "ms", not limit or total <= limit))
            if name == "a key in code":
                figures += _parts(written, costs)
    return figures


def _cases(written: Written) -> Iterator[tuple[str, Iterator[Edit], float | None]]:
    """What is typed: its name, the edits, and what one may cost."""
    yield "a key in code", islice(_typed(written, 5), KEYS), 1
    yield "a key in a comment", islice(_typed(written, 3), KEYS), 1
    yield "Enter at the top", iter([(0, 0, "\n")] * 100), None
    yield f"opening {written.opener} amid the file", iter([(LINES // 2 + 1, 0, written.opener)] * 20), None


def _typed(written: Written, offset: int) -> Iterator[Edit]:
    """Keys in rows, each row on another line whose number ends with `offset`."""
    for row in range(KEYS):
        line = (row * 7_310) % LINES + offset
        for key in range(ROW):
            yield line, 4 + len(written.comment) + key, "x"


def _costs(server: Server, written: Written, edits: Iterator[Edit]) -> Iterator[Cost]:
    handlers = server.protocol.fm.builtin_features
    uri, version = f"untitled:{written.name}", 1
    handlers[types.TEXT_DOCUMENT_DID_OPEN](
        types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, written.name, version, written.text()))
    )
    document = server.documents.get(uri)
    assert document is not None
    assert len(_found(document).todos) == LINES // TODO_LINES
    change = handlers[types.TEXT_DOCUMENT_DID_CHANGE]
    for line, column, text in edits:
        version += 1
        params = _change(uri, version, (line, column), (line, column), text)
        yield Cost(_milliseconds(lambda: change(params)), _milliseconds(lambda: _found(document)))  # noqa: B023
        if text == written.opener:
            change(_change(uri, version, (line, column), (line, column + len(text)), ""))
            _found(document)
    handlers[types.TEXT_DOCUMENT_DID_CLOSE](types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))


def _parts(written: Written, costs: list[Cost]) -> list[Figure]:
    """What of a key in code is whose: ours, pygls' way to edit the text, and the reading of the message."""
    theirs = TextDocument(f"untitled:{written.name}", written.text())
    edited = [_milliseconds(lambda: theirs.apply_change(_first_change())) for _ in range(50)]
    taken = percentile([one.taken for one in costs], 0.99)
    return [
        plain(
            f"{written.name}: of it the edit of text and lines, p99 (against pygls, p50)", taken, "ms", median(edited)
        ),
        plain(f"{written.name}: of it finding, p50", median(one.found for one in costs), "ms"),
    ]


def _first_change() -> types.TextDocumentContentChangeEvent:
    return _change("", 0, (LINES // 2, 0), (LINES // 2, 0), "x").content_changes[0]


def _change(
    uri: str, version: int, start: tuple[int, int], end: tuple[int, int], text: str
) -> types.DidChangeTextDocumentParams:
    place = types.Range(types.Position(*start), types.Position(*end))
    change = types.TextDocumentContentChangePartial(place, text)
    return types.DidChangeTextDocumentParams(types.VersionedTextDocumentIdentifier(version, uri), [change])


def _found(document: Document) -> Any:
    return document.findings(TODOS, SETTINGS.prefixes)


def _analysed(text: str, name: str) -> object:
    return analyse(text, LANGUAGES[name], tags=SETTINGS.tags, prefixes=SETTINGS.prefixes)


def _milliseconds(work: Callable[[], object]) -> float:
    begun = time.thread_time_ns()
    work()
    return (time.thread_time_ns() - begun) / 1e6


async def _real(folder: Path) -> list[Figure]:
    """A key and then a request for nothing, against that request alone: what the key keeps a client waiting."""
    root = folder / "typed"
    root.mkdir()
    path = root / "main.c"
    path.write_text(WRITTEN[0].text())
    initialise(root, "app")
    async with editor([root]) as played:
        buffer = played.open_file(path, "c")
        await played.lenses(buffer)
        keys = _typed(WRITTEN[0], 5)

        async def nothing() -> None:
            await played.connection.request("issuelens/settled", {})

        async def key() -> None:
            buffer.version += 1
            line, column, text = next(keys)
            named = {"uri": buffer.uri, "version": buffer.version}
            place = {"line": line, "character": column}
            change = {"range": {"start": place, "end": place}, "text": text}
            played.connection.notify("textDocument/didChange", {"textDocument": named, "contentChanges": [change]})
            await nothing()

        rounds = [(await timed(key, 200), await timed(nothing, 200)) for _ in range(5)]
    figures = []
    for share in (0.5, 0.99):
        ours, other = (median(percentile(one[side], share) for one in rounds) for side in (0, 1))
        figures.append(plain(f"a key and a no-op in a real server, p{share * 100:g} (no-op alone)", ours, "ms", other))
    return [*figures, plain("reading one didChange message (lsprotocol, JSON), p50", await _reading(), "ms")]


async def _reading() -> float:
    async with Server(PARAMETERS) as server:
        features.register(server)
        params = {
            "textDocument": {"uri": "untitled:x", "version": 2},
            "contentChanges": [
                {"range": {name: {"line": 1, "character": 2} for name in ("start", "end")}, "text": "x"}
            ],
        }
        message = {"jsonrpc": "2.0", "method": types.TEXT_DOCUMENT_DID_CHANGE, "params": params}
        content = dumps(message)
        # The document is not open, so the message is read, and that is all.
        return median(_milliseconds(lambda: server.protocol.receive(content)) for _ in range(500))
