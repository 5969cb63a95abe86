"""Who hears of a release, before anybody does: by customer, from public projections alone.

However many ask, the page sends the same few statements: one counts every asker by customer,
standing, language and role; two count tickets; the rest read what stands on the page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Case, CharField, Count, QuerySet, Value, When
from django.db.models import Window as Windowed
from django.db.models.functions import RowNumber

from accounts.models import User
from customers.models import Customer
from desk.asked import words
from product.models import Asker, Exclusion, Release
from product.operations.audience import asked_for, excluded, hearers, told
from product.preview_rows import Person, persons
from product.preview_tickets import tickets_at, tickets_of

STANDINGS = ("hears", "excluded", "off", "told")
"""Hears of it; left out; switched off; told already. Everybody who asked is one of them."""

CUSTOMERS, PEOPLE, ALONE = 20, 5, 50
"""Customers on a page, people shown of each; people on a page of one customer alone."""


class Asked(NamedTuple):
    """What an address asks to see of the askers."""

    who: str = "hears"
    language: str = ""
    role: str = ""
    customer: str = ""
    page: str = ""

    def query(self, **other: str) -> str:
        """The address of this, or of one beside it; without `page` its first page."""
        told = self._asdict() | {"page": ""} | other
        return urlencode({k: v for k, v in told.items() if v and (k, v) != ("who", "hears")})


class Group(NamedTuple):
    """So many askers of one customer that stand, read and are the same."""

    standing: str
    customer_id: int
    language: str
    role: str
    people: int


class Firm(NamedTuple):
    """A customer on the page: its people there, and how many there are in all."""

    customer: Customer
    people: list[Person]
    many: int
    excluded: Exclusion | None

    @property
    def more(self) -> int:
        """How many people do not stand on the page."""
        return self.many - len(self.people)


@dataclass(frozen=True)
class Totals:
    """Who hears if it is published now. Tickets: theirs; resolved: of these, held for it alone."""

    customers: int
    people: int
    tickets: int
    resolved: int


@dataclass(frozen=True)
class Preview:
    """The askers of a release, counted; `shown` gives one page of them."""

    release: Release
    groups: list[Group]
    served: Mapping[int, Customer] = field(repr=False)
    """Customers the reader may serve and that have somebody who asked."""

    def people(self, standing: str) -> int:
        """How many stand so, at whatever customer."""
        return sum(one.people for one in self.groups if one.standing == standing)

    @cached_property
    def hearing(self) -> list[Group]:
        """Who hears."""
        return [one for one in self.groups if one.standing == "hears"]

    @cached_property
    def totals(self) -> Totals:
        """The line above the list."""
        tickets, resolved = tickets_of(self.release)
        customers = len({one.customer_id for one in self.hearing})
        return Totals(customers, self.people("hears"), tickets, resolved)

    @cached_property
    def languages(self) -> list[tuple[str, int]]:
        """Who hears, by the language they read; most first."""
        return _counted((one.language, one.people) for one in self.hearing)

    @property
    def unread(self) -> list[tuple[str, int]]:
        """Languages that hearers read and the notes are not written in: ``("zh", 12)``."""
        found: Counter[str] = Counter()
        for language, people in self.languages:
            found["zh" if language.startswith("zh") else "en"] += people
        notes = {"zh": self.release.notes_zh, "en": self.release.notes_en}
        return [(language, people) for language, people in found.items() if not notes[language]]

    def ways(self, asked: Asked) -> dict[str, list[str]]:
        """The languages and roles of who stands as asked."""
        rows = [one for one in self.groups if one.standing == asked.who]
        return {
            "languages": sorted({one.language for one in rows}),
            "roles": sorted({one.role for one in rows}),
        }


@dataclass(frozen=True)
class Shown:
    """A page of customers with people, or of one customer's people; `others` are not served."""

    firms: list[Firm]
    page: Page[Any]
    people: int
    customers: int
    others: int
    others_people: int


def asked_of(query: Mapping[str, str]) -> Asked:
    """Read an address; whatever nobody knows is as if it were not there."""
    who = query.get("who", "")
    return Asked(
        who if who in STANDINGS else "hears",
        words(query.get("language", "")),
        words(query.get("role", "")),
        words(query.get("customer", "")),
        query.get("page", ""),
    )


