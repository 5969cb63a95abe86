"""What happened to a contact, for our staff: what staff changed, and the tokens they made."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts import words
from accounts.audited import PAGE_SIZE
from tickets.models import Contact, ContactChange

Told = tuple[datetime, dict[str, Any]]


def history(contact: Contact) -> list[dict[str, Any]]:
    """The newest events, newest first, as `admin/_events.html` shows them."""
    changes = list(contact.changes.order_by("-at", "-pk")[:PAGE_SIZE])
    told = [_change(change) for change in changes]
    told += _tokens(contact, ended_by_staff={change.at for change in changes})
    told.sort(key=lambda one: one[0], reverse=True)
    return [shown for _at, shown in told[:PAGE_SIZE]]


def _change(change: ContactChange) -> Told:
    changes = list(words.said("tickets.contact", change.changes))
    return change.at, _event(change, change.at, change.staff_name, change.action, changes)


def _tokens(contact: Contact, *, ended_by_staff: set[datetime]) -> list[Told]:
    """A token's row is its own record: no row is deleted while its contact is there."""
    rows = contact.api_tokens.order_by("-pk").values_list("name", "created_at", "revoked_at")
    told = []
    for name, made, revoked in rows[:PAGE_SIZE]:
        new = {"action": "added", "from_address": None}
        which = [(_("name"), "–", name)]
        told.append((made, _event(new, made, contact.name, "token_made", which)))
        if revoked and revoked not in ended_by_staff:
            told.append((revoked, _event(new, revoked, contact.name, "token_revoked", which)))
    return told


def _event(event: Any, at: datetime, who: str, action: str, changes: list[Any]) -> dict[str, Any]:
    return {
        "event": event,
        "iso": at.isoformat(),
        "when": words.moment(at),
        "who": who,
        "what": words.action(action),
        "changes": changes,
    }
