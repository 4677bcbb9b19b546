"""Issues as documents: Markdown with front matter, in files below `.issues/edit/` that any editor can open and save."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from issuelens.domain.document import LIMIT, changed_fields, read_document, render_document
from issuelens.domain.errors import InvalidField, IssuelensError, Refused
from issuelens.domain.plain import printable
from issuelens.domain.shape import issue_to_json
from issuelens.files import remedy, write_atomically
from issuelens.lsp.convert import uri_of
from issuelens.lsp.places import file_uri
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session
from issuelens.ordinary import check_folder, check_ordinary, make_private_folder, open_ordinary

Shape = Mapping[str, Any]
NEW: Final = "new"
"""What the name of a new issue's file begins with; no id does."""
TEMPLATE: Final = {"title": "", "description": ""}


@frozen
class Problem:
    """What is wrong with a document, and where: 0-based line, all of it."""

    line: int
    message: str


def document_uri(session: Session, issue_id: str) -> str:
    """The URI of an issue's document, whether it is there or not."""
    return uri_of_file(session, session.workspace.draft(issue_id))


def uri_of_file(session: Session, path: Path) -> str:
    """The URI of a file, as the editor names the workspace's root."""
    root = session.workspace.root
    return file_uri(session, path.relative_to(root).as_posix()) if path.is_relative_to(root) else uri_of(path)


async def write_issue_document(server: Server, session: Session, issue_id: str) -> str:
    """Writes an issue's document where it is not there yet, or where nobody has changed an older one; its URI.

    Raises:
        UnknownIssue: when there is no such issue.
        Refused: when the file can't be written.
    """
    issue = issue_to_json(await session.issue(issue_id))
    path, uri = session.workspace.draft(issue["id"]), document_uri(session, issue["id"])
    if is_open(server, session, path):
        return uri
    past = await states(session, issue["id"])
    work = asyncio.get_running_loop().run_in_executor
    await work(server.work_thread, _write_unless_changed, path, issue, past)
    return uri


def is_open(server: Server, session: Session, path: Path) -> bool:
    """Whether the editor has a file open."""
    return any(one.path == path for one in server.documents if server.session_of(one.uri) is session)


async def states(session: Session, issue_id: str) -> list[dict[str, Any]]:
    """Every state that an issue has had here, the newest first."""
    from issuelens.storage.past import states_of

    found = await session.read(states_of, [issue_id])
    return found.get(issue_id, [])


async def new_document(server: Server, session: Session) -> str:
    """Makes the document of an issue that is not there yet; its URI."""
    folder = session.workspace.drafts
    work = asyncio.get_running_loop().run_in_executor
    path = await work(server.work_thread, _made_new, folder, render_document(TEMPLATE, is_new=True))
    return uri_of_file(session, path)


def _made_new(folder: Path, text: str) -> Path:
    number = 1
    while (path := folder / f"{NEW}-{number}.md").exists():
        number += 1
    write_file(path, text)
    return path


def _write_unless_changed(path: Path, issue: Shape, past: list[dict[str, Any]]) -> None:
    text = render_document(issue)
    there = _read(path)
    if there is None or (there != text and any(there == render_document(one) for one in past)):
        write_file(path, text)


def remove_unless_changed(path: Path, past: list[dict[str, Any]]) -> None:
    """Removes a document in which nothing stands that its issue has not had."""
    there = _read(path)
    if there is not None and not is_edited(there, past):
        path.unlink(missing_ok=True)


def is_edited(text: str, past: list[dict[str, Any]]) -> bool:
    """Whether a document says something that is in none of its issue's states."""
    try:
        fields = read_document(text)
        return not any(_is_same(one, fields) for one in past)
    except IssuelensError:
        return True


def _is_same(state: Shape, fields: dict[str, Any]) -> bool:
    before = read_document(render_document(state))
    return not changed_fields(before, fields | {"updated_at": before["updated_at"]})


def _read(path: Path) -> str | None:
    try:
        check_folder(path.parent)
        check_ordinary(path)
        with open(path, "rb", opener=open_ordinary) as file:
            return file.read(4 * LIMIT).decode("utf-8", "replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Refused(f"{path} can't be used: {error.strerror}.{remedy(error)}") from error


def write_file(path: Path, text: str) -> None:
    """Writes a file among those that are edited, for its owner alone.

    Raises:
        Refused: when it can't be written, or when a link or the like stands there.
    """
    try:
        make_private_folder(path.parent)
        check_ordinary(path)
        write_atomically(path, text.encode("utf-8", "surrogatepass"), 0o600)
    except OSError as error:
        raise Refused(f"{path} can't be written: {error.strerror}.{remedy(error)}") from error


def problems_of(text: str) -> Iterator[Problem]:
    """What of a document can't be read; the first problem alone, as the others may follow from it."""
    try:
        fields = read_document(text)
    except InvalidField as error:
        yield Problem(max(0, int(error.details.get("line") or 1) - 1), printable(error.message))
        return
    if not str(fields.get("title", "")).strip() and fields.get("id"):
        yield Problem(_line_of(text, "title"), "The title is empty; give the issue one.")


def _line_of(text: str, name: str) -> int:
    return next((number for number, line in enumerate(text.split("\n")) if line.startswith(f"{name}:")), 0)
