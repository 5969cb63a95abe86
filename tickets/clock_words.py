"""Why a ticket's clock stands as it does: every red mark explains itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customers.models import Customer
from desk.operations.policies import calendar_for
from desk.words import DueKind, State
from tickets.models import Entry, Handling, Ticket
from tickets.models.trail import AuthorKind
from tickets.thread import Thread

_SHOWN = 10
_MESSAGES = (Entry.Kind.QUESTION, Entry.Kind.MESSAGE, Entry.Kind.REPLY, Entry.Kind.HOLDING)
_PAUSED = {
    State.WAITING: gettext_lazy("Paused: we wait for the customer"),
    State.RESOLVED: gettext_lazy("Stopped: resolved"),
    State.CLOSED: gettext_lazy("Stopped: closed"),
}
_RULES = {
    DueKind.FIRST_RESPONSE: gettext_lazy(
        "The first response is the first word of a person of ours; a holding reply counts."
    ),
    DueKind.NEXT_RESPONSE: gettext_lazy(
        "Runs from the first message we have not answered; further messages don't start it again."
    ),
    DueKind.REAL_ANSWER: gettext_lazy(
        "We said that we are looking into it. A second holding reply is not the answer."
    ),
    DueKind.PROMISE: gettext_lazy("The customer was given this time. It runs day and night."),
    DueKind.RESOLUTION: gettext_lazy(
        "Runs until it is resolved for the first time; it rests while we wait for the customer."
    ),
    DueKind.TOTAL_RESOLUTION: gettext_lazy(
        "Runs until it is resolved for good: taken up again, it goes on."
    ),
}


@dataclass(frozen=True)
class Happening:
    """Something that was said and counts for the clock."""

    at: datetime
    words: str


@dataclass(frozen=True)
class Explained:
    """What is counted, by when, why: or, in `paused`, why nothing is counted."""

    kind: str = ""
    label: Any = ""
    due: datetime | None = None
    since: datetime | None = None
    rule: Any = ""
    terms: str = ""
    paused: Any = ""
    happenings: list[Happening] = field(default_factory=list)


def explained(
    *, ticket: Ticket, handling: Handling, customer: Customer, trail: Thread
) -> Explained:
    """Explain the clock of a ticket as it was last judged, from the lines of its trail shown.

    Asks for what was said only where those lines do not reach back far enough.
    """
    if handling.next_due_at is None:
        return Explained(paused=_paused(ticket, handling), happenings=_said(ticket, None, trail))
    kind = DueKind(handling.next_due_kind)
    return Explained(
        kind=kind,
        label=kind.label,
        due=handling.next_due_at,
        since=handling.due_since,
        rule=_RULES[kind],
        terms=_terms(handling, customer, kind),
        happenings=_said(ticket, handling.due_since, trail),
    )


def _paused(ticket: Ticket, handling: Handling) -> Any:
    if handling.judged_at is None:
        return _("New: the clock is being set")
    return _PAUSED.get(State(ticket.state), _("Nothing is due: we spoke last"))


def _terms(handling: Handling, customer: Customer, kind: DueKind) -> str:
    policy = handling.policy
    if policy is None:
        return ""
    return _("Policy “%(policy)s”: %(time)s of opening hours (%(calendar)s)") % {
        "policy": policy.name,
        "time": _business_time(getattr(policy, kind, None) or 0),
        "calendar": calendar_for(customer=customer, policy=policy).name,
    }


def _business_time(seconds: int) -> str:
    minutes = seconds // 60
    if minutes % 60:
        return ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes}
    hours = minutes // 60
    return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}


def _said(ticket: Ticket, since: datetime | None, trail: Thread) -> list[Happening]:
    """What was said since then, oldest first; without a time, the last words."""
    loaded = _loaded(since, trail)
    return [
        Happening(entry.written_at, _happened(entry.author_kind, entry.kind) % _who(entry))
        for entry in (_asked(ticket, since) if loaded is None else loaded)
    ]


def _loaded(since: datetime | None, trail: Thread) -> list[Entry] | None:
    """The same from the lines that were loaded; None where earlier ones may count, too."""
    said = [entry for entry in trail.entries if entry.kind in _MESSAGES]
    if since is None:
        return said[-2:] if len(said) >= 2 or not trail.earlier else None
    if trail.earlier and (not said or said[0].written_at >= since):
        return None
    return [entry for entry in said if entry.written_at >= since][:_SHOWN]


def _asked(ticket: Ticket, since: datetime | None) -> list[Entry]:
    rows = ticket.entries.filter(kind__in=_MESSAGES)
    if since is None:
        return list(rows.order_by("-seq")[:2])[::-1]
    return list(rows.filter(written_at__gte=since).order_by("seq")[:_SHOWN])


def _who(entry: Entry) -> dict[str, str]:
    return {"who": entry.author_name}


def _happened(author_kind: str, kind: str) -> str:
    if author_kind == AuthorKind.CONTACT:
        return _("%(who)s wrote")
    if author_kind == AuthorKind.SYSTEM:
        return _("Sent automatically: counts for nobody")
    if kind == Entry.Kind.HOLDING:
        return _("%(who)s sent a holding reply")
    return _("%(who)s replied")
