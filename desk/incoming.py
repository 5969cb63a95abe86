"""Mail that came in, as the desk lists it: what waits for a decision, and what became of all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import User
from desk import places
from desk.asked import words
from desk.mail_proposals import Proposal, proposals
from desk.mail_words import TONES, Mark, Why, mark, why
from desk.models import IncomingMail
from desk.models.mail import IncomingMailQuerySet

PAGE_SIZE = 50
RECENT = timedelta(days=90)
"""How long a mail stays among all mails; what waits stays until it is settled."""

SHOWS: dict[str, str | Promise] = {
    "unrouted": pgettext_lazy("mail", "Unrouted"),
    "held": pgettext_lazy("mail", "Held"),
    "all": pgettext_lazy("mail", "All"),
}
ORDERS = {
    "new": ("-received_at", "-pk"),
    "old": ("received_at", "pk"),
}


@dataclass(frozen=True)
class Asked:
    """What an address asks the list for; words that mean nothing are left out."""

    show: str = ""
    order: str = "new"
    outcome: str = ""
    customer: str = ""
    sought: str = ""

    def query(self, **other: str) -> str:
        """The address of the same list with something else asked for, without its page."""
        told = {
            "show": self.show,
            "order": "" if self.order == "new" else self.order,
            "outcome": self.outcome,
            "customer": self.customer,
            "q": self.sought,
        }
        return urlencode({name: said for name, said in (told | other).items() if said})

    @property
    def is_narrowed(self) -> bool:
        """Whether a filter leaves something out."""
        return bool(self.outcome or self.customer or self.sought)


class Line(NamedTuple):
    """One mail of the list. `ref` and `ticket_href` are empty where there is no ticket."""

    mail: IncomingMail
    href: str
    mark: Mark
    why: Why
    choices: list[tuple[int, Proposal]]
    """Numbered from 1; for a mail that is nobody's and waits."""
    ref: str
    ticket_href: str
    tone: str
    following: int | None
    """The mail below it, where one goes on once this one is routed."""

    @property
    def who(self) -> str:
        """Who says they sent it."""
        return self.mail.sender_name or self.mail.sender


class MailList(NamedTuple):
    """One page of it, and how many wait: unrouted and held."""

    asked: Asked
    page: Page[Any]
    lines: list[Line]
    waiting: dict[str, int]


def asked_for(words_of: Mapping[str, str]) -> Asked:
    """What the words of an address ask for."""
    show, outcome = words_of.get("show", ""), words_of.get("outcome", "")
    order = words_of.get("order", "")
    return Asked(
        show=show if show in SHOWS else "",
        order=order if order in ORDERS else "new",
        outcome=outcome if outcome in IncomingMail.Outcome.values and show == "all" else "",
        customer=words(words_of.get("customer", "")).lower()[:40],
        sought=words(words_of.get("q", "")),
    )


def mail_list(*, user: User, asked: Asked, page: str | None, now: datetime) -> MailList:
    """Mail of customers the person serves, and nobody's; without a choice what waits first.

    Seven statements at most, whatever the number of rows.
    """
    mine = IncomingMail.objects.served_by(user)
    waiting = _waiting(mine)
    if not asked.show:
        show = "held" if waiting["held"] and not waiting["unrouted"] else "unrouted"
        asked = Asked(show, asked.order, "", asked.customer, asked.sought)
    rows = _narrowed(_shown(mine, asked, now), asked).select_related("customer", "settled_by")
    found = Paginator(rows.defer("raw").order_by(*ORDERS[asked.order]), PAGE_SIZE).get_page(page)
    mails = list(found)
    guessed = proposals(mails=[mail for mail in mails if is_nobodys(mail)], user=user)
    following = [*(mail.pk for mail in mails[1:]), None]
    lines = [_line(mail, guessed, below) for mail, below in zip(mails, following, strict=False)]
    return MailList(asked, found, lines, waiting)


def is_nobodys(mail: IncomingMail) -> bool:
    """Whether somebody still has to say whose it is."""
    return bool(mail.outcome) and mail.customer_id is None and mail.settled_at is None


def _waiting(mine: IncomingMailQuerySet) -> dict[str, int]:
    counted = mine.waiting().order_by().values_list("outcome").annotate(Count("pk"))
    return {"unrouted": 0, "held": 0} | dict(counted)


def _shown(mine: IncomingMailQuerySet, asked: Asked, now: datetime) -> IncomingMailQuerySet:
    if asked.show != "all":
        return mine.waiting().filter(outcome=asked.show)
    return mine.filter(received_at__gte=now - RECENT)


def _narrowed(rows: IncomingMailQuerySet, asked: Asked) -> IncomingMailQuerySet:
    if asked.outcome == IncomingMail.Outcome.REFUSED:
        rows = rows.filter(Q(outcome=asked.outcome) | ~Q(refusal=""))
    elif asked.outcome:
        rows = rows.filter(outcome=asked.outcome, refusal="")
    if asked.customer:
        rows = rows.filter(customer__code=asked.customer)
    if asked.sought:
        said = asked.sought
        rows = rows.filter(
            Q(sender__icontains=said)
            | Q(sender_name__icontains=said)
            | Q(subject__icontains=said)
            | Q(recipient__icontains=said)
        )
    return rows


def _line(mail: IncomingMail, guessed: Mapping[int, list[Proposal]], following: int | None) -> Line:
    customer = mail.customer
    has_ticket = customer is not None and mail.number is not None
    return Line(
        mail=mail,
        href=places.mail(mail.pk),
        mark=mark(mail),
        why=why(mail),
        choices=list(enumerate(guessed.get(mail.pk, []), start=1)),
        ref=f"{customer.prefix}-{mail.number}" if customer and has_ticket else "",
        ticket_href=places.ticket(customer.code, mail.number or 0)
        if customer and has_ticket
        else "",
        tone="neutral" if mail.refusal else TONES.get(mail.outcome, "neutral"),
        following=following,
    )


EMPTY: dict[str, tuple[str | Promise, str | Promise]] = {
    "unrouted": (
        gettext_lazy("Every mail has found its customer."),
        gettext_lazy(
            "A mail whose customer we cannot tell stands here until somebody says whose it is."
        ),
    ),
    "held": (
        gettext_lazy("No mail waits for a decision."),
        gettext_lazy(
            "A mail whose sender nobody vouches for, or who is unknown at its customer, stands here"
            " until one of us lets it in or refuses it."
        ),
    ),
    "all": (
        gettext_lazy("No mail has come in for 90 days."),
        gettext_lazy(
            "What customers write by mail stands here with what became of it: a new ticket, words"
            " at one, held, refused, or returned."
        ),
    ),
}
"""What an empty list says: what is so, and what would stand here."""
