"""Which policy and which calendar hold for a customer."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from customers.models import Customer
from desk.models import Calendar, CustomerHours, Policy


class NoPolicy(LookupError):
    """No policy matches and there is no default; make one without plan and VIP mark."""


def policy_for(*, customer: Customer) -> Policy:
    """The first policy in order that matches the customer's plan and VIP mark. Raises NoPolicy."""
    for policy in Policy.objects.select_related("calendar").order_by("position"):
        right_plan = policy.plan_id is None or policy.plan_id == customer.plan_id
        if right_plan and (customer.is_vip or not policy.for_vip):
            return policy
    raise NoPolicy(customer.code)


def calendar_for(*, customer: Customer, policy: Policy) -> Calendar:
    """The customer's own calendar where it has one, else the policy's."""
    try:
        return customer.hours.calendar
    except CustomerHours.DoesNotExist:
        return policy.calendar


def ranges(day: Any) -> tuple[tuple[time, time], ...]:
    """A day of `Calendar.weekly` or `Calendar.days` as times; ``24:00`` is the day's end."""
    return tuple((_time(start), _time(end)) for start, end in day)


def week(calendar: Calendar) -> tuple[tuple[tuple[time, time], ...], ...]:
    """Seven days from Monday."""
    return tuple(ranges(day) for day in calendar.weekly)


def special_days(calendar: Calendar) -> dict[date, tuple[tuple[time, time], ...]]:
    """The days that override the week."""
    return {date.fromisoformat(day): ranges(hours) for day, hours in calendar.days.items()}


def _time(text: str) -> time:
    return time.max if text == "24:00" else time.fromisoformat(text)
