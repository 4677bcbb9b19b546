"""Work-done progress that the editor shows, with a button to cancel (LSP, "Work Done Progress").

Own protocol calls: pygls' Progress keeps each token for good.
"""

from __future__ import annotations

import asyncio
import math
import uuid
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from attrs import define, field
from lsprotocol import types

SHOWN_FROM: Final = 500
"""Files that must be read for it to be shown: fewer are read before anyone has looked."""
SHOWN_AFTER_SECONDS: Final = 0.3
"""How long a command works before its progress is shown."""
GRACE_SECONDS: Final = 5.0
"""How long a cancelled request may take to come to a place where nothing is half-done."""

Token = str | int
_Result = TypeVar("_Result")


@define(eq=False)
class Progress:
    """One piece of work. It is shown once it is known to be large or has taken long, and ended in any case."""

    title: str
    cancel: Callable[[], None]
    _progresses: Progresses
    unit: str = "files"
    can_stop: bool = True
    """Whether the person is offered to stop it."""
    shown_from: float = SHOWN_FROM
    """How much there must be to do for it to be shown at once."""
    token: Token = field(factory=lambda: str(uuid.uuid4()))
    is_given: bool = False
    """Whether the editor gave the token with its request, and waits to be told of it."""
    is_stopped: bool = False
    """Whether the person, or whoever asked for the work, wants no more of it."""
    _is_due: bool = False
    _timer: asyncio.TimerHandle | None = None
    _question: Future[Any] | None = None
    _is_begun: bool = False
    _is_over: bool = False
    _latest: tuple[int, int] = (0, 0)
    _percentage: int = -1

    def report(self, done: int, total: int) -> None:
        """Says how much is done of it, in its unit."""
        self._latest = (done, total)
        if total >= self.shown_from:
            self._is_due = True
        self._update()

    def show_after(self, seconds: float) -> None:
        """Shows it when it is not over by then."""
        self._timer = asyncio.get_running_loop().call_later(seconds, self._come_due)

    def _come_due(self) -> None:
        self._is_due = True
        self._update()

    def _update(self) -> None:
        if self._is_over or not self._is_due or not (self.is_given or self._progresses.is_offered):
            return
        if self._is_begun:
            self._show()
        elif self.is_given:
            self._begin()
        elif self._question is None:
            self._ask()

    def stop(self) -> None:
        """Has the work stop at the next place where nothing is half-done."""
        if self.can_stop and not self.is_stopped:
            self.is_stopped = True
            self.cancel()

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
        self._begin()
        if self._is_over:
            self._end()

    def _begin(self) -> None:
        self._is_begun = True
        self._percentage = self._part()
        percentage = self._percentage if self._latest[1] else None
        begin = types.WorkDoneProgressBegin(
            title=self.title, cancellable=self.can_stop, percentage=percentage, message=self._words()
        )
        self._tell(begin)

    def _show(self) -> None:
        percentage = self._part()
        if percentage > self._percentage:
            self._percentage = percentage
            self._tell(types.WorkDoneProgressReport(percentage=percentage, message=self._words()))

    def _part(self) -> int:
        done, total = self._latest
        return min(100, 100 * done // max(total, 1))

    def _words(self) -> str | None:
        done, total = self._latest
        return f"{done:,} of {total:,} {self.unit}" if total else None

    def _tell(self, value: Any) -> None:
        self._progresses.notify(types.PROGRESS, types.ProgressParams(self.token, value))

    def end(self) -> None:
        """Ends it. One that the editor has yet to agree to ends as soon as it has, so that its token does not stay."""
        if self._is_over:
            return
        self._is_over = True
        if self._timer is not None:
            self._timer.cancel()
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
        is_offered: whether it can show progress that it did not ask for.
        shown_after: how many seconds a command works before its progress is shown.
    """

    def __init__(
        self,
        ask: Callable[[str, Any], Future[Any]],
        notify: Callable[[str, Any], None],
        *,
        is_offered: bool,
        shown_after: float = SHOWN_AFTER_SECONDS,
    ) -> None:
        self.notify = notify
        self.is_offered = is_offered
        self._ask = ask
        self._shown_after = shown_after
        self._by_token: dict[Token, Progress] = {}

    def __len__(self) -> int:
        return len(self._by_token)

    def begin(self, title: str, cancel: Callable[[], None]) -> Progress:
        """Progress of reading files; `cancel` is called when the person cancels it."""
        progress = Progress(title, cancel, self)
        self._by_token[progress.token] = progress
        return progress

    @contextmanager
    def work(self, title: str, unit: str, token: Token | None = None, *, can_stop: bool = True) -> Iterator[Progress]:
        """Progress of a command or a request, shown when that takes long; the work looks at `is_stopped` by itself.

        Args:
            title: what is done, as it is shown.
            unit: what is counted, in the plural.
            token: the one that came with the request; None makes one.
            can_stop: whether the person is offered to stop it.
        """
        progress = Progress(title, lambda: None, self, unit, can_stop, shown_from=math.inf)
        if token is not None and token not in self._by_token:
            progress.token, progress.is_given = token, True
        self._by_token[progress.token] = progress
        progress.show_after(self._shown_after)
        try:
            yield progress
        finally:
            progress.end()

    def created(self, progress: Progress) -> Future[Any] | None:
        """Asks the editor for it; None while it has yet to answer such a question: some never do."""
        if any(one.is_asked for one in self._by_token.values()):
            return None
        return self._ask(
            types.WINDOW_WORK_DONE_PROGRESS_CREATE, types.WorkDoneProgressCreateParams(token=progress.token)
        )

    def cancel(self, token: object) -> None:
        """The person wants this ended."""
        progress = self._by_token.get(token) if isinstance(token, str | int) else None
        if progress is not None:
            progress.stop()

    def forget(self, progress: Progress) -> None:
        """It is over."""
        self._by_token.pop(progress.token, None)

    def close(self) -> None:
        """Ends what is shown."""
        for progress in tuple(self._by_token.values()):
            progress.end()


async def to_its_end(work: Coroutine[Any, Any, _Result], stop: Callable[[], None] = lambda: None) -> _Result:
    """The result of work that is not torn apart when its request is cancelled.

    Args:
        work: what is done; after a cancel it has GRACE_SECONDS to come to its end.
        stop: is called when the request is cancelled, so that the end comes soon.
    """
    task = asyncio.get_running_loop().create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        stop()
        try:
            await asyncio.wait([task], timeout=GRACE_SECONDS)
        finally:
            # Nothing when it is over.
            task.cancel()
        return await task
