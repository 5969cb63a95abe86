"""Furnishing the demo: the vendor's plans, hours, people and customers, before anything happens."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from django.conf import settings
from django.contrib.auth.hashers import make_password

from accounts.models import Team, User
from customers.inside import schema_of
from customers.models import Customer, Plan
from customers.operations import lay
from desk.models import Calendar, CustomerHours, Policy, Step
from tickets.demo.story import Demo, DemoCustomer, DemoTargets, Vendor
from tickets.models import Contact
from tickets.operations.people import add_contact

LONG_AGO = timedelta(days=60)
MINUTE = 60
FIRST_DEFAULT = "Default"
"""What the policy is called that every installation begins with."""

DemoStep = tuple[str, int, int]
LADDER: tuple[DemoStep, ...] = (
    ("owner", 50, 0),
    ("owner", 80, 0),
    ("owner", 100, 0),
    ("lead", 100, 30),
    ("manager", 100, 120),
)
"""Who is told of a plan's clocks: level, percent of the target, minutes after that."""

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is mistaken for another


@dataclass(frozen=True)
class House:
    """Everybody of the demo by their keys; contacts by customer code and key."""

    staff: dict[str, User]
    customers: dict[str, Customer]
    contacts: dict[tuple[str, str], Contact]


def demo_password() -> str:
    """The password of everybody in the demo, derived from this installation's key: never stored."""
    digest = hmac.digest(settings.SECRET_KEY.encode(), b"demo password", hashlib.sha256)
    letters = [_LETTERS[byte % len(_LETTERS)] for byte in digest[:12]]
    return "-".join("".join(letters[at : at + 4]) for at in (0, 4, 8))


def furnish(*, demo: Demo, now: datetime) -> House:
    """Make everything but tickets. Raises customers.operations.CodeTaken."""
    then = now - LONG_AGO
    teams = {one.key: Team.objects.create(name=one.name) for one in demo.vendor.teams}
    staff = _staff(demo.vendor, teams, then)
    calendars = _calendars(demo.vendor)
    plans = _plans(demo.vendor)
    _policies(demo.vendor, plans, next(iter(calendars.values())))
    customers: dict[str, Customer] = {}
    contacts: dict[tuple[str, str], Contact] = {}
    for one in demo.customers:
        customer = lay(
            code=one.code,
            name=one.name,
            now=then,
            parent=customers.get(one.parent),
            plan=plans[one.plan],
            is_vip=one.vip,
            consultant=staff[one.consultant],
            team=teams[one.team],
            language=one.language,
            time_zone=one.time_zone,
            brand_colour=one.brand_colour,
            region=one.region,
            industry=one.industry,
        )
        CustomerHours.objects.create(customer=customer, calendar=calendars[one.calendar])
        customers[one.code] = customer
        contacts |= _contacts(one, customer, then)
    return House(staff, customers, contacts)


def _staff(vendor: Vendor, teams: dict[str, Team], then: datetime) -> dict[str, User]:
    staff, hashed = {}, make_password(demo_password())  # a third of a second each
    for one in vendor.staff:
        user = User(
            email=one.email,
            name=one.name,
            role=one.role,
            language=one.language,
            time_zone=one.time_zone,
            serves_all=one.serves_all,
            joined_at=then,
            password=hashed,
        )
        user.save(force_insert=True)
        user.teams.set([teams[key] for key in one.teams])
        staff[one.key] = user
    return staff


def _calendars(vendor: Vendor) -> dict[str, Calendar]:
    return {
        one.key: Calendar.objects.create(
            name=one.name,
            zone=one.time_zone,
            weekly=[[hours.split("-") for hours in day] for day in one.weekly],
        )
        for one in vendor.calendars
    }


def _plans(vendor: Vendor) -> dict[str, Plan]:
    return {
        one.key: Plan.objects.get_or_create(
            code=one.key, defaults={"name": one.name, "name_zh": one.name_zh, "value": one.value}
        )[0]
        for one in vendor.plans
    }


def _policies(vendor: Vendor, plans: dict[str, Plan], calendar: Calendar) -> None:
    """Those with conditions of their own, then one for each plan, before the default."""
    Policy.objects.filter(name=FIRST_DEFAULT).update(name=vendor.default_policy)
    last = Policy.objects.filter(position__lt=1000).order_by("position").last()
    places = count(last.position + 10 if last else 10, 10)
    for one in vendor.policies:
        _policy(
            Policy(
                name=one.name,
                position=next(places),
                for_vip=one.vip,
                kind=one.kind,
                priority=one.priority,
                soon=one.soon,
                reassigns=one.reassigns,
                returns_after=one.returns_after_minutes and one.returns_after_minutes * MINUTE,
            ),
            one,
            one.ladder,
            calendar,
        )
    for plan in vendor.plans:
        name = f"{plan.name} plan · {plan.name_zh}"
        policy = Policy(name=name, position=next(places), plan=plans[plan.key])
        _policy(policy, plan, LADDER, calendar)


def _policy(
    policy: Policy, targets: DemoTargets, ladder: Iterable[DemoStep], calendar: Calendar
) -> None:
    policy.calendar = calendar
    policy.first_response = targets.first_response_minutes * MINUTE
    policy.next_response = targets.next_response_minutes * MINUTE
    policy.real_answer = targets.real_answer_minutes * MINUTE
    policy.resolution = policy.total_resolution = targets.resolution_hours * 60 * MINUTE
    policy.save(force_insert=True)
    Step.objects.bulk_create(
        Step(policy=policy, level=level, percent=percent, delay=minutes * MINUTE)
        for level, percent, minutes in ladder
    )


def _contacts(
    one: DemoCustomer, customer: Customer, then: datetime
) -> dict[tuple[str, str], Contact]:
    with schema_of(customer):
        return {
            (one.code, person.key): add_contact(
                email=person.email,
                name=person.name,
                role=person.role,
                language=person.language,
                time_zone=one.time_zone,
                now=then,
            )
            for person in one.contacts
        }
