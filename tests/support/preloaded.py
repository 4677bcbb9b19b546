"""Changes, from outside, processes that a test starts: their version and their clock, by a preloaded module."""

from __future__ import annotations

import os
from pathlib import Path

_MODULE = """\
import os

if "TEST_VERSION" in os.environ:
    import issuelens

    issuelens.__version__ = os.environ["TEST_VERSION"]

if "TEST_CLOCK_DAYS" in os.environ:
    import datetime
    import time

    _days = float(os.environ["TEST_CLOCK_DAYS"])
    _time, _time_ns, _datetime = time.time, time.time_ns, datetime.datetime

    class Shifted(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            moment = _datetime.now(tz) + datetime.timedelta(days=_days)
            return cls.combine(moment.date(), moment.timetz())

    time.time = lambda: _time() + _days * 86400
    time.time_ns = lambda: _time_ns() + int(_days * 86400 * 1e9)
    datetime.datetime = Shifted
"""


def environment(folder: Path, *, version: str | None = None, clock_days: float | None = None) -> dict[str, str]:
    """The variables with which a process, and those that it starts, has another version or a clock that is wrong.

    Args:
        folder: of the test's, for the module.
        version: what it believes to be.
        clock_days: how much its wall clock is ahead; its monotonic clock stays right.
    """
    place = folder / "preloaded"
    place.mkdir(exist_ok=True)
    (place / "sitecustomize.py").write_text(_MODULE)
    given = {"PYTHONPATH": str(place)}
    if version is not None:
        given["TEST_VERSION"] = version
    if clock_days is not None:
        given["TEST_CLOCK_DAYS"] = str(clock_days)
    return dict(os.environ) | given
