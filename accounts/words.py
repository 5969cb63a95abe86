"""What the audit log says, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

ACTIONS = {
    "added": gettext_lazy("added"),
    "changed": gettext_lazy("changed"),
    "deleted": gettext_lazy("deleted"),
    "laid": gettext_lazy("laid"),
    "suspended": gettext_lazy("suspended"),
    "resumed": gettext_lazy("opened again"),
    "dropped": gettext_lazy("dropped"),
    "restored": gettext_lazy("restored"),
    "switched_off": gettext_lazy("switched off"),
    "switched_on": gettext_lazy("switched on"),
    "address_works": gettext_lazy("address works again"),
    "password_set": gettext_lazy("password set"),
    "password_link_made": gettext_lazy("link to set a password made"),
    "imported": gettext_lazy("imported"),
    "retried": gettext_lazy("tried again"),
    "tested": gettext_lazy("tested"),
    "worked_anew": gettext_lazy("waiting mail worked on anew"),
    "second_step_set_up": gettext_lazy("second step set up"),
    "second_step_switched_off": gettext_lazy("second step switched off"),
    "second_step_reset": gettext_lazy("second step reset"),
    "recovery_codes_made": gettext_lazy("recovery codes made"),
    "session_ended": gettext_lazy("session ended"),
    "sessions_ended": gettext_lazy("all sessions ended"),
    "other_sessions_ended": gettext_lazy("other sessions ended"),
    "password_changed": gettext_lazy("password changed"),
    "token_made": gettext_lazy("API token made"),
    "token_revoked": gettext_lazy("API token revoked"),
    "entered_admin": gettext_lazy("entered the admin"),
    "first_people_named": gettext_lazy("first people named"),
    "opening_asked_for": gettext_lazy("opening asked for"),
    "opening_failed": gettext_lazy("opening failed"),
    "first_people_forgotten": gettext_lazy("first people forgotten"),
    "group_opened": gettext_lazy("group opened"),
    "paused": gettext_lazy("paused"),
    "continued": gettext_lazy("resumed"),
    "stage_begun": gettext_lazy("checklist of the stage begun"),
    "stage_entered": gettext_lazy("stage entered"),
    "stage_planned": gettext_lazy("stage planned"),
    "to_do_settled": gettext_lazy("checklist ticked"),
    "to_do_planned": gettext_lazy("line of the checklist planned"),
    "to_do_added": gettext_lazy("line of the checklist added"),
    "set_up_taken_over": gettext_lazy("set-up taken over"),
    "turned_paid": gettext_lazy("pays from now on"),
    "mail_routed": gettext_lazy("mail routed to its customer"),
    "mail_sent_back": gettext_lazy("mail is not this customer's"),
    "mail_refused": gettext_lazy("mail refused"),
    "mail_taken_back": gettext_lazy("mail let wait again"),
    "viewed": gettext_lazy("looked at the portal as them"),
    "handed_over": gettext_lazy("handed over"),
    "planned_by_rhythm": gettext_lazy("planned by rhythm"),
    "moved": gettext_lazy("planned anew"),
    "held": gettext_lazy("held"),
    "called_off": gettext_lazy("called off"),
    "became_request": gettext_lazy("made a request of it"),
    "became_story": gettext_lazy("made a story of it"),
}
"""What may have been done, as the log writes it and as people read it."""

NOT_FIELDS = {
    "people": gettext_lazy("first people"),
    "domains": gettext_lazy("hosts"),
    "closures": gettext_lazy("closures"),
    "second step": gettext_lazy("second step"),
    "sessions": gettext_lazy("sessions"),
    "backup": gettext_lazy("backup"),
    "ladder": gettext_lazy("ladder"),
    "questions": gettext_lazy("questions"),
    "due_on": gettext_lazy("until"),
    "to-do": gettext_lazy("what"),
    "left out": gettext_lazy("left out"),
    "like": gettext_lazy("as at"),
    "callback_plans": gettext_lazy("callback plans"),
    "blackouts": gettext_lazy("days without callbacks"),
    "policies": gettext_lazy("policies"),
    "mails": gettext_lazy("mails"),
    "result": gettext_lazy("result"),
}
"""What events tell of beside the fields of the model they are about."""

MISSING = "–"
_LONGEST = 120


def action(code: str) -> str:
    """What was done, in words; an action of another app says itself."""
    return str(ACTIONS.get(code, code.replace("_", " ")))


def kind(label: str) -> str:
    """What a model is called: ``customers.customer`` → ``customer``."""
    try:
        return str(apps.get_model(label)._meta.verbose_name)
    except (LookupError, ValueError):
        return label


def field(label: str, name: str) -> str:
    """What a field of that model is called."""
    if name in NOT_FIELDS:
        return str(capfirst(str(NOT_FIELDS[name])))
    try:
        meta = apps.get_model(label)._meta
        return str(capfirst(getattr(meta.get_field(name), "verbose_name", name)))
    except (LookupError, ValueError, FieldDoesNotExist):
        return str(capfirst(name.replace("_", " ")))


def value_of(label: str, name: str, of: Any) -> str:
    """A value of that model's field: a choice, a language and a time as the reader says them."""
    if name == "language":
        return value(dict(settings.LANGUAGES).get(of, of))
    try:
        meant: Any = apps.get_model(label)._meta.get_field(name)
    except (LookupError, ValueError, FieldDoesNotExist):
        return value(of)
    if isinstance(meant, models.DateTimeField):
        at = parse_datetime(str(of or ""))
        return value(of) if at is None else moment(at)
    choices = dict(getattr(meant, "flatchoices", ()))
    return value(choices.get(of, of) if isinstance(of, str) else of)


def value(of: Any) -> str:
    """A value of the log as text of one line, cut where it is very long."""
    if of is None or of in ("", [], {}):
        return MISSING
    if isinstance(of, bool):
        return _("yes") if of else _("no")
    if isinstance(of, list):
        text = ", ".join(value(part) for part in of)
    elif isinstance(of, dict):
        text = ", ".join(f"{name}: {value(part)}" for name, part in of.items())
    else:
        text = str(of)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def said(label: str, changes: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Each change of an event as (field, old, new), in words."""
    for name, pair in changes.items():
        old, new = pair if isinstance(pair, list) and len(pair) == 2 else (None, pair)
        yield field(label, name), value_of(label, name, old), value_of(label, name, new)


def moment(at: datetime) -> str:
    """The time in the reader's zone, to the minute."""
    return date_format(timezone.localtime(at), "DATETIME_FORMAT")
