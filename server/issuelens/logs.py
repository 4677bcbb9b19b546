"""Logging: records as JSON lines or as text, without secrets, to a file that is kept small or to standard error.

A log that can't be written never harms who writes it: what is lost is counted, and told when writing works again.
"""

from __future__ import annotations

import faulthandler
import json
import logging
import os
import sys
import traceback
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime
from io import FileIO, TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, Final

from issuelens import __version__
from issuelens.domain.redaction import MASK, names_secret, redacted
from issuelens.ordinary import open_ordinary

ENVIRONMENT_LEVEL: Final = "ISSUELENS_LOG"
"""Environment variable: the level of a log on standard error."""
ENVIRONMENT_FORMAT: Final = "ISSUELENS_LOG_FORMAT"
"""Environment variable: `json` makes a log on standard error JSON lines; else it is text."""
TEXT_LIMIT: Final = 20_000
"""Characters of one text in a record; of a longer one, beginning and end are kept."""
DEPTH_LIMIT: Final = 4
"""Levels of a value passed through `extra` that are kept apart; what is deeper is one text."""

READ_LIMIT: Final = 16_000_000
"""Bytes of a file that are read, from its end; ours are much shorter."""
_INTEGER_LIMIT: Final = 1 << 63
"""Larger integers are text, since readers of JSON may not have them."""
_OWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""What every LogRecord has; the rest came through `extra`."""


class Redaction(logging.Filter):
    """Takes secrets out of a record: out of its message, its exception and what came through `extra`.

    Args:
        secrets: texts that must not be written, besides what `redacted` finds by itself.
    """

    def __init__(self, secrets: Collection[str] = ()) -> None:
        super().__init__()
        self._secrets = tuple(secrets)

    def filter(self, record: logging.LogRecord) -> bool:
        """Changes the record; it is always kept."""
        record.msg, record.args = self._clean(_message(record)), ()
        if record.exc_info:
            record.exc_text = self._clean(_traceback(record.exc_info[1]))
        if record.stack_info:
            record.stack_info = self._clean(record.stack_info)
        for name in vars(record).keys() - _OWN:
            vars(record)[name] = self._plain(name, vars(record)[name])
        return True

    def _clean(self, text: str) -> str:
        return _shortened(redacted(text, self._secrets).encode("utf-8", "backslashreplace").decode())

    def _plain(self, name: str, value: Any, depth: int = 0) -> Any:
        """A value that JSON has."""
        if names_secret(name):
            return MASK
        if value is None or isinstance(value, bool) or (isinstance(value, int) and abs(value) < _INTEGER_LIMIT):
            return value
        if isinstance(value, dict) and depth < DEPTH_LIMIT:
            return {self._clean(_text(key)): self._plain(_text(key), one, depth + 1) for key, one in value.items()}
        if isinstance(value, list | tuple) and depth < DEPTH_LIMIT:
            return [self._plain("", one, depth + 1) for one in value]
        is_finite = isinstance(value, float) and value - value == 0
        return value if is_finite else self._clean(_text(value))


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception as error:  # noqa: BLE001 - a message that does not fit its arguments is told as it is
        return f"{_text(record.msg)} ({type(error).__name__} while its arguments were put in)"


def _text(value: Any) -> str:
    try:
        return str(value)
    except Exception as error:  # noqa: BLE001 - whatever is logged must not harm who logs it
        return f"<{type(value).__name__}: {type(error).__name__}>"


def _traceback(error: BaseException | None) -> str:
    return "".join(traceback.format_exception(error)).rstrip("\n") if error is not None else ""


def _shortened(text: str) -> str:
    half = TEXT_LIMIT // 2
    return text if len(text) <= TEXT_LIMIT else f"{text[:half]} … {text[-half:]}"


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON, in ASCII. It expects a record that `Redaction` has seen."""

    def format(self, record: logging.LogRecord) -> str:
        """Time (UTC), level, logger, pid, version, message; of an exception type, traceback and frames; the rest."""
        shape: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
            "level": record.levelname,
            "logger": record.name,
            "pid": record.process,
            "version": __version__,
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[1] is not None:
            shape |= {"exception": _type_name(record.exc_info[1]), "traceback": record.exc_text or ""}
            shape["frames"] = own_frames(record.exc_info[1])
        if record.stack_info:
            shape["stack"] = record.stack_info
        more = {name: vars(record)[name] for name in vars(record).keys() - _OWN - shape.keys()}
        return json.dumps(shape | dict(sorted(more.items())), ensure_ascii=True, allow_nan=False)


def _type_name(error: BaseException) -> str:
    cls = type(error)
    return cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"


def own_frames(error: BaseException) -> list[str]:
    """The frames of our own code on the way to an error, outermost first: `issuelens.daemon.app:180 _handled`."""
    found = []
    for frame, line in traceback.walk_tb(error.__traceback__):
        module = str(frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] == "issuelens":
            found.append(f"{module}:{line} {frame.f_code.co_name}")
    return found


