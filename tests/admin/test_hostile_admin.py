"""Hostile values through the admin's lists, searches, forms, people pages and previews: no 5xx.

The figure: `make test ARGS="-s tests/admin/test_hostile_admin.py"`.
"""

from __future__ import annotations

import itertools
import logging
import re
import time
from collections.abc import Iterator
from typing import Any, cast

import pytest
from django.contrib.admin import site
from django.test import Client

from accounts.audited import FILTER_ENDS
from accounts.models import Team, User
from accounts.policy import Role
from customers.models import Customer, Domain
from customers.roles import OWNER
from desk import hours_text
from desk.models import Calendar, CustomerHours
from servicedesk import zones
from tests.admin.conftest import ConsoleClient
from tests.admin.pages import said, send, shown
from tests.cast import make_staff
from tests.doors import Inside
from tests.hostile.payloads import generated
from tickets.models import Contact

CPU_LIMIT = 10.0
"""Seconds of CPU for the whole run."""

ODD = (
    "\x00", "x", "-1", "0", "99", "9" * 25, "9" * 400, "(", "%", "1e400", "NaN", "True",
    "0001-01-01", "9999-12-31", "0001-01-01T00:00", "9999-12-31T23:59", "٣", "a@" + "b" * 260,
)  # fmt: skip
PEOPLE = "/at/acme/people/"
FORMS = (
    "/customers/customer/add/", "/desk/calendar/add/", "/desk/policy/add/", f"{PEOPLE}new/",
    "/desk/mailbox/add/", "/desk/mailaddress/add/", "/desk/maildomain/add/",
    "/desk/blockedsender/add/",
)  # fmt: skip
GUESSES = ("name", "name__regex", "changes__a", "password__startswith", "pk__in", "o", "all")
CHANGED = ("accounts/user", "desk/policy", "customers/customer", "accounts/auditevent")
Post = tuple[str, dict[str, Any]]


def _lists() -> Iterator[tuple[str, list[str]]]:
    """Each list of the console, with what it may be asked by and some of what it may not."""
    guesses = itertools.cycle(GUESSES)
    for model, admin in site._registry.items():
        asked = ["q", "p", "_to_field", next(guesses), next(guesses)]
        for one in admin.list_filter:
            field = one[0] if isinstance(one, tuple | list) else one
            if isinstance(field, str):
                asked += [f"{field}{end}" for end in FILTER_ENDS]
            else:
                asked.append(str(cast(Any, field).parameter_name))
        yield f"/{model._meta.label_lower.replace('.', '/')}/", asked


def _gets(values: Iterator[str]) -> Iterator[tuple[str, dict[str, str]]]:
    for path, asked in _lists():
        for start in range(0, len(asked), 2):
            yield path, {name: next(values) for name in asked[start : start + 2]}
    for name in ("s", "page", "extended") * 4:
        yield "/search/", {"s": "a"} | {name: next(values)}
    for name in ("q", "role", "show", "p") * 2:
        yield PEOPLE, {name: next(values)}
    for page, odd in itertools.product(CHANGED, ("%00", "x", "9" * 30, "-1")):
        yield f"/{page}/{odd}/change/", {}


def _posts(client: Client, uma: Contact, values: Iterator[str]) -> Iterator[Post]:
    """Forms with six of their fields hostile at a time, so that each page is made few times."""
    calendar = Calendar.objects.get(name="Weekdays").pk
    weekdays = shown(client, f"/desk/calendar/{calendar}/change/")
    for name in ("zone", "monday", "special", "preview_at", "preview_target", "preview_of") * 2:
        yield "/calendars/preview/", weekdays | {name: next(values)}
    for path in (*FORMS, f"{PEOPLE}{uma.pk}/"):
        blank = shown(client, path)
        for start in range(0, len(blank), 6):
            yield path, blank | {name: next(values) for name in list(blank)[start : start + 6]}
    for _n in range(5):
        yield f"{PEOPLE}paste/", {"people": f"Zoe, {next(values)}@acme.test, user"}


def test_no_value_breaks_a_page_of_the_admin(
    console: ConsoleClient,
    oskar: User,
    inside_acme: Inside,
    uma: Contact,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.CRITICAL, logger="django")  # a refusal's trace is no figure of ours
    client = console(oskar)
    client.raise_request_exception = False
    hostile = (str(one).encode(errors="ignore").decode()[:3000] for one in generated(400, seed=3))
    mixed = itertools.chain.from_iterable(zip(itertools.cycle(ODD), hostile, strict=False))
    pool = itertools.cycle(list(mixed))
    broken, sent, begun = [], 0, time.process_time()
    given = itertools.count()
    values = (value for value, _n in zip(pool, given, strict=False))

    for path, query in _gets(values):
        sent += 1
        if client.get(path, query).status_code >= 500:
            broken.append(f"GET {path} {query!r:.200}")
    for path, typed in _posts(client, uma, values):
        sent += 1
        if client.post(path, typed).status_code >= 500:
            broken.append(f"POST {path} {typed!r:.200}")

    used = time.process_time() - begun
    count = next(given)
    print(
        f"\n  {count} hostile values in {sent} requests at the admin:"
        f" {len(broken)} × 5xx, {used:.1f} s of CPU"
    )
    assert broken == []
    assert count >= 200
    assert used <= CPU_LIMIT


