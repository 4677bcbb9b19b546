"""The log: every record one line of JSON, no secret in it, and whoever logs is never harmed by it."""

from __future__ import annotations

import json
import logging
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuelens import __version__
from issuelens.cli.context import Cli
from issuelens.cli.main import main
from issuelens.domain.errors import StorageError
from issuelens.domain.redaction import MASK, redacted
from issuelens.ipc import jsonrpc
from issuelens.logs import TEXT_LIMIT, JsonFormatter, LogFile, Redaction, read_newest
from issuelens.storage.failures import storage_error
from issuelens.workspace import initialise

# The user part of a URL as people paste it: anything but what ends a word.
PASTED = st.text(st.characters(exclude_categories=["Z", "C"], exclude_characters="@/?#"), min_size=1, max_size=20)
PASSWORD = st.text("abcdefghijklmnop0123456789", min_size=9, max_size=20).map(lambda text: f"q7{text}")
SCHEME = st.sampled_from(["postgresql", "postgresql+psycopg", "https", "ssh", "redis"])
AROUND = st.text(max_size=30)


class Unprintable:
    """Says nothing of itself."""

    def __str__(self) -> str:
        raise ValueError("no")


# Redaction


@given(SCHEME, PASTED, PASSWORD, st.sampled_from(["", "/", "@", "#", "%40", "?", "é"]), AROUND, AROUND)
def test_no_url_keeps_its_password(scheme: str, user: str, password: str, sign: str, before: str, after: str) -> None:
    text = f"{before} {scheme}://{user}:{password}{sign}{password}@db.example:5432/issues {after}"
    shown = redacted(text)
    assert password not in shown
    assert f"{scheme}://{MASK}@" in shown


@given(st.text(), st.lists(st.text(min_size=1), max_size=3))
def test_what_was_redacted_stays_as_it_is(text: str, secrets: list[str]) -> None:
    once = redacted(text)
    assert redacted(once) == once
    shown = redacted(text, secrets)
    assert not any(secret in shown for secret in secrets if not set(secret) & set(MASK))


@given(st.text(st.characters(exclude_characters="@=:"), max_size=200))
def test_what_holds_no_secret_is_kept_to_the_letter(text: str) -> None:
    assert "bearer" in text.lower() or redacted(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://u:p@h/d", f"postgresql://{MASK}@h/d"),
        ("at (ssh://git@host/x), not", f"at (ssh://{MASK}@host/x), not"),
        ("postgresql://h/d?user=u&password=p&x=1", f"postgresql://h/d?user=u&password={MASK}&x=1"),
        ("host=h password='a b' dbname=d", f"host=h password='{MASK}' dbname=d"),
        ('{"pid": 3, "token": "a-b_c", "port": null}', f'{{"pid": 3, "token": "{MASK}", "port": null}}'),
        ("Authorization: Bearer abc.def-123", f"Authorization: Bearer {MASK}"),
        ("{'Authorization': 'Basic dXNlcg=='}", f"{{'Authorization': 'Basic {MASK}'}}"),
        ("sent Bearer abcdef0123456789 there", f"sent Bearer {MASK} there"),
        ("API_KEY=x, api-key=y", f"API_KEY={MASK}, api-key={MASK}"),
        ("see https://host/path and mail a@b", "see https://host/path and mail a@b"),
        ("https://unpkg.com/@scope/pkg", "https://unpkg.com/@scope/pkg"),
        ("https://u:p/@h/x and ssh://a@b/@c", f"https://{MASK}@h/x and ssh://{MASK}@c"),
        ("the bearer of news; a token: none", "the bearer of news; a token: none"),
    ],
)
def test_what_is_a_secret(text: str, shown: str) -> None:
    assert redacted(text) == shown