class LogFile(RotatingFileHandler):
    """A file that is put aside when it is full; only its owner can read it.

    When standard error goes to the same file (the daemon's starter has it so), it goes along to each new one, so that
    no file that was put aside, or is gone already, keeps growing.
    """

    def __init__(self, path: Path, max_bytes: int, files: int) -> None:
        self._takes_stderr = _is_stderr(path)
        self._lost = 0
        super().__init__(path, maxBytes=max_bytes, backupCount=files)

    def _open(self) -> Any:
        descriptor = open_ordinary(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        if self._takes_stderr:
            os.dup2(descriptor, _STDERR)
        # Nothing is buffered: what can't be written is lost at once and does not fail again when the file is closed.
        return TextIOWrapper(FileIO(descriptor, "ab"), encoding="ascii", write_through=True)

    def format(self, record: logging.LogRecord) -> str:
        """The record's line; on a new one, when the last one may have been cut off."""
        return ("\n" if self._lost else "") + super().format(record)

    def emit(self, record: logging.LogRecord) -> None:
        """Writes a record, and after a time without success how many were lost."""
        lost = self._lost
        super().emit(record)
        if lost and self._lost == lost:
            self._lost = 0
            super().emit(_note(f"{lost} records before the last one could not be written", lost))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 - logging's signature
        """Counts; whoever logs has more important things to do."""
        self._lost += 1


_STDERR: Final = 2


def _is_stderr(path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(_STDERR), path.stat())
    except OSError:
        return False


def _note(text: str, lost: int) -> logging.LogRecord:
    return logging.makeLogRecord(
        {"name": __name__, "levelno": logging.WARNING, "levelname": "WARNING", "msg": text, "lost": lost}
    )


# Set-up


def log_to_file(path: Path, max_bytes: int, files: int, secrets: Collection[str]) -> logging.Handler:
    """Has logged to a file, as JSON lines, what we say from INFO on and libraries from WARNING on.

    The stacks of a fatal fault go to standard error.

    Args:
        path: the file.
        max_bytes: of it, after which it is put aside.
        files: how many files put aside are kept.
        secrets: texts that must not be written.

    Returns:
        The handler, for `stop_logging`.

    Raises:
        OSError: when the file can't be written.
    """
    handler = LogFile(path, max_bytes, files)
    handler.setFormatter(JsonFormatter())
    _begin(handler, logging.INFO, secrets)
    if sys.stderr is not None:
        faulthandler.enable()
    return handler


def log_to_stderr() -> None:
    """Has logging go to standard error, with the level and in the format that the environment names.

    Of libraries only warnings are told, but with DEBUG everything.
    """
    level = os.environ.get(ENVIRONMENT_LEVEL, "WARNING").upper()
    handler = logging.StreamHandler(sys.stderr)
    as_json = os.environ.get(ENVIRONMENT_FORMAT, "").lower() == "json"
    text = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handler.setFormatter(JsonFormatter() if as_json else text)
    # An editor that does not read, or has closed it, is no fault to tell on the same way.
    logging.raiseExceptions = False
    _begin(handler, logging.getLevelNamesMapping().get(level, logging.WARNING), ())


def _begin(handler: logging.Handler, level: int, secrets: Collection[str]) -> None:
    handler.addFilter(Redaction(secrets))
    logging.getLogger().addHandler(handler)
    # What libraries tell at INFO is of no use to a user, and may quote messages.
    logging.getLogger().setLevel(level if level <= logging.DEBUG else max(level, logging.WARNING))
    logging.getLogger("issuelens").setLevel(level)
    logging.captureWarnings(capture=True)


def stop_logging(handler: logging.Handler) -> None:
    """Takes a handler back and closes it."""
    logging.captureWarnings(capture=False)
    logging.getLogger("issuelens").setLevel(logging.NOTSET)
    logging.getLogger().removeHandler(handler)
    handler.close()


# Reading


def read_newest(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """The records of log files, newest first.

    Args:
        paths: the files, the newest first; those that are not there are passed over.

    Returns:
        Each line's object. A line that is none (a fault's stack, a traceback, what an older version wrote) is given
        as its `message` alone.

    Raises:
        OSError: when a file can't be read.
    """
    for path in paths:
        try:
            with os.fdopen(open_ordinary(path, os.O_RDONLY), "rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - READ_LIMIT))
                content = file.read(READ_LIMIT)
        except FileNotFoundError:
            continue
        for line in reversed(content.split(b"\n")):
            if line.strip():
                yield _record(line)


def _record(line: bytes) -> dict[str, Any]:
    try:
        shape = json.loads(line)
    except (ValueError, RecursionError):
        shape = None
    if isinstance(shape, dict) and isinstance(shape.get("message"), str) and isinstance(shape.get("level"), str):
        return shape
    return {"message": line.decode("utf-8", "replace").rstrip("\r")}