@pytest.mark.parametrize(
    "asked",
    [
        "/accounts/user/?password__startswith=pbkdf2",
        "/accounts/user/?name__regex=(",
        "/desk/policy/?name=%00",
        "/desk/outboxitem/?state__exact=%00",
        "/accounts/auditevent/?customer_code__icontains=%00",
        "/accounts/auditevent/?model=%00",
        "/accounts/auditevent/?changes__a=%00",
    ],
)
def test_a_list_is_asked_by_its_own_filters_only(
    console: ConsoleClient, oskar: User, asked: str
) -> None:
    assert console(oskar).get(asked).status_code == 400


def test_its_own_filters_still_filter(
    console: ConsoleClient, oskar: User, ada: User, mei: User
) -> None:
    words = said(console(oskar).get("/accounts/user/?role__exact=agent&is_active__exact=1"))
    assert "ada@desk.test" in words
    assert "mei@desk.test" not in words
    for asked in (
        "desk/outboxitem/?state__exact=dead", "customers/customer/?stage__exact=live",
        "customers/customer/?team__isnull=True", "customers/customer/?plan__id__exact=1",
        "accounts/auditevent/?model=desk.policy&action=added&customer_code__icontains=a"
        "&at_from=2026-01-01&at_to=9999-12-31", "accounts/auditevent/?at_from=0001-01-01",
    ):  # fmt: skip
        assert console(oskar).get(f"/{asked}").status_code == 200, asked


@pytest.mark.parametrize("page", ["x", "0", "99", "-1"])
def test_a_page_of_the_search_that_is_not_there_is_a_404(
    console: ConsoleClient, carl: User, page: str
) -> None:
    assert console(carl).get("/search/", {"s": "a", "page": page}).status_code == 404
    assert console(carl).get("/search/", {"s": "a", "page": "1"}).status_code == 200


def test_a_code_whose_host_is_anothers_is_refused_at_its_field(
    console: ConsoleClient, carl: User, acme: Customer
) -> None:
    zones.use(OWNER)
    Domain.objects.create(customer=acme, host="initech.localhost", is_primary=False)
    refused = send(console(carl), "/customers/customer/add/", name="Initech", code="initech")
    assert refused.status_code == 200
    assert list(refused.context["adminform"].form.errors) == ["code"]
    zones.use(OWNER)
    assert not Customer.objects.filter(code="initech").exists()


def test_an_address_too_long_is_said_with_its_line(
    console: ConsoleClient, carl: User, inside_acme: Inside
) -> None:
    address = "z@" + ".".join(["a" * 60] * 4) + ".abcdefgh.example"
    assert 254 < len(address) < 320
    sent = console(carl).post(f"{PEOPLE}paste/", {"people": f"Zoe, {address}"})
    assert sent.status_code == 422
    assert "Line 1: an address has 254 characters at most" in said(sent)


def test_the_last_day_there_is_may_be_closed(console: ConsoleClient, carl: User) -> None:
    assert hours_text.read_special_days("9999-12-31 closed") == {"9999-12-31": []}
    client = console(carl)
    page = f"/desk/calendar/{Calendar.objects.get(name='Weekdays').pk}/change/"
    typed = shown(client, page) | {"special": "9999-12-31 closed"}
    for at in ("0001-01-01T00:00", "9999-12-31T23:59", ""):
        assert client.post("/calendars/preview/", typed | {"preview_at": at}).status_code == 200
    assert send(client, page, special="9999-12-31 closed").status_code == 302


def test_a_consultant_is_told_how_many_stand_in_the_way_and_not_who(
    console: ConsoleClient, acme: Customer, globex: Customer
) -> None:
    zones.use(OWNER)
    nights = Calendar.objects.create(name="Nights", zone="UTC", weekly=[[["20:00", "24:00"]]] * 7)
    CustomerHours.objects.create(customer=globex, calendar=nights)
    Customer.objects.filter(pk=globex.pk).update(team=Team.objects.create(name="North"))
    nia = make_staff(name="Nia", email="nia@desk.test", role=Role.CONSULTANT, serves_all=False)
    words = said(console(nia).get(f"/desk/calendar/{nights.pk}/delete/"))
    assert "Globex" not in words
    assert re.search(r"customers&#x27; own hours: 1", words)
