"""Reads a time in any of the forms a mapping allows."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tickets.importing.words import Layout

EARLIEST, LATEST = 1970, 2100  # years


class NoTime(ValueError):
    """The text is no time in any of the mapping's forms."""


def read_time(text: str, *, mapping: Layout) -> datetime:
    """Give the time in UTC; NoTime when no form fits or the year is before 1970 or after 2100.

    A time without an offset is one on the wall of the mapping's zone; of an hour that happens twice
    it is the first, and one that the clock skips is moved on by the skip.
    """
    for form in mapping.dates:
        moment = _tried(text, form)
        if moment is not None:
            return _placed(moment, zone=mapping.zone)
    raise NoTime(f"{text!r} is no time like {' or '.join(mapping.dates)}")


def _tried(text: str, form: str) -> datetime | None:
    try:
        if form == "iso":
            return datetime.fromisoformat(text)
        return datetime.strptime(text, form)  # noqa: DTZ007 - the zone is the mapping's, see _placed
    except ValueError:
        return None


def _placed(moment: datetime, *, zone: ZoneInfo) -> datetime:
    if not EARLIEST <= moment.year <= LATEST:
        raise NoTime(f"year {moment.year} can't be")
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
