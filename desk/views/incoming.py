"""Mail that came in: the list of what waits for a decision, and of what became of the rest."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.policy import Permission
from accounts.requests import StaffRequest, staff_only
from customers.models import Customer
from desk import places
from desk.asked import key
from desk.incoming import EMPTY, SHOWS, Asked, asked_for, mail_list
from desk.models import IncomingMail
from desk.workspace import show

_SUGGESTED = 200
"""Customers offered while one types a code; more are found by typing on."""


@require_safe
@staff_only(Permission.ROUTE_MAIL)
def mails(request: StaffRequest) -> HttpResponse:
    """Mail of customers one serves and nobody's mail: unrouted, held, or all of 90 days."""
    now, asked = timezone.now(), asked_for(request.GET.dict())
    found = mail_list(user=request.user, asked=asked, page=request.GET.get("page"), now=now)
    asked, refused = found.asked, _named(request, "refused")
    context = {
        "asked": asked,
        "page": found.page,
        "rows": found.lines,
        "query": f"{asked.query()}&",
        "here": f"?{asked.query(page=str(found.page.number))}",
        "shows": _shows(asked, found.waiting),
        "outcomes": IncomingMail.Outcome.choices,
        "orders": [("new", _("Newest first")), ("old", _("Oldest first"))],
        "empty": EMPTY[asked.show],
        "suggested": _suggested(request.user),
        "refused": refused,
        "refused_href": places.mail(refused.pk) if refused else "",
        "blocked_href": places.BLOCKED_SENDERS,
        "routed": _routed(request),
    }
    return show(request, "desk/incoming.html", context, now=now, at="mail")


def _shows(asked: Asked, waiting: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {
            "label": pgettext("a tab and its count", "%(label)s %(count)d")
            % {"label": label, "count": waiting[name]}
            if waiting.get(name)
            else label,
            "href": f"?{asked.query(show=name, outcome='')}",
            "is_current": name == asked.show,
        }
        for name, label in SHOWS.items()
    ]


def _suggested(user: User) -> list[Customer]:
    served = Customer.objects.live().served_by(user).only("code", "name")
    return list(served.order_by("name", "pk")[:_SUGGESTED])


def _named(request: StaffRequest, name: str) -> IncomingMail | None:
    """The mail that was decided about on the page before this one, which can be taken back."""
    mail_id = key(request.GET.get(name, ""))
    if mail_id is None:
        return None
    rows = IncomingMail.objects.served_by(request.user).select_related("customer").defer("raw")
    found = rows.filter(pk=mail_id).first()
    return found if found and (name == "routed" or found.refusal) else None


def _routed(request: StaffRequest) -> dict[str, Any] | None:
    """What became of the mail that was routed last, while that can still be shown."""
    mail = _named(request, "routed")
    if mail is None or mail.customer is None:
        return None
    is_held = mail.outcome == IncomingMail.Outcome.HELD and mail.settled_at is None
    ref = f"{mail.customer.prefix}-{mail.number}" if mail.number else ""
    href = places.ticket(mail.customer.code, mail.number) if mail.number else places.mail(mail.pk)
    return {"mail": mail, "is_held": is_held, "ref": ref, "href": href}