def test_a_text_made_to_be_slow_is_read_in_time() -> None:
    # Each of these took minutes if the time grew with the square of the length.
    for part in ("://", "bearer ", "password=", 'token="', "authorization: basic ", "a://b@", "token' "):
        assert redacted(part * (1_000_000 // len(part))) != ""


def test_errors_that_are_told_have_no_password(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, shown = "postgresql://u:hunter2@h/d does not answer", f"postgresql://{MASK}@h/d does not answer"
    error = StorageError(text)
    assert jsonrpc.failure(1, error)["error"]["message"] == shown
    assert (
        storage_error(sqlite3.OperationalError(text), tmp_path).message == f"{tmp_path}: {shown}; nothing was changed."
    )

    def call(*_request: Any) -> Any:
        raise error

    initialise(tmp_path, "app")
    assert main(["list", "--json"], obj=Cli(tmp_path, call=call)) == 1
    printed = capsys.readouterr()
    assert printed.err == f"issuelens: {shown}\n"
    assert json.loads(printed.out)["error"]["message"] == shown


# Records


@contextmanager
def logging_to(handler: logging.Handler, *secrets: str) -> Iterator[logging.Logger]:
    """A logger of its own with one handler, set up as ours are."""
    handler.addFilter(Redaction(secrets))
    handler.setFormatter(JsonFormatter())
    logger = logging.Logger("issuelens.test", logging.DEBUG)
    logger.addHandler(handler)
    with closing(handler):
        yield logger


class Lines(logging.Handler):
    """Keeps what is formatted."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(self.format(record))

    @property
    def only(self) -> dict[str, Any]:
        [text] = self.texts
        assert text.isascii()
        assert text.isprintable()
        shape: dict[str, Any] = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
        return shape


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.builds(Unprintable),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.integers(), inner, max_size=3),
    max_leaves=8,
)


@given(st.text(st.characters(), max_size=50), VALUES)
def test_a_record_is_one_line_of_json_whatever_it_holds(text: str, value: Any) -> None:
    lines = Lines()
    with logging_to(lines) as logger:
        logger.info("%s", text, extra={"value": value, "time": "mine"})
    shape = lines.only
    assert (shape["level"], shape["logger"], shape["version"]) == ("INFO", "issuelens.test", __version__)
    assert shape["time"].endswith("Z")
    assert "value" in shape
    # orjson, jq and the like refuse a lone surrogate.
    assert shape["message"] == text.encode("utf-8", "backslashreplace").decode()


@pytest.mark.parametrize(
    ("message", "arguments"), [("%d", ("x",)), ("%s %s", ("x",)), ("a\nb\x1b[31m\x85\u2028", ()), (Unprintable(), ())]
)
def test_a_message_that_is_wrong_is_told(message: Any, arguments: tuple[Any, ...]) -> None:
    lines = Lines()
    with logging_to(lines) as logger:
        logger.info(message, *arguments)
    assert lines.only["message"]


def test_a_text_that_is_long_is_cut() -> None:
    lines = Lines()
    with logging_to(lines) as logger:
        logger.info("a%sz", "x" * 10 * TEXT_LIMIT, extra={"value": 10**400})
    assert len(lines.texts[0]) < TEXT_LIMIT + 1000
    assert lines.only["message"].startswith("ax")
    assert lines.only["message"].endswith("xz")


def _fail(text: str) -> None:
    try:
        raise KeyError(text)
    except KeyError as error:
        raise StorageError(f"{text} is not there") from error


def test_no_secret_is_in_a_record(tmp_path: Path) -> None:
    url, lines = "postgresql://anna:hunter2@db/x", Lines()
    with logging_to(lines, "s3cret-token") as logger:
        try:
            _fail(url)
        except StorageError:
            extra = {"url": url, "more": [{url: url}, "s3cret-token"], "token": "t0k"}
            logger.exception("at %s with s3cret-token", url, extra=extra, stack_info=True)
    text = lines.texts[0]
    assert not any(secret in text for secret in ("hunter2", "anna", "s3cret-token", "t0k"))
    shape = lines.only
    assert shape["message"] == f"at postgresql://{MASK}@db/x with {MASK}"
    assert shape["exception"] == "issuelens.domain.errors.StorageError"
    assert "KeyError" in shape["traceback"]
    assert "The above exception was the direct cause" in shape["traceback"]
    assert "test_no_secret_is_in_a_record" in shape["stack"]


def test_the_frames_are_those_of_our_own_code() -> None:
    lines = Lines()
    with logging_to(lines) as logger:
        try:
            redacted(None)  # type: ignore[arg-type]
        except TypeError:
            logger.exception("a fault")
    [frame] = lines.only["frames"]
    assert frame.startswith("issuelens.domain.redaction:")
    assert frame.endswith(" redacted")


# The file


def test_the_file_is_put_aside_when_it_is_full(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with logging_to(LogFile(path, 2000, 2)) as logger:
        for number in range(60):
            logger.info("record %d", number)
    paths = [path, tmp_path / "log.1", tmp_path / "log.2"]
    assert sorted(tmp_path.iterdir()) == paths
    assert all(one.stat().st_size <= 2000 and one.stat().st_mode & 0o777 == 0o600 for one in paths)
    found = [record["message"] for record in read_newest(paths)]
    assert found == [f"record {number}" for number in range(59, 59 - len(found), -1)]
    assert len(found) > 20


def in_process(script: str, log: Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """Runs a script that has `logger`, which logs to `log`."""
    begin = (
        "import logging, os, resource, signal, sys\nfrom pathlib import Path\nfrom issuelens.logs import *\n"
        f"log = Path({str(log)!r})\n"
        "logger = logging.getLogger('issuelens.test')\n"
    )
    return subprocess.run(
        [sys.executable, "-c", begin + script], text=True, timeout=60, check=False, stdout=subprocess.PIPE, **options
    )


def test_standard_error_goes_along_to_each_new_file(tmp_path: Path) -> None:
    log = tmp_path / "log"
    script = (
        "handler = log_to_file(log, 1500, 1, ())\n"
        "for number in range(40):\n"
        "    logger.info('record %d', number)\n"
        "    os.write(2, b'said %d\\n' % number)\n"
        "os.kill(os.getpid(), signal.SIGSEGV)\n"
    )
    with log.open("ab") as file:
        assert in_process(script, log, stderr=file).returncode == -11
    assert sorted(tmp_path.iterdir()) == [log, tmp_path / "log.1"]
    assert (tmp_path / "log.1").stat().st_size < 3000
    found = [record["message"] for record in read_newest([log])]
    assert "Fatal Python error: Segmentation fault" in found
    assert {"said 39", "record 39"} <= set(found)
    before = [record["message"] for record in read_newest([tmp_path / "log.1"])]
    assert before
    assert not {"said 39", "record 39"} & set(before)


def test_standard_error_elsewhere_is_left_there(tmp_path: Path) -> None:
    log = tmp_path / "log"
    script = "handler = log_to_file(log, 300, 1, ())\nfor n in range(9): logger.info('x')\nos.write(2, b'said\\n')\n"
    assert in_process(script, log, stderr=subprocess.PIPE).stderr == "said\n"


def test_a_disk_that_is_full_loses_records_and_nothing_else(tmp_path: Path) -> None:
    log = tmp_path / "log"
    # The limit of a file's size stands for the end of the disk: the last line is cut off, the next ones fail.
    script = (
        "handler = log_to_file(log, 10**6, 1, ())\n"
        "soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
        "logger.info('first')\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size + 50, hard))\n"
        "for number in range(5): logger.info('lost %d', number)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))\n"
        "logger.info('again')\n"
        "logger.info('last')\n"
        "stop_logging(handler)\n"
        "print('done')\n"
    )
    done = in_process(script, log, stderr=subprocess.PIPE)
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")
    *found, cut, first = [(record["message"], record.get("lost")) for record in read_newest([log])]
    assert first == ("first", None)
    assert cut[0].startswith('{"time": ')
    assert found == [
        ("last", None),
        ("4 records before the last one could not be written", 4),
        ("again", None),
    ]


def test_a_log_that_can_not_be_written_at_all_harms_nobody(tmp_path: Path) -> None:
    log = tmp_path / "log"
    script = (
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
        "handler = log_to_file(log, 10**6, 1, ())\n"
        "for number in range(100): logger.info('x')\n"
        "logger.info('%d', 'wrong')\n"
        "import warnings; warnings.simplefilter('always'); warnings.warn('x')\n"
        "stop_logging(handler)\n"
        "print('done')\n"
    )
    with log.open("ab") as file:
        done = in_process(script, log, stderr=file)
    assert (done.returncode, done.stdout, log.read_bytes()) == (0, "done\n", b"")


def test_a_folder_that_is_gone_harms_nobody(tmp_path: Path) -> None:
    folder = tmp_path / "f"
    folder.mkdir()
    with logging_to(LogFile(folder / "log", 300, 1)) as logger:
        logger.info("first")
        (folder / "log").unlink()
        folder.rmdir()
        for _ in range(5):
            logger.info("lost")
        folder.mkdir()
        logger.info("again")
    found = [record["message"] for record in read_newest([folder / "log", folder / "log.1"])]
    assert found == ["4 records before the last one could not be written", "again"]


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("precious")
    (tmp_path / "log").symlink_to(tmp_path / "other")
    with pytest.raises(OSError, match="it is a link"):
        LogFile(tmp_path / "log", 300, 1)
    with pytest.raises(OSError, match="it is a link"):
        list(read_newest([tmp_path / "log"]))
    assert (tmp_path / "other").read_text() == "precious"


# Reading


def test_what_is_no_record_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with logging_to(LogFile(path, 10**6, 1)) as logger:
        logger.info("one")
    deep = "[" * 100_000
    with path.open("ab") as file:
        file.write(b'Traceback\r\n\n\xff\xfe\n{"message": 3}\n[1]\n"x"\n' + deep.encode() + b"\n{")
    messages = [record["message"] for record in read_newest([path, tmp_path / "none"])]
    assert messages == ["{", deep, '"x"', "[1]", '{"message": 3}', "\ufffd\ufffd", "Traceback", "one"]
