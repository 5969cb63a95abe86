"""Which policy and which calendar hold for a ticket, and the terms they make."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from hashlib import sha256
from typing import Any

from django.db import transaction

from customers.models import Customer
from desk.models import Calendar, CustomerHours, Policy, Terms
from desk.operations.calendars import days_of

TARGETS = ("first_response", "next_response", "real_answer", "resolution", "total_resolution")


class NoPolicy(LookupError):
    """No policy matches and there is no default; make one without conditions."""


@dataclass(frozen=True)
class Asked:
    """What a policy may ask of a ticket; empty where nothing is known of it yet."""

    kind: str = ""
    priority: str = ""
    channel: str = ""


ANY = Asked()


def policy_for(*, customer: Customer, asked: Asked = ANY) -> Policy:
    """The first active policy in order that fits customer and ticket. Raises NoPolicy."""
    active = Policy.objects.active().select_related("calendar")
    found = first_fitting(active, customer=customer, asked=asked)
    if found is None:
        raise NoPolicy(customer.code)
    return found


def first_fitting(
    policies: Iterable[Policy], *, customer: Customer, asked: Asked = ANY
) -> Policy | None:
    """The first of them that fits customer and ticket."""
    return next(
        (one for one in policies if _fits_customer(one, customer) and _fits_ticket(one, asked)),
        None,
    )


def _fits_customer(policy: Policy, customer: Customer) -> bool:
    named = {customer.pk, customer.parent_id if policy.with_branches else customer.pk}
    return (
        (policy.customer_id is None or policy.customer_id in named)
        and policy.plan_id in (None, customer.plan_id)
        and (customer.is_vip or not policy.for_vip)
    )


def _fits_ticket(policy: Policy, asked: Asked) -> bool:
    pairs = zip(
        (policy.kind, policy.priority, policy.channel),
        (asked.kind, asked.priority, asked.channel),
        strict=True,
    )
    return all(wanted in ("", given) for wanted, given in pairs)


def calendar_for(*, customer: Customer, policy: Policy) -> Calendar:
    """The customer's own calendar where it has one, else the policy's."""
    try:
        return customer.hours.calendar
    except CustomerHours.DoesNotExist:
        return policy.calendar


def terms_for(*, customer: Customer, now: datetime, asked: Asked = ANY) -> Terms:
    """The terms that hold for such a ticket now, written when there are none. Raises NoPolicy."""
    policy = policy_for(customer=customer, asked=asked)
    calendar = calendar_for(customer=customer, policy=policy)
    current = Terms.objects.filter(policy=policy, calendar=calendar, is_current=True).first()
    return current or make_terms(policy=policy, calendar=calendar, now=now)


@transaction.atomic
def make_terms(*, policy: Policy, calendar: Calendar, now: datetime) -> Terms:
    """Write down what policy and calendar say today. The same again is the same row."""
    policy = Policy.objects.select_for_update().get(pk=policy.pk)
    facts = drafted_terms(
        policy=policy,
        calendar=calendar,
        steps=policy.steps.order_by("pk").values_list("clock", "level", "percent", "delay"),
        today=now.date(),
    )
    told = json.dumps(facts, sort_keys=True, default=str)
    digest = sha256(f"{policy.pk} {calendar.pk} {told}".encode()).hexdigest()
    Terms.objects.filter(policy=policy, calendar=calendar, is_current=True).exclude(
        digest=digest
    ).update(is_current=False)
    names = {"policy": policy, "calendar": calendar, "made_at": now}
    terms, is_new = Terms.objects.get_or_create(digest=digest, defaults=facts | names)
    if not (is_new or terms.is_current):
        Terms.objects.filter(pk=terms.pk).update(is_current=True)
        terms.is_current = True
    return terms


def drafted_terms(
    *, policy: Policy, calendar: Calendar, steps: Iterable[Iterable[Any]], today: date
) -> dict[str, Any]:
    """What the columns of `Terms` would say for a policy and a calendar, saved or not."""
    days, published_until = days_of(calendar, today=today)
    return {
        "policy_name": policy.name,
        "version": policy.version,
        "calendar_name": calendar.name,
        "targets": {kind: getattr(policy, kind) for kind in TARGETS},
        "soon": policy.soon,
        "steps": [list(step) for step in steps],
        "reassigns": policy.reassigns,
        "returns_after": policy.returns_after,
        "zone": calendar.zone,
        "weekly": calendar.weekly,
        "days": days,
        "published_until": published_until,
    }


def ranges(day: Any) -> tuple[tuple[time, time], ...]:
    """A day of `Calendar.weekly` or `Calendar.days` as times; ``24:00`` is the day's end."""
    return tuple((_time(start), _time(end)) for start, end in day)


def week(calendar: Calendar | Terms) -> tuple[tuple[tuple[time, time], ...], ...]:
    """Seven days from Monday."""
    return tuple(ranges(day) for day in calendar.weekly)


def special_days(calendar: Calendar | Terms) -> dict[date, tuple[tuple[time, time], ...]]:
    """The days that override the week."""
    return {date.fromisoformat(day): ranges(hours) for day, hours in calendar.days.items()}


def _time(text: str) -> time:
    return time.max if text == "24:00" else time.fromisoformat(text)
