"""Whether the audit log is what was written: each event's link computed anew, by the database."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

BROKEN = """
WITH linked AS (
  SELECT e.seq, e.link, e.at, to_jsonb(e) AS said,
    coalesce(lag(e.link) OVER log, ''::bytea) AS before, row_number() OVER log AS expected
  FROM public.accounts_auditevent e WINDOW log AS (ORDER BY e.seq))
SELECT seq FROM linked
WHERE seq <> expected OR link <> sd.audit_link_1(before, said, at)
ORDER BY seq LIMIT %s
"""
_SHOWN = 20
_DIGITS = 32


class BadHead(ValueError):
    """A kept head is written ``number:hash``, as `verify` prints it."""


@dataclass(frozen=True)
class Head:
    """The last event and its link. Kept elsewhere, it tells when the log's end was cut off."""

    seq: int
    link: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.link}"

    @classmethod
    def read(cls, text: str) -> Head:
        """A head as it was printed. Raises BadHead."""
        seq, _colon, link = text.strip().partition(":")
        if not seq.isdecimal() or len(link) != _DIGITS or not set(link) <= set("0123456789abcdef"):
            raise BadHead(text)
        return cls(int(seq), link)


def broken_events() -> list[int]:
    """Numbers of events that are not as they were written, or that follow a missing one.

    The first ones only. Each link holds that before it, so the first is where somebody was.
    """
    with connection.cursor() as cursor:
        cursor.execute(BROKEN, [_SHOWN])
        return [seq for (seq,) in cursor.fetchall()]


def head() -> Head:
    """The head of the log; of an empty one ``0`` and zeros."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT seq, encode(link, 'hex') FROM public.accounts_auditevent"
            " ORDER BY seq DESC LIMIT 1"
        )
        found = cursor.fetchone()
    return Head(found[0], found[1][:_DIGITS]) if found else Head(0, "0" * _DIGITS)


def still_holds(*, kept: Head) -> bool:
    """Whether the log has the event that was its last when this head was kept, unchanged."""
    if kept.seq == 0:
        return True
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT encode(link, 'hex') FROM public.accounts_auditevent WHERE seq = %s", [kept.seq]
        )
        found = cursor.fetchone()
    return found is not None and str(found[0])[:_DIGITS] == kept.link
