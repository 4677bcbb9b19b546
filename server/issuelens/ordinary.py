"""Opens files and folders that may have come with somebody else's repository: links, pipes and devices are refused."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

LINK: Final = "it is a link, and links are not followed here"
NO_FILE: Final = "it is no ordinary file"
NO_FOLDER: Final = "it is no folder"


def open_ordinary(path: str | Path, flags: int) -> int:
    """Opens an ordinary file, as `os.open`, and can be the `opener` of `open`. Others can't read one that it makes.

    Args:
        path: the file; its folders are not looked at.
        flags: as for `os.open`.

    Returns:
        The descriptor.

    Raises:
        OSError: when it can't be opened, or is a link, a pipe, a device or a folder; it never waits for a pipe.
    """
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    if not hasattr(os, "O_NOFOLLOW") and os.path.islink(path):  # noqa: PTH114 - one-shot clients do without Path
        raise OSError(errno.ELOOP, LINK, str(path))
    try:
        descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0), 0o600)
    except OSError as error:
        raise _told(error, path) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, NO_FILE, str(path))
    return descriptor


def _told(error: OSError, path: str | Path) -> OSError:
    # What the systems say of a link, and of a pipe that nobody reads, says nothing to a person.
    if error.errno in (errno.ELOOP, getattr(errno, "EFTYPE", None), errno.EMLINK):
        return OSError(errno.ELOOP, LINK, str(path))
    return OSError(errno.EINVAL, NO_FILE, str(path)) if error.errno == errno.ENXIO else error


def check_ordinary(path: Path) -> None:
    """Looks at a file that something else opens; one that is not there is as good.

    Raises:
        OSError: when it is a link, a pipe, a device or a folder.
    """
    _check(path, stat.S_ISREG, NO_FILE)


def check_folder(path: Path) -> None:
    """Looks at a folder before something in it is used; one that is not there is as good.

    Raises:
        OSError: when it is a link or no folder.
    """
    _check(path, stat.S_ISDIR, NO_FOLDER)


def _check(path: Path, is_right: Callable[[int], bool], otherwise: str) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if stat.S_ISLNK(mode):
        raise OSError(errno.ELOOP, LINK, str(path))
    if not is_right(mode):
        raise OSError(errno.EINVAL, otherwise, str(path))


def make_private_folder(path: Path) -> None:
    """Makes a folder that only its owner can enter, unless it is there.

    Raises:
        OSError: when it can't be made, or is a link or no folder.
    """
    check_folder(path)
    path.mkdir(mode=0o700, exist_ok=True)
