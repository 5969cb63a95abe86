"""Customers on their way to us, as a list, and the way of one: for pages to show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import (
    Case,
    Count,
    DateField,
    Exists,
    F,
    FilteredRelation,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from accounts.models import User
from customers.models import Customer, Stay, ToDo

SETTLED = (Customer.Stage.LIVE.value, Customer.Stage.LEFT.value)
"""Stages of customers who are not on their way."""


@dataclass(frozen=True)
class Place:
    """One stage of a customer's way: the last stay in it, if there was one."""

    stage: str
    label: str
    stay: Stay | None
    is_now: bool
    is_past: bool


def way_of(customer: Customer) -> list[Place]:
    """All stages in their order, each with the customer's last stay in it; one query."""
    last: dict[str, Stay] = {}
    for stay in Stay.objects.filter(customer=customer).select_related("owner").order_by("began_at"):
        last[stay.stage] = stay
    stages = list(Customer.Stage)
    here = stages.index(Customer.Stage(customer.stage))
    return [
        Place(
            stage=stage.value,
            label=str(stage.label),
            stay=last.get(stage.value),
            is_now=at == here,
            is_past=at < here,
        )
        for at, stage in enumerate(stages)
    ]


def lines_of(customer: Customer, stay: Stay) -> list[ToDo]:
    """The checklist of a stay, in its order, with owners."""
    rows = ToDo.objects.filter(customer=customer, stage=stay.stage, since=stay.began_at)
    return list(rows.select_related("owner", "done_by").order_by("position", "pk"))


def left_over(customer: Customer, stay: Stay | None) -> list[ToDo]:
    """What is open still of stages the customer is through with."""
    rows = ToDo.objects.open().filter(customer=customer).select_related("owner")
    if stay is not None:
        rows = rows.exclude(stage=stay.stage, since=stay.began_at)
    return list(rows.order_by("due_on", "pk"))


def on_the_way(*, user: User, today: date, stage: str = "") -> QuerySet[Any]:
    """Customers this person serves who are not live yet, or renew; those that are late first.

    Asked for `live`: live ones with something open. Each has `owner`, `owner_name`, `since`,
    `due_on` (of the stage), `lines`, `lines_done`, `next_name`, `next_name_zh`, `next_on` and
    `is_late`, whose stage or any open line is over its day.
    """
    rows: QuerySet[Any] = Customer.objects.all().served_by(user)
    rows = rows.filter(stage=stage) if stage else rows.exclude(stage__in=SETTLED)
    here = ToDo.objects.filter(
        customer=OuterRef("pk"), stage=OuterRef("stage"), since=OuterRef("stay__began_at")
    )
    still = ToDo.objects.filter(customer=OuterRef("pk")).open()
    following = still.order_by(F("due_on").asc(nulls_last=True), "position", "pk")
    rows = rows.annotate(
        stay=FilteredRelation("stays", condition=Q(stays__ended_at__isnull=True)),
        owner_name=Coalesce(F("stay__owner__name"), F("consultant__name"), Value("")),
        since=F("stay__began_at"),
        due_on=F("stay__due_on"),
        lines=_count(here.filter(skipped_at__isnull=True)),
        lines_done=_count(here.filter(done_at__isnull=False)),
        next_name=Coalesce(Subquery(following.values("name")[:1]), Value("")),
        next_name_zh=Coalesce(Subquery(following.values("name_zh")[:1]), Value("")),
        next_on=Subquery(following.values("due_on")[:1], output_field=DateField()),
        is_late=Case(
            When(Q(stay__due_on__lt=today) | Exists(still.filter(due_on__lt=today)), then=1),
            default=0,
            output_field=IntegerField(),
        ),
    )
    if stage == Customer.Stage.LIVE:
        rows = rows.filter(Exists(still))
    order = ("-is_late", F("due_on").asc(nulls_last=True), "name", "pk")
    return rows.order_by(*order)


def _count(rows: QuerySet[ToDo]) -> Any:
    counted = rows.order_by().values("customer").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
