"""Files that are the old ones or the new ones, whole, whenever a process is killed or the power goes."""

from __future__ import annotations

import errno
import os
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from issuelens.domain.errors import StorageError

PART: Final = ".part"
"""What the name of a temporary file ends with, which takes the place of another one when it is whole."""
PIPE: Final = ".pipe."
"""What the name of a file begins with through which the command line passes what comes or goes by a pipe."""
LEFTOVER_SECONDS: Final = 3600.0
"""How old a temporary file is that nobody writes to any more."""
_REMEDIES: Final = {
    errno.ENOSPC: " Make room and try again.",
    errno.EDQUOT: " Make room and try again.",
    errno.EIO: " Check the disk and try again.",
}


def remedy(error: OSError) -> str:
    """What to do about a file that can't be written, as a sentence after a space; empty when the reason says it."""
    return _REMEDIES.get(error.errno or 0, "")


def write_atomically(path: Path, content: bytes, mode: int = 0o644, *, durable: bool = True) -> None:
    """Writes a file so that a reader sees the old content or the new, never a part, even after a crash.

    Args:
        path: the file; its folder must exist.
        content: all of it.
        mode: its permissions.
        durable: whether it is on the disk before this returns; not needed for what is worthless after a power cut.

    Raises:
        OSError: when it can't be written; the old file is intact then.
        StorageError: when the new file is there, but its device can't keep it.
    """
    with written_atomically(path, mode, durable=durable) as file:
        file.write(content)


def mode_of(path: Path) -> int:
    """The permissions of a file, which writing it anew keeps; for a new one, those that all may read."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return 0o644


@contextmanager
def written_atomically(
    path: Path, mode: int = 0o644, *, durable: bool = True, check: Callable[[Path], None] = lambda _new: None
) -> Iterator[BinaryIO]:
    """A file to write to, which takes the place of `path` at the end; see `write_atomically`.

    `check` is given the new file, whole, right before that: what it raises leaves the old one.

    Raises:
        OSError: when it can't be written; the old file is intact then, as after any other error.
        StorageError: when the new file is there, but its device can't keep it.
    """
    # Imported here: most commands write no file.
    import tempfile

    beginning = f".{path.name}."
    remove_leftovers(path.parent, beginning)
    descriptor, name = tempfile.mkstemp(prefix=beginning, suffix=PART, dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            temporary.chmod(stat.S_IMODE(mode))
            if durable:
                os.fsync(file.fileno())
        check(temporary)
        temporary.replace(path)
    except BaseException as error:
        if isinstance(error, OSError) and error.filename is None:
            # A failing write does not say where.
            error.filename = str(path)
        temporary.unlink(missing_ok=True)
        raise
    if durable:
        sync_folder(path)


def sync_folder(path: Path) -> None:
    """Has the device keep that a file was put in its folder, which syncing the file does not say (fsync(2)).

    Args:
        path: the file, new or renamed.

    Raises:
        StorageError: when the device fails.
    """
    if sys.platform == "win32":
        return  # folders can't be opened there
    try:
        descriptor = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        # A folder that may not be listed, or a file system without such a call: there is no more to be done.
        if error.errno not in (errno.EACCES, errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
            raise StorageError(
                f"{path} was written, but its disk could not make that permanent ({error.strerror}). "
                "Check the disk, then do it again."
            ) from error


def remove_leftovers(folder: Path, beginning: str) -> list[Path]:
    """Removes temporary files whose writer was killed an hour ago or longer; those that were there.

    Args:
        folder: where they are; it may be missing.
        beginning: of their names.
    """
    removed = []
    # What can't be listed or removed stays; whoever writes there is told why that can't be done.
    with suppress(OSError), os.scandir(folder) as entries:
        # A writer that is at work changes its file all the time, so that an old one has none.
        for path in [Path(one) for one in entries if one.name.startswith(beginning) and _is_leftover(one)]:
            path.unlink(missing_ok=True)
            removed.append(path)
    return removed


def _is_leftover(entry: os.DirEntry[str]) -> bool:
    is_ours = entry.name.endswith(PART) or entry.name.startswith(PIPE)
    if not is_ours or not entry.is_file(follow_symlinks=False):
        return False
    return time.time() - entry.stat(follow_symlinks=False).st_mtime > LEFTOVER_SECONDS


def identity(path: str | Path | int) -> tuple[int, int] | None:
    """Which file stands at a path, or is open as a descriptor: device and inode; None when there is none."""
    try:
        status = os.stat(path)  # noqa: PTH116 - a descriptor is no Path
    except OSError:
        return None
    return status.st_dev, status.st_ino
