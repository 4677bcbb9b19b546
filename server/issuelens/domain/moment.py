"""Moments as texts: the one form they are kept in, the forms they are read from, and spans such as `7d`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from issuelens.domain.errors import InvalidField

_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|z|[+-]\d\d:?\d\d)?\Z",
    re.ASCII,
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_SPAN = re.compile(r"\+?(\d{1,5})(h|d|w|m|y)\Z", re.ASCII)
_LAST_DAY: Final = datetime(9999, 12, 31, tzinfo=UTC)
_UNITS: Final = {
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "m": timedelta(days=30),
    "y": timedelta(days=365),
}
_DAYS: Final = {"today": 0, "tomorrow": 1, "yesterday": -1}
FORMS: Final = "a date such as 2027-01-31, a span such as 3d or 2w, today or tomorrow"


def timestamp(moment: datetime) -> str:
    """The one form in which moments are kept: RFC 3339, UTC, microseconds, ending in Z; it sorts as text.

    Raises:
        ValueError: for a naive datetime.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    # Not strftime: its %Y writes the year 1 (Go's zero time) without zeros.
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def normal_moment(text: str) -> str:
    """A moment of RFC 3339 in the form in which moments are kept. Without a zone it is taken as UTC.

    Up to nine digits of a second are kept, so that other tools' nanoseconds survive.

    Raises:
        ValueError: when it is none.
    """
    match = _RFC3339.match(text)
    if match is None:
        raise ValueError(f"{text[:60]!r} is no moment as in RFC 3339")
    date, time, fraction, zone = match[1], match[2], match[3] or "", match[4] or "Z"
    try:
        moment = datetime.fromisoformat(f"{date}T{time}{zone.replace('z', 'Z')}").astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text!r} is out of the range of moments") from error
    return f"{moment.replace(tzinfo=None).isoformat(timespec='seconds')}.{fraction.ljust(6, '0')}Z"


def read_moment(text: str) -> datetime:
    """The datetime (UTC) of a kept moment; digits below a microsecond are dropped."""
    return datetime.fromisoformat(f"{text[:26].rstrip('Z')}+00:00")


def is_later(moment: str, than: str) -> bool:
    """Whether a kept moment is later than another; an empty one is before all."""
    return moment.rstrip("Z") > than.rstrip("Z")


def later(moment: str, than: str) -> str:
    """The moment, or when it is not later than another, one just after that; clocks differ and run backwards."""
    if is_later(moment, than):
        return moment
    try:
        return timestamp(read_moment(than) + timedelta(microseconds=1))
    except OverflowError:
        return than


def parse_span(text: str) -> timedelta | None:
    """A span such as `12h`, `7d`, `2w`, `3m` (30 days each) or `1y`; None when it is none."""
    match = _SPAN.match(text)
    return int(match[1]) * _UNITS[match[2]] if match else None


def parse_day(text: str, now: datetime) -> tuple[datetime, datetime] | None:
    """The day (UTC) named by a date, `today`, `tomorrow` or `yesterday`: its begin and end; None for other words."""
    if text in _DAYS:
        begin = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=_DAYS[text])
    elif _DATE.match(text):
        try:
            begin = datetime.fromisoformat(text).replace(tzinfo=UTC)
        except ValueError:
            return None
    else:
        return None
    # The last day there is has no next one.
    return begin, begin + timedelta(days=1) if begin < _LAST_DAY else datetime.max.replace(tzinfo=UTC)


def checked_future(name: str, text: str, now: str, *, end_of_day: bool) -> str:
    """The moment that a person's words name, which must lie ahead.

    Args:
        name: the field, for the message.
        text: a date, a span from now on, `today`, `tomorrow` or an RFC 3339 moment.
        now: a kept moment.
        end_of_day: whether a day means its last second, as for a due date, or its first.

    Raises:
        InvalidField: named `name`.
    """
    present = read_moment(now)
    try:
        found = _named_moment(text.strip(), present, end_of_day=end_of_day)
    except (ValueError, OverflowError) as error:
        raise InvalidField(name, f"{text[:60]!r} is not {FORMS}") from error
    if found < now:
        raise InvalidField(name, f"{text[:60]!r} is in the past; give {FORMS}")
    return found


def _named_moment(text: str, now: datetime, *, end_of_day: bool) -> str:
    span = parse_span(text)
    if span is not None:
        return timestamp(now + span)
    day = parse_day(text, now)
    if day is None:
        return normal_moment(text)
    if end_of_day:
        return timestamp(day[1] - timedelta(seconds=1))
    return timestamp(max(day[0], now) if text == "today" else day[0])
