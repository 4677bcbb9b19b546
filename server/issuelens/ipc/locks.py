"""Locks on files that die with the process that holds them. The kernel wakes those who wait; nobody polls.

The platform's differences are here: flock on Unix, msvcrt on Windows.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType

from issuelens.domain.errors import StorageError
from issuelens.ordinary import open_ordinary


class FileLock:
    """A lock on a file. The file stays when it is released: removing it would let two hold "the" lock.

    Args:
        path: the file; made when it is not there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def acquire(self, *, wait: bool) -> bool:
        """Takes the lock; False when another holds it and `wait` is not set.

        Raises:
            StorageError: when the file can't be made, or its file system has no working locks.
        """
        try:
            descriptor = open_ordinary(self.path, os.O_RDWR | os.O_CREAT)
        except OSError as error:
            raise StorageError(f"{self.path} can't be written: {error.strerror}.") from error
        try:
            taken = _lock(descriptor, wait)
        except OSError as error:
            os.close(descriptor)
            raise StorageError(
                f"{self.path} can't be locked ({error.strerror}); its file system may be a network one without locks."
            ) from error
        if not taken:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    @property
    def is_held(self) -> bool:
        """Whether this object holds the lock."""
        return self._descriptor is not None

    def release(self) -> None:
        """Lets the lock go; a second call does nothing."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def __enter__(self) -> FileLock:
        self.acquire(wait=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int, wait: bool) -> bool:
        # LK_LOCK tries for ten seconds and then fails; the system has no call that waits longer.
        while True:
            try:
                msvcrt.locking(descriptor, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
            except OSError:
                if not wait:
                    return False
            else:
                return True

else:
    import fcntl

    def _lock(descriptor: int, wait: bool) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True
