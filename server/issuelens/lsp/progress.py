"""Work-done progress that the editor shows, with a button to cancel (LSP, "Work Done Progress").

Own protocol calls: pygls' Progress keeps each token for good.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final

from attrs import define, field
from lsprotocol import types

SHOWN_FROM: Final = 500
"""Files that must be read for it to be shown: fewer are read before anyone has looked."""


@define(eq=False)
class Progress:
    """One piece of work. It is shown once it is known to be large, and ended in any case."""

    title: str
    cancel: Callable[[], None]
    _progresses: Progresses
    token: str = field(factory=lambda: str(uuid.uuid4()))
    _question: Future[Any] | None = None
    _is_begun: bool = False
    _is_over: bool = False
    _latest: tuple[int, int] = (0, 0)
    _percentage: int = -1

    def report(self, done: int, total: int) -> None:
        """Says how much is done of it, in files."""
        self._latest = (done, total)
        if self._is_over or not self._progresses.is_offered or total < SHOWN_FROM:
            return
        if self._question is None:
            self._ask()
        elif self._is_begun:
            self._show()

    @property
    def is_asked(self) -> bool:
        """Whether the editor has yet to answer."""
        return self._question is not None and not self._question.done()

    def _ask(self) -> None:
        self._question = self._progresses.created(self)
        if self._question is not None:
            self._question.add_done_callback(self._answered)

    def _answered(self, question: Future[Any]) -> None:
        if question.cancelled() or question.exception() is not None:
            self._progresses.forget(self)
            return
        self._is_begun = True
        self._tell(types.WorkDoneProgressBegin(title=self.title, cancellable=True, percentage=0, message=self._words()))
        if self._is_over:
            self._end()

    def _show(self) -> None:
        done, total = self._latest
        percentage = min(100, 100 * done // max(total, 1))
        if percentage > self._percentage:
            self._percentage = percentage
            self._tell(types.WorkDoneProgressReport(percentage=percentage, message=self._words()))

    def _words(self) -> str:
        done, total = self._latest
        return f"{done:,} of {total:,} files"

    def _tell(self, value: Any) -> None:
        self._progresses.notify(types.PROGRESS, types.ProgressParams(self.token, value))

    def end(self) -> None:
        """Ends it. One that the editor has yet to agree to ends as soon as it has, so that its token does not stay."""
        if self._is_over:
            return
        self._is_over = True
        if self._is_begun:
            self._end()
        elif self._question is None:
            self._progresses.forget(self)

    def _end(self) -> None:
        self._tell(types.WorkDoneProgressEnd())
        self._progresses.forget(self)


class Progresses:
    """The progress that one editor is shown.

    Args:
        ask: sends a request to the editor.
        notify: sends it a notification.
        is_offered: whether it can show progress.
    """

    def __init__(
        self, ask: Callable[[str, Any], Future[Any]], notify: Callable[[str, Any], None], *, is_offered: bool
    ) -> None:
        self.notify = notify
        self.is_offered = is_offered
        self._ask = ask
        self._by_token: dict[str, Progress] = {}

    def __len__(self) -> int:
        return len(self._by_token)

    def begin(self, title: str, cancel: Callable[[], None]) -> Progress:
        """Progress of some work; `cancel` is called when the person cancels it."""
        progress = Progress(title, cancel, self)
        self._by_token[progress.token] = progress
        return progress

    def created(self, progress: Progress) -> Future[Any] | None:
        """Asks the editor for it; None while it has yet to answer such a question: some never do."""
        if any(one.is_asked for one in self._by_token.values()):
            return None
        return self._ask(
            types.WINDOW_WORK_DONE_PROGRESS_CREATE, types.WorkDoneProgressCreateParams(token=progress.token)
        )

    def cancel(self, token: object) -> None:
        """The person wants this ended."""
        progress = self._by_token.get(token) if isinstance(token, str) else None
        if progress is not None:
            progress.cancel()

    def forget(self, progress: Progress) -> None:
        """It is over."""
        self._by_token.pop(progress.token, None)

    def close(self) -> None:
        """Ends what is shown."""
        for progress in tuple(self._by_token.values()):
            progress.end()
