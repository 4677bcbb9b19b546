"""Moments: the forms they are read from, the one form they are kept in, and what lies ahead."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuelens.domain.errors import InvalidField
from issuelens.domain.moment import checked_future, normal_moment, parse_day, parse_span, read_moment, timestamp

NOON = "2026-01-10T12:00:00.000000Z"
# Two days from the ends, so that every zone has them.
FIRST, LAST = datetime(1, 1, 3), datetime(9999, 12, 29)  # noqa: DTZ001 - the strategy adds the zones
ZONES = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(FIRST, LAST, timezones=ZONES)


@given(MOMENTS)
def test_a_moment_survives_its_text(moment: datetime) -> None:
    assert read_moment(timestamp(moment)) == moment
    assert normal_moment(moment.isoformat()) == timestamp(moment)
    assert normal_moment(timestamp(moment)) == timestamp(moment)


@given(MOMENTS, MOMENTS)
def test_texts_of_moments_sort_as_moments_do(one: datetime, other: datetime) -> None:
    assert (timestamp(one) < timestamp(other)) == (one < other)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("2026-01-31T10:20:30Z", "2026-01-31T10:20:30.000000Z"),
        ("2026-01-31t10:20:30z", "2026-01-31T10:20:30.000000Z"),
        ("2026-01-31 10:20:30", "2026-01-31T10:20:30.000000Z"),
        ("2026-01-31T10:20:30.5+02:00", "2026-01-31T08:20:30.500000Z"),
        ("2026-01-31T23:30:00-0130", "2026-02-01T01:00:00.000000Z"),
        ("2026-01-31T10:20:30.123456789Z", "2026-01-31T10:20:30.123456789Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59.000000Z"),
    ],
)
def test_forms_that_are_read(text: str, kept: str) -> None:
    assert normal_moment(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        *("", "2026-01-31", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-01T25:00:00Z", "soon"),
        *("2026-01-31T10:20Z", "2026-01-31T10:20:30.Z", "2026-01-31T10:20:30.1234567890Z", "0000-01-01T00:00:00Z"),
        *("0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00", "2026-01-31T10:20:30+99:00"),
        *("٢٠٢٦-01-31T10:20:30Z", "2026-01-31T10:20:30.٣Z", "2026-01-31T10:20:30Z\n", "x" * 10_000_000),
    ],
    ids=itertools.count(),
)
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(ValueError, match=r"no moment|out of|must be|must be in|Invalid") as told:
        normal_moment(text)
    assert len(str(told.value)) < 200


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("12h", timedelta(hours=12)),
        ("+3d", timedelta(days=3)),
        ("2w", timedelta(days=14)),
        ("1m", timedelta(days=30)),
        ("1y", timedelta(days=365)),
        *((text, None) for text in ("", "d", "3", "-3d", "3x", "3 d", "123456d", "٣d", "3d\n")),
    ],
)
def test_spans(text: str, span: timedelta | None) -> None:
    assert parse_span(text) == span


def test_days_begin_and_end() -> None:
    now = read_moment(NOON)
    first = datetime(2026, 1, 10, tzinfo=UTC)
    for text, begin in {"today": first, "tomorrow": first + timedelta(1), "2026-01-09": first - timedelta(1)}.items():
        assert parse_day(text, now) == (begin, begin + timedelta(days=1))
    assert parse_day("yesterday", now) == parse_day("2026-01-09", now)
    for text in ("2026-02-30", "0000-01-01", "monday", "", "٢٠٢٦-01-31"):
        assert parse_day(text, now) is None
    last = parse_day("9999-12-31", now)
    assert last is not None
    assert last[0] < last[1]


@pytest.mark.parametrize(
    ("text", "end_of_day", "kept"),
    [
        ("2026-02-01", True, "2026-02-01T23:59:59.000000Z"),
        ("2026-02-01", False, "2026-02-01T00:00:00.000000Z"),
        (" tomorrow ", False, "2026-01-11T00:00:00.000000Z"),
        ("today", True, "2026-01-10T23:59:59.000000Z"),
        ("today", False, NOON),
        ("3d", True, "2026-01-13T12:00:00.000000Z"),
        ("2026-02-01T10:00:00+02:00", True, "2026-02-01T08:00:00.000000Z"),
        ("9999-12-31", False, "9999-12-31T00:00:00.000000Z"),
    ],
)
def test_what_lies_ahead(text: str, end_of_day: bool, kept: str) -> None:
    assert checked_future("due_at", text, NOON, end_of_day=end_of_day) == kept


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("2026-01-09", "is in the past; give a date such as 2027-01-31"),
        ("yesterday", "is in the past"),
        ("2026-01-10T11:59:59Z", "is in the past"),
        ("2026-02-30", "is not a date such as 2027-01-31, a span such as 3d or 2w, today or tomorrow"),
        ("next week", "is not a date"),
        ("", "is not a date"),
        ("99999y", "is not a date"),
        ("\ud800", "is not a date"),
        ("1\n2", "is not a date"),
        ("9" * 10_000_000, "is not a date"),
    ],
    ids=itertools.count(),
)
def test_what_is_no_moment_ahead_names_the_field_and_the_remedy(text: str, problem: str) -> None:
    with pytest.raises(InvalidField) as told:
        checked_future("defer_until", text, NOON, end_of_day=False)
    assert told.value.field == "defer_until"
    assert problem in told.value.message
    assert len(told.value.message) < 300
    assert told.value.message.isprintable()
