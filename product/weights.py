"""How much stands behind problems: tickets, customers, people and what their plans are worth."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.db.models import Count, Func, IntegerField, OuterRef, Subquery, Sum, Value

from customers.models import Customer
from product.models import ReportItem

_WEIGHTS = """
SELECT problem_id, sum(tickets)::int, count(*)::int, sum(people)::int, sum(value)
FROM (
  SELECT r.problem_id, r.customer_id, count(*) AS tickets,
    count(DISTINCT r.contact_id) AS people, coalesce(max(p.value), 0) AS value
  FROM public.product_reportitem r
  JOIN public.customers_customer c ON c.id = r.customer_id
  LEFT JOIN public.customers_plan p ON p.id = c.plan_id
  WHERE r.problem_id = ANY (%s)
  GROUP BY r.problem_id, r.customer_id) at_customers
GROUP BY problem_id
"""


class Weight(NamedTuple):
    """Over all customers. `value`: what their plans pay us a month, each customer once."""

    tickets: int = 0
    customers: int = 0
    people: int = 0
    value: Decimal = Decimal(0)


def weights(problem_ids: Collection[int]) -> dict[int, Weight]:
    """The weight of each of these problems, by id; one statement, however many they are."""
    found = dict.fromkeys(problem_ids, Weight())
    if found:
        with connection.cursor() as cursor:
            cursor.execute(_WEIGHTS, [list(found)])
            found |= {pk: Weight(*counted) for pk, *counted in cursor.fetchall()}
    return found


def rank(figure: str) -> Subquery:
    """One figure of a Weight, for a queryset of problems; None where nobody reports."""
    reports = ReportItem.objects.filter(problem=OuterRef("pk")).order_by().values("problem")
    person = Func("customer", "contact_id", function="ROW", output_field=IntegerField())
    counted = {
        "tickets": Count("pk"),
        "customers": Count("customer", distinct=True),
        "people": Count(person, distinct=True),
    }
    if figure in counted:
        return Subquery(reports.annotate(rank=counted[figure]).values("rank"))
    here = ReportItem.objects.filter(problem=OuterRef(OuterRef("pk"))).values("customer")
    firms = Customer.objects.filter(pk__in=here).order_by().annotate(all=Value(1)).values("all")
    return Subquery(firms.annotate(rank=Sum("plan__value")).values("rank"))
