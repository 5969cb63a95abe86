"""One person in the preview of a release, as the page says it: what they asked, how they hear."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from django.utils.formats import time_format
from django.utils.translation import gettext as _

from desk import places
from product.models import Asker, Exclusion
from product.quiet import quiet_until, zone_of
from product.release_words import language_name, role_name


class Ticket(NamedTuple):
    """A ticket of theirs; `is_held`: on hold for this release alone, it moves to resolved."""

    number: int
    is_held: bool


class Told(NamedTuple):
    """The same with its code and address."""

    ref: str
    href: str
    is_held: bool


class Person(NamedTuple):
    """Somebody who asked, in the reader's words."""

    key: str  # "<customer>.<contact>"
    name: str
    role: str
    language: str
    by_mail: bool
    quiet: str  # when the mail comes because it would be quiet now, else ""
    tickets: list[Told]
    more_tickets: int
    excluded: Exclusion | None


MOST = 6
"""Tickets named beside a person."""


def persons(
    people: Iterable[Asker],
    *,
    tickets: Mapping[tuple[int, int], list[Ticket]],
    left_out: Mapping[tuple[int, int | None], Exclusion],
    code: str,
    now: datetime,
) -> list[Person]:
    """People of one customer, whose code it is."""
    found = []
    for one in people:
        theirs = tickets.get((one.customer_id, one.contact_id), [])
        found.append(
            Person(
                key=f"{one.customer_id}.{one.contact_id}",
                name=one.name,
                role=role_name(one.role),
                language=language_name(one.language),
                by_mail=one.news_by_mail,
                quiet=_quiet(one, now) if one.news_by_mail else "",
                tickets=[_told(code, ticket) for ticket in theirs[:MOST]],
                more_tickets=max(0, len(theirs) - MOST),
                excluded=left_out.get((one.customer_id, one.contact_id)),
            )
        )
    return found


def _told(code: str, ticket: Ticket) -> Told:
    ref = f"{code.upper()}-{ticket.number}"
    return Told(ref, places.ticket(code, ticket.number), ticket.is_held)


def _quiet(one: Asker, now: datetime) -> str:
    until = quiet_until(one, now)
    if until is None:
        return ""
    there = until.astimezone(zone_of(one.time_zone))
    return _("will get the mail at %(time)s their time") % {
        "time": time_format(there.time(), "H:i")
    }
