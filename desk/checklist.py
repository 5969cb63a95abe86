"""What must be there before a customer's group is opened, read from the rows each time.

PRODUCT 1: brand, host, plan, calendar, consultant, team, and at least one owner, so that a
responsible person reads along; a product manager at important customers; and what the checklist of
the customer's stage requires, where one is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Customer, Opening
from customers.operations import staging
from desk.models import CustomerHours
from desk.operations.policies import NoPolicy, policy_for

OWNER = "owner"
"""The role of the first people (`tickets.Contact.Role`) without which no group is opened."""

STAGE = "stage"
"""The line about what the customer's stage requires."""

_KEY_PEOPLE = (
    ("decision_maker", gettext_lazy("decision maker")),
    ("executor", gettext_lazy("executor")),
)
"""Roles beside the owner's that a group does well to begin with; it opens without them."""

OUR_COLOUR = "#2a50c4"


@dataclass(frozen=True)
class Item:
    """One line of the checklist. `found` says what is there, or what is missing when it is not."""

    key: str
    label: str | Promise
    is_done: bool
    found: str


def checklist(customer: Customer) -> list[Item]:
    """Every line, in the order in which a consultant goes through them."""
    items = [look(customer) for look in _LOOKS]
    if customer.is_vip:
        items.insert(-1, _product_manager(customer))
    stay = staging.present_stay(customer)
    return items if stay is None else [*items, _stage(customer)]


def missing(items: Iterable[Item]) -> list[Item]:
    """The lines that are not done yet."""
    return [item for item in items if not item.is_done]


def first_people(customer: Customer) -> list[dict[str, str]]:
    """The people who are to be invited; none when nobody has been named."""
    people = Opening.objects.filter(customer=customer).values_list("people", flat=True).first()
    return list(people or [])


def _brand(customer: Customer) -> Item:
    is_done = bool(customer.name.strip() and customer.brand_colour)
    found = _("%(name)s in %(colour)s") % {
        "name": customer.name,
        "colour": customer.brand_colour,
    }
    if customer.brand_colour.lower() == OUR_COLOUR:
        found += " · " + _("this is our own colour; theirs would be better")
    return Item("brand", gettext_lazy("Brand"), is_done, found)


def _host(customer: Customer) -> Item:
    hosts = list(customer.domains.order_by("-is_primary", "host").values_list("host", flat=True))
    says = ", ".join(hosts) or _("No host: name one, such as %(host)s.") % {
        "host": f"{customer.code}.{settings.BASE_DOMAIN}"
    }
    return Item("host", gettext_lazy("Host"), bool(hosts), says)


def _calendar(customer: Customer) -> Item:
    found = _calendar_name(customer)
    says = found or _("No calendar: choose the customer's own, or give its plan a policy.")
    return Item("calendar", gettext_lazy("Calendar"), bool(found), says)


def _calendar_name(customer: Customer) -> str:
    own = CustomerHours.objects.select_related("calendar").filter(customer=customer).first()
    if own is not None:
        return str(own.calendar)
    try:
        policy = policy_for(customer=customer)
    except NoPolicy:
        return ""
    return _("%(calendar)s, by the policy %(policy)s") % {
        "calendar": policy.calendar,
        "policy": policy,
    }


def _pointed(customer: Customer, *, field: str, label: Promise, absent: str | Promise) -> Item:
    row = getattr(customer, field)
    return Item(field, label, row is not None, str(absent if row is None else row))


def _people(customer: Customer) -> Item:
    people = first_people(customer)
    owners = [person["name"] for person in people if person["role"] == OWNER]
    says = ", ".join(owners) or _(
        "No owner among the first people: somebody responsible must read along."
    )
    named = {person["role"] for person in people}
    lacking = [str(name) for role, name in _KEY_PEOPLE if role not in named]
    if owners and lacking:
        says += " · " + _("nobody yet as: %(roles)s") % {"roles": ", ".join(lacking)}
    return Item(OWNER, gettext_lazy("Owner"), bool(owners), says)


def _stage(customer: Customer) -> Item:
    lacking = ", ".join(str(line) for line in staging.lacking(customer))
    says = _("Still open: %(lines)s") % {"lines": lacking}
    label = gettext_lazy("Checklist of the stage")
    return Item(STAGE, label, not lacking, says if lacking else _("All that is required is done."))


_product_manager = partial(
    _pointed,
    field="product_manager",
    label=gettext_lazy("Product manager"),
    absent=gettext_lazy("No product manager: one reads along at a VIP customer."),
)

_LOOKS: list[Callable[[Customer], Item]] = [
    _brand,
    _host,
    partial(
        _pointed,
        field="plan",
        label=gettext_lazy("Plan"),
        absent=gettext_lazy("No plan: the targets for answers hang on it."),
    ),
    _calendar,
    partial(
        _pointed,
        field="consultant",
        label=gettext_lazy("Consultant"),
        absent=gettext_lazy("No consultant: the customer needs a name to turn to."),
    ),
    partial(
        _pointed,
        field="team",
        label=gettext_lazy("Team"),
        absent=gettext_lazy("No team: without one everybody would serve it."),
    ),
    _people,
]
