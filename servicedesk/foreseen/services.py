"""What a change of plans, calendars and departments does to tickets and to what customers read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.foreseeing import Change, Consequence
from customers.models import Customer, Plan
from desk.models import AskItem, Calendar, Department, QueueItem
from desk.operations.calendar_use import in_use, tickets_counted_by
from servicedesk.foreseen import naming


def of_plan(change: Change) -> Iterator[Consequence]:
    """What its customers read, and what figures and problems weigh."""
    was, row = cast(Plan, change.was), cast(Plan, change.row)
    on_it = Customer.objects.filter(plan=was.pk)
    count = on_it.count()
    if not count:
        return
    where = naming.listed("customers.customer", f"?plan__id__exact={was.pk}")
    told = {"n": count, "old": was.value, "new": row.value}
    if change.of("name", "name_zh"):
        yield Consequence(_said_of_name(count) % told, where)
    if change.of("shows_targets"):
        yield Consequence(_said_of_targets(row, count) % told, where)
    if change.of("value"):
        said = ngettext(
            "%(n)s customer weighs %(new)s a month in place of %(old)s: in its cost to serve and"
            " in the problems it asks about.",
            "%(n)s customers weigh %(new)s a month in place of %(old)s: in their cost to serve and"
            " in the problems they ask about.",
            count,
        )
        yield Consequence(said % told, where)
        if was.is_free != row.is_free:
            yield Consequence(_("Customers on it count as %(kind)s from now on.") % _kind(row))


def _kind(plan: Plan) -> dict[str, str]:
    return {"kind": _("free") if plan.is_free else _("paying")}


def _said_of_name(count: int) -> str:
    return ngettext(
        "%(n)s customer reads the new name in its portal.",
        "%(n)s customers read the new name in their portals.",
        count,
    )


def _said_of_targets(plan: Plan, count: int) -> str:
    if plan.shows_targets:
        return ngettext(
            "%(n)s customer is told how fast we mean to answer, in its portal and in mails.",
            "%(n)s customers are told how fast we mean to answer, in their portals and in mails.",
            count,
        )
    return ngettext(
        "%(n)s customer no longer reads how fast we mean to answer.",
        "%(n)s customers no longer read how fast we mean to answer.",
        count,
    )


def of_calendar(change: Change) -> Iterator[Consequence]:
    """Tickets whose due times move with the hours."""
    was, row = cast(Calendar, change.was), cast(Calendar, change.row)
    if not (change.of("zone", "country", "weekly", "days") or _has_other_closures(change)):
        return
    if not in_use().filter(pk=row.pk).exists():
        return
    live = QueueItem.objects.live()
    count = live.filter(tickets_counted_by([was])).distinct().count()
    if count:
        said = _("%(tickets)s counted by it would be judged anew: due times move.")
        where = naming.listed("desk.retargeting")
        yield Consequence(said % {"tickets": naming.tickets(count)}, where)
    departments = Department.objects.filter(calendar=was)
    waiting = AskItem.objects.filter(department__in=departments, ended_at=None).count()
    if waiting:
        said = ngettext(
            "%(n)s ask under way keeps the time it was given.",
            "%(n)s asks under way keep the time they were given.",
            waiting,
        )
        yield Consequence(said % {"n": waiting})


def _has_other_closures(change: Change) -> bool:
    return any(formset.has_changed() for formset in change.formsets)


def of_department(change: Change) -> Iterator[Consequence]:
    """Asks that wait for somebody who no longer belongs to it."""
    people = change.said.get("people")
    if people is None:
        return
    was = cast(Department, change.was)
    stay = [person.pk for person in people]
    left = AskItem.objects.filter(department=was, ended_at=None).exclude(owner__in=stay)
    stranded = left.exclude(owner=None).select_related("owner")
    names = sorted({str(ask.owner) for ask in stranded})
    if names:
        said = _("Asks that wait stay with who no longer belongs to it: %(names)s.")
        yield Consequence(said % {"names": naming.some(names)})
