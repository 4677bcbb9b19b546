"""What a person sees while typing and looking around: 2,600 lines with 100 TODOs, 10,000 issues, 20,000 more TODOs.

What an editor asks for at each move is compared with a request for nothing to the same server, in turn. The rest is
what a client waits.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import Any, Final

from bench.editing import PEERS, peer
from bench.filling import filled, issue_id
from bench.indexing import FILES, MARKERS, NOTHING, tree
from bench.measure import ROUNDS, Figure, against, below, percentile, plain, side_by_side, timed
from issuelens.editor_client.editor import CAPABILITIES, Buffer, Editor, editor

ISSUES: Final = 10_000
LINES: Final = 2_600
TODOS: Final = 100
COUNT: Final = 200
"""Requests of a round."""
STRIDE: Final = LINES // TODOS
QUERIES: Final = ("a", "app-a1", "part", "look part 3", "session timeout", "prsr", "a1f3", "zzzzzz", "", "module77")
"""What is typed into a list of symbols: from words in nearly all texts to those in none."""
EVERYTHING: Final = {
    **CAPABILITIES,
    "textDocument": {
        **CAPABILITIES["textDocument"],
        "diagnostic": {},
        "completion": {
            "completionItem": {"resolveSupport": {"properties": ["documentation"]}},
            "completionList": {"itemDefaults": ["editRange", "data"]},
        },
        "codeLens": {"resolveSupport": {"properties": ["command"]}},
        "codeAction": {"dataSupport": True, "resolveSupport": {"properties": ["edit"]}},
    },
    "workspace": {
        **CAPABILITIES["workspace"],
        "symbol": {"resolveSupport": {"properties": ["location.range"]}},
    },
}
Ask = Callable[[], Awaitable[object]]


async def features(folder: Path) -> list[Figure]:
    """Each request in a server that has everything open and read."""
    root = filled(folder, ISSUES).root
    tree(root)
    path = root / "main.py"
    path.write_text(_text())
    async with editor([root], capabilities=EVERYTHING, settings={"inlayHints": {"enabled": True}}) as played:
        buffer = played.open_file(path, "python")
        listed = await played.connection.request("issuelens/listTodos", {}, timeout=300)
        assert len(listed) == FILES * MARKERS + TODOS, len(listed)
        return [
            *await _moves(played, buffer),
            *await _keys(played, buffer),
            *await _completed_keys(played, buffer),
            *await _looking(played, buffer),
        ]


def _text() -> str:
    lines = [f"    value_{number} = compute(other_{number}, 'text {number}')" for number in range(LINES)]
    for number in range(TODOS):
        said = f"({issue_id(number * 7)})" if number % 2 else ""
        lines[number * STRIDE] = f"# TODO{said}: look at number {number} again, as in {issue_id(number * 11)}"
    lines[1] = "# see app-"
    return "\n".join(lines) + "\n"


async def _moves(played: Editor, buffer: Buffer) -> list[Figure]:
    """What is asked for when the pointer or the cursor moves, or completion is wanted."""
    named, lines = {"uri": buffer.uri}, buffer.text.split("\n")

    def asking(method: str, params: Callable[[int], dict[str, Any]]) -> Ask:
        places = cycle(range(0, LINES, STRIDE))
        return lambda: played.connection.request(method, {"textDocument": named, **params(next(places))})

    def on_id(line: int) -> dict[str, Any]:
        return {"position": {"line": line, "character": lines[line].rindex("app-") + 5}}

    def on_todo(line: int) -> dict[str, Any]:
        place = {"line": line, "character": 4}
        return {"range": {"start": place, "end": place}, "context": {"diagnostics": []}}

    end = {"position": {"line": 1, "character": len(lines[1])}, "context": {"triggerKind": 1}}
    whole = {"range": {"start": {"line": 0, "character": 0}, "end": {"line": LINES, "character": 0}}}
    figures = []
    for name, ask in {
        "hover": asking("textDocument/hover", on_id),
        "completion": asking("textDocument/completion", lambda _: end),
        "code actions": asking("textDocument/codeAction", on_todo),
    }.items():
        figures += await _against_nothing(played, name, ask, (3, 5))
    for name, ask in {
        "document highlight": asking("textDocument/documentHighlight", on_id),
        "definition": asking("textDocument/definition", on_id),
        "inlay hints of the file": asking("textDocument/inlayHint", lambda _: whole),
        "semantic tokens of the file": asking("textDocument/semanticTokens/full", lambda _: {}),
    }.items():
        figures += await _against_nothing(played, name, ask, None)
    figures += await _first_hovers(played, buffer.path.parent)
    return [*figures, await _completion(asking("textDocument/completion", lambda _: end), buffer.path.parent)]


async def _first_hovers(played: Editor, folder: Path) -> list[Figure]:
    """Cards that were not shown before, each of another issue, in turn with a request for nothing."""
    path = folder / "cards.py"
    path.write_text("".join(f"# see {issue_id(number)}\n" for number in range(ISSUES - COUNT, ISSUES)))
    named, lines = {"uri": played.open_file(path, "python").uri}, iter(range(COUNT))

    def ask() -> Awaitable[object]:
        place = {"line": next(lines), "character": 8}
        return played.connection.request("textDocument/hover", {"textDocument": named, "position": place})

    ours, other = await timed(ask, COUNT), await timed(_nothing(played), COUNT)
    return [
        plain(f"hover, a card for the first time (no-op), p{share * 100:g}", *_pair(ours, other, share))
        for share in (0.5, 0.99)
    ]


def _pair(ours: list[float], other: list[float], share: float) -> tuple[float, str, float]:
    return percentile(ours, share), "ms", percentile(other, share)


async def _completion(ask: Ask, folder: Path) -> Figure:
    """Against a bare process that sends the same bytes: reading them is a part of what a client waits."""
    found: Any = await ask()
    answer = folder / "completion.json"
    answer.write_text(json.dumps(found, separators=(",", ":")))
    async with peer(sys.executable, str(PEERS / "bare.py"), str(answer)) as bare:
        ours, other = await side_by_side(ask, lambda: bare.request("textDocument/completion", {}), count=COUNT)
    count = len(found["items"] if isinstance(found, dict) else found or ())
    return plain(f"completion with {count:,} candidates (a bare process that sends them), p50", ours, "ms", other)


async def _against_nothing(played: Editor, name: str, ask: Ask, limits: tuple[float, float] | None) -> list[Figure]:
    """A request in turn with one for nothing; `limits` are of the middle and of the slowest."""
    await timed(ask, 20)
    rounds = [(await timed(ask, COUNT), await timed(_nothing(played), COUNT)) for _ in range(ROUNDS)]
    figures = []
    for at, share in enumerate((0.5, 0.99)):
        ours, other = (median(percentile(one[side], share) for one in rounds) for side in (0, 1))
        words = f"{name} (no-op), p{share * 100:g}"
        figures.append(against(words, limits[at], ours, other) if limits else plain(words, ours, "ms", other))
    return figures


def _nothing(played: Editor) -> Ask:
    return lambda: played.connection.request(NOTHING, {})


async def _keys(played: Editor, buffer: Buffer) -> list[Figure]:
    """A key in a TODO, and in code, until the editor that asks has the diagnostics of the new text."""
    figures = []
    for name, line in (("a TODO", STRIDE * 40), ("code", STRIDE * 40 + 3)):
        times = await timed(lambda line=line: _typed(played, buffer, line), COUNT)  # type: ignore[misc]
        figures.append(below(f"a key in {name} to diagnostics, p50", 10, percentile(times, 0.5), "ms"))
        figures.append(plain(f"a key in {name} to diagnostics, p99", percentile(times, 0.99), "ms"))
    return figures


async def _typed(played: Editor, buffer: Buffer, line: int) -> None:
    buffer.version += 1
    place = {"line": line, "character": 30}
    change = {"range": {"start": place, "end": place}, "text": "x"}
    named = {"uri": buffer.uri, "version": buffer.version}
    played.connection.notify("textDocument/didChange", {"textDocument": named, "contentChanges": [change]})
    await played.connection.request("textDocument/diagnostic", {"textDocument": {"uri": buffer.uri}})


WORDS: Final = ("app-", "app-a", "app-a1", "app-a1f", "#", "#s", "#se", "#ses", "#sess")
"""What stands before the cursor when completion is wanted, one after the other."""


async def _completed_keys(played: Editor, buffer: Buffer) -> list[Figure]:
    """A key in a comment, and what is offered for the word that it makes; the text is read anew each time."""
    lines, words = buffer.text.split("\n"), cycle(WORDS)
    held = [lines[1]]

    async def typed() -> None:
        buffer.version += 1
        named, text = {"uri": buffer.uri, "version": buffer.version}, f"# see {next(words)}"
        whole = {"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": len(held[0])}}
        held[0] = text
        changes = [{"range": whole, "text": text}]
        played.connection.notify("textDocument/didChange", {"textDocument": named, "contentChanges": changes})
        place = {"line": 1, "character": len(text)}
        await played.connection.request(
            "textDocument/completion", {"textDocument": {"uri": buffer.uri}, "position": place}
        )

    await timed(typed, len(WORDS))
    times = await timed(typed, COUNT)
    return [
        plain(f"a key to its completion, p{share * 100:g}", percentile(times, share), "ms") for share in (0.5, 0.99)
    ]


async def _looking(played: Editor, buffer: Buffer) -> list[Figure]:
    """Symbols of the workspace, each query in turn, and where an issue stands."""
    ask = played.connection.request
    begun = await timed(lambda: ask("workspace/symbol", {"query": "first"}, timeout=60), 1)
    rounds: dict[str, list[float]] = {query: [] for query in QUERIES}
    for _ in range(4 * ROUNDS):
        for query, times in rounds.items():
            times += await timed(lambda query=query: ask("workspace/symbol", {"query": query}), 1)  # type: ignore[misc]
    every = [time for times in rounds.values() for time in times]
    slowest = max(QUERIES, key=lambda query: median(rounds[query]))
    line = STRIDE * 11
    place = {"line": line, "character": buffer.text.split("\n")[line].rindex("app-") + 5}
    where = {"textDocument": {"uri": buffer.uri}, "position": place, "context": {"includeDeclaration": True}}
    references = await timed(lambda: ask("textDocument/references", where), COUNT)
    return [
        plain("workspace symbols, the first query", begun[0], "ms"),
        below("workspace symbols, p50 of all queries", 30, median(every), "ms"),
        below(f"workspace symbols, p50 of the slowest query ({slowest!r})", 30, median(rounds[slowest]), "ms"),
        plain("workspace symbols, p99 of all queries", percentile(every, 0.99), "ms"),
        below("references of an issue, p50", 10, percentile(references, 0.5), "ms"),
        plain("references of an issue, p99", percentile(references, 0.99), "ms"),
    ]
