"""Issues as documents: Markdown with front matter, in files below `.issues/edit/` that any editor can open and save."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from issuelens.domain.document import LIMIT, changed_fields, read_document, render_document
from issuelens.domain.errors import InvalidField, IssuelensError, Refused
from issuelens.domain.plain import printable
from issuelens.domain.shape import issue_to_json
from issuelens.files import remedy, write_atomically
from issuelens.lsp.convert import uri_of
from issuelens.lsp.documents import Document
from issuelens.lsp.open_todos import resolved
from issuelens.lsp.places import file_uri
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session
from issuelens.ordinary import check_folder, check_ordinary, make_private_folder, open_ordinary

Shape = Mapping[str, Any]
NEW: Final = "new~"
"""What the name of a new issue's file begins with; that of no issue does."""
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
    if is_open(server, path):
        return uri
    past = await states(session, issue["id"])
    work = asyncio.get_running_loop().run_in_executor
    await work(server.work_thread, _write_unless_changed, path, issue, past)
    return uri


def is_open(server: Server, path: Path) -> bool:
    """Whether the editor has a file open, by whichever name of its folder."""
    opened = (one.path for one in server.documents if one.path is not None and one.path.name == path.name)
    return any(resolved(one) == path for one in opened)


def is_of_issue(session: Session, document: Document, issue_id: str) -> bool:
    """Whether a document is the file in which this issue is edited."""
    return document.path is not None and resolved(document.path) == session.workspace.draft(issue_id)


def is_of_new_issue(session: Session, document: Document) -> bool:
    """Whether a document is that of an issue that was not there when it was opened."""
    path = document.path
    return path is not None and path.name.startswith(NEW) and resolved(path).parent == session.workspace.drafts


async def states(session: Session, issue_id: str) -> list[dict[str, Any]]:
    """Every state that an issue has had here, the newest first."""
    from issuelens.storage.past import states_of

    found = await session.read(states_of, [issue_id])
    return found.get(issue_id, [])


async def new_document(server: Server, session: Session) -> str:
    """Makes the document of an issue that is not there yet; its URI."""
    folder = session.workspace.drafts
    # The file of one that was made goes at once, its document may be open for long.
    taken = {one.path.name for one in server.documents if one.path is not None}
    work = asyncio.get_running_loop().run_in_executor
    path = await work(server.work_thread, _made_new, folder, taken, render_document(TEMPLATE, is_new=True))
    return uri_of_file(session, path)


def _made_new(folder: Path, taken: Collection[str], text: str) -> Path:
    names = (f"{NEW}{number}.md" for number in count(1))
    path = next(folder / name for name in names if name not in taken and _is_made(folder / name))
    write_file(path, text)
    return path


def _is_made(path: Path) -> bool:
    """Makes an empty file; False when there is something: another editor may look for a name at the same time."""
    try:
        make_private_folder(path.parent)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return False
    except OSError as error:
        raise Refused(f"{path} can't be written: {error.strerror}.{remedy(error)}") from error
    return True


def _write_unless_changed(path: Path, issue: Shape, past: list[dict[str, Any]]) -> None:
    text, there = render_document(issue), _read(path)
    if there is None or (there != text and not is_edited(there, past)):
        write_file(path, text)


def remove_unless_changed(path: Path, past: list[dict[str, Any]]) -> None:
    """Removes a document in which nothing stands that its issue has not had."""
    there = _read(path)
    if there is not None and not is_edited(there, past):
        path.unlink(missing_ok=True)


def remove_if_says(path: Path, text: str) -> None:
    """Removes a file when this is its text: what has come into it since is nowhere else."""
    if _read(path) == text:
        path.unlink(missing_ok=True)


def is_edited(text: str, past: list[dict[str, Any]]) -> bool:
    """Whether a document says something that its issue has not had since the document's own moment.

    An older state counts as edited: somebody wants it back.
    """
    try:
        fields = read_document(text)
        moment = str(fields.get("updated_at") or "")
        return not any(_is_same(one, fields) for one in past if str(one.get("updated_at") or "") >= moment)
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
        yield Problem(line_of(text, "title"), "The title is empty; give the issue one.")


def line_of(text: str, name: str) -> int:
    """The line of a field in the front matter, 0-based; 0 when it has none."""
    return next((number for number, line in enumerate(text.split("\n")) if line.startswith(f"{name}:")), 0)
