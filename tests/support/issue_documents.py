"""Issue documents as an editor has them: opened, typed into, saved."""

from __future__ import annotations

import asyncio
from pathlib import Path

from lsprotocol import types
from tests.support.lsp import DEADLINE_SECONDS, Editor, capabilities
from tests.support.workspaces import cli_json


def showing() -> types.ClientCapabilities:
    offered = capabilities()
    assert offered.window is not None
    offered.window.show_document = types.ShowDocumentClientCapabilities(support=True)
    return offered


async def made(root: Path) -> str:
    return str((await cli_json(root, "create", "Round half up", "-d", "The description."))["id"])


async def title_of(root: Path, issue_id: str) -> str:
    return str((await cli_json(root, "show", issue_id))["title"])


def document_file(root: Path, issue_id: str) -> Path:
    return root / ".issues" / "edit" / f"{issue_id}.md"


async def opened(one: Editor, root: Path, issue_id: str) -> str:
    """Opens an issue's document; of which state it is, is known then."""
    since = one.mark()
    await one.run("showIssue", {"id": issue_id})
    await one.hear(types.WINDOW_SHOW_DOCUMENT, since=since)
    return await open_document(one, document_file(root, issue_id), issue_id)


async def open_document(one: Editor, path: Path, issue_id: str) -> str:
    uri = one.open(path, language_id="markdown")
    for _ in range(2):
        await one.request("issuelens/getIssue", {"id": issue_id})
    return uri


def write(one: Editor, uri: str, old: str, new: str) -> None:
    """Types, and writes the file as an editor does before it tells of it."""
    assert old in one.texts[uri]
    one.type(uri, one.texts[uri].replace(old, new, 1))
    Path(uri.removeprefix("file://")).write_text(one.texts[uri])


async def rested(one: Editor, issue_id: str) -> None:
    """Waits for what closing a document has begun: what is asked then is answered by the same threads."""
    for _ in range(3):
        await one.request("issuelens/getIssue", {"id": issue_id})
    await one.todos()


async def gone(one: Editor, file: Path) -> None:
    """Waits until a file is removed."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while file.exists():
            await one.todos()


async def new_document(one: Editor, title: str) -> str:
    """Opens the document of a new issue and gives it a title."""
    path = Path((await one.run("newIssue", {}))["uri"].removeprefix("file://"))
    uri = one.open(path, language_id="markdown")
    write(one, uri, "title:", f"title: {title}")
    return uri
