"""Locks on files that die with the process that holds them. The kernel wakes those who wait; nobody polls.

The platform's differences are here: flock on Unix, msvcrt on Windows. A file system whose locks do not work is told of.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType

from issuelens.domain.errors import StorageError
from issuelens.files import identity, remedy
from issuelens.ordinary import open_ordinary


class FileLock:
    """A lock on a file. The file stays when it is released: removing it would let two hold "the" lock.

    Args:
        path: the file; made when it is not there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def acquire(self, *, wait: bool, seconds: float | None = None) -> bool:
        """Takes the lock; False when another holds it and `wait` is not set, or the time is over.

        Args:
            wait: whether to wait for it.
            seconds: how long; None is for ever.

        Raises:
            StorageError: when the file can't be made, or its file system has no working locks.
        """
        while True:
            descriptor = self._opened()
            try:
                taken = _lock(descriptor) or (wait and _waited(descriptor, seconds))
                is_right = taken and self._excludes(descriptor)
            except OSError as error:
                os.close(descriptor)
                raise self._without_locks(error.strerror) from error
            except BaseException:
                os.close(descriptor)
                raise
            if is_right:
                self._descriptor = descriptor
                return True
            os.close(descriptor)
            if not taken:
                return False
            # Another file came to stand there while we waited: that one is to be locked.

    def _opened(self) -> int:
        try:
            return open_ordinary(self.path, os.O_RDWR | os.O_CREAT)
        except OSError as error:
            raise self._not_opened(error) from error

    def _not_opened(self, error: OSError) -> StorageError:
        return StorageError(f"{self.path} can't be written: {error.strerror}.{remedy(error)}")

    def _excludes(self, descriptor: int) -> bool:
        """Whether what was locked is the file that stands there; and that nobody else can lock it now.

        Raises:
            StorageError: when somebody can. Some network file systems grant every lock.
        """
        try:
            second = open_ordinary(self.path, os.O_RDWR)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise self._not_opened(error) from error
        try:
            if identity(second) != identity(descriptor):
                return False
            if _lock(second):
                raise self._without_locks("two hold the same lock at once")
        finally:
            os.close(second)
        return True

    def _without_locks(self, reason: str | None) -> StorageError:
        return StorageError(
            f"{self.path} can't be locked ({reason}). Locks do not work on the file system of {self.path.parent}, so "
            "two daemons could write at once. Move it to a local disk, or have ISSUELENS_DIR name a folder on one."
        )

    @property
    def is_held(self) -> bool:
        """Whether this object holds the lock."""
        return self._descriptor is not None

    @property
    def identity(self) -> tuple[int, int] | None:
        """Which file is locked; None when none is."""
        return None if self._descriptor is None else identity(self._descriptor)

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
    import time

    def _lock(descriptor: int, mode: int = msvcrt.LK_NBLCK) -> bool:
        try:
            msvcrt.locking(descriptor, mode, 1)
        except OSError:
            return False
        return True

    def _waited(descriptor: int, seconds: float | None) -> bool:
        # LK_LOCK tries for ten seconds and then fails; the system has no call that waits longer or shorter.
        end = None if seconds is None else time.monotonic() + seconds
        while not _lock(descriptor, msvcrt.LK_LOCK):
            if end is not None and time.monotonic() >= end:
                return False
        return True

else:
    import fcntl

    def _lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _waited(descriptor: int, seconds: float | None) -> bool:
        if seconds is None:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            return True
        import subprocess

        # The kernel's wait has no deadline, a process can be ended. A flock belongs to the open file and not to the
        # process that asked for it (flock(2)), so what the child has got is ours.
        command = [sys.executable, "-I", "-S", "-c", "import fcntl; fcntl.flock(0, fcntl.LOCK_EX)"]
        try:
            subprocess.run(command, check=True, timeout=seconds, stdin=descriptor)
        except subprocess.TimeoutExpired:
            return False
        return True
