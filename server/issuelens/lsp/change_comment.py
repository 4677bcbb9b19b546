"""Commands that change a comment which is there."""

from __future__ import annotations

from typing import Any

from issuelens.domain.operation import DeleteComment, EditComment
from issuelens.lsp.arguments import Argument, number, required, text_of
from issuelens.lsp.server import Server


async def edit_comment(server: Server, argument: Argument) -> dict[str, Any]:
    """`{workspace?, id, comment, text, seen?}`: gives a comment another text.

    Raises:
        ChangedMeanwhile: when it does not say what was `seen`, since somebody else has changed it.
    """
    session = server.sessions.named(text_of(argument, "workspace"))
    issue_id, comment = required(argument, "id"), number(argument, "comment", None)
    text, seen = required(argument, "text"), text_of(argument, "seen")
    written = await session.write(EditComment(id=issue_id, comment=comment, text=text, seen=seen))
    return written.issues[0]


async def delete_comment(server: Server, argument: Argument) -> dict[str, Any]:
    """`{workspace?, id, comment}`: removes a comment; the history keeps it."""
    session = server.sessions.named(text_of(argument, "workspace"))
    comment = number(argument, "comment", None)
    written = await session.write(DeleteComment(id=required(argument, "id"), comment=comment))
    return written.issues[0]