def preview(*, release: Release, user: User) -> Preview:
    """Count everybody who asked; two statements, however many they are."""
    is_so = Case(
        When(told(release), then=Value("told")),
        When(is_active=False, then=Value("off")),
        When(excluded(release), then=Value("excluded")),
        default=Value("hears"),
        output_field=CharField(),
    )
    rows = asked_for(release).annotate(standing=is_so).order_by()
    counted = rows.values_list("standing", "customer_id", "language", "role")
    groups = [Group(*row) for row in counted.annotate(people=Count("pk"))]
    ids = {one.customer_id for one in groups}
    known = Customer.objects.live().served_by(user).in_bulk(ids)
    return Preview(release, groups, known)


def shown(*, found: Preview, asked: Asked, now: datetime) -> Shown:
    """The page that an address asks for; five statements at most."""
    rows = [one for one in found.groups if one.standing == asked.who]
    if asked.language:
        rows = [one for one in rows if one.language == asked.language]
    if asked.role:
        rows = [one for one in rows if one.role == asked.role]
    counts: Counter[int] = Counter()
    for one in rows:
        counts[one.customer_id] += one.people
    ours = [pk for pk in counts if pk in found.served]
    hidden = [pk for pk in counts if pk not in found.served]
    named = [pk for pk in ours if _is_meant(found.served[pk], asked.customer)]
    named.sort(key=lambda pk: (found.served[pk].name.lower(), pk))
    people = _standing(found.release, asked)
    alone = len(named) == 1 and bool(asked.customer)
    page: Page[Any]
    if alone:
        mine = people.filter(customer_id=named[0]).order_by("name", "pk")
        page = Paginator(mine, ALONE).get_page(asked.page)
        listed = {named[0]: list(page)}
    else:
        page = Paginator(named, CUSTOMERS).get_page(asked.page)
        listed = _first(people, list(page))
    return Shown(
        firms=_firms(found, listed, counts, asked, now),
        page=page,
        people=sum(counts[pk] for pk in named),
        customers=len(named),
        others=len(hidden),
        others_people=sum(counts[pk] for pk in hidden),
    )


def _firms(
    found: Preview,
    listed: dict[int, list[Asker]],
    counts: Mapping[int, int],
    asked: Asked,
    now: datetime,
) -> list[Firm]:
    rows = Exclusion.objects.filter(release=found.release, customer__in=list(listed))
    left_out = {(one.customer_id, one.contact_id): one for one in rows}
    tickets = tickets_at(found.release, listed)
    return [
        Firm(
            found.served[pk],
            persons(
                people,
                tickets=tickets,
                left_out=left_out,
                code=found.served[pk].code,
                now=now,
            ),
            counts[pk],
            left_out.get((pk, None)),
        )
        for pk, people in listed.items()
    ]


def _standing(release: Release, asked: Asked) -> QuerySet[Asker]:
    rows = asked_for(release)
    rows = {
        "hears": lambda: hearers(release),
        "excluded": lambda: rows.filter(excluded(release), ~told(release), is_active=True),
        "off": lambda: rows.filter(~told(release), is_active=False),
        "told": lambda: rows.filter(told(release)),
    }[asked.who]()
    if asked.language:
        rows = rows.filter(language=asked.language)
    return rows.filter(role=asked.role) if asked.role else rows


def _first(people: QuerySet[Asker], ids: list[int]) -> dict[int, list[Asker]]:
    """The first few of each, by name."""
    turn = Windowed(RowNumber(), partition_by="customer_id", order_by=["name", "pk"])
    rows = people.filter(customer__in=ids).annotate(turn=turn).filter(turn__lte=PEOPLE)
    found: dict[int, list[Asker]] = {pk: [] for pk in ids}
    for one in rows.order_by("name", "pk"):
        found[one.customer_id].append(one)
    return found


def _is_meant(customer: Customer, text: str) -> bool:
    """By its code alone, else by a part of its name."""
    return not text or text.lower() == customer.code or text.lower() in customer.name.lower()


def _counted(rows: Any) -> list[tuple[str, int]]:
    found: Counter[str] = Counter()
    for name, people in rows:
        found[name] += people
    return found.most_common()
