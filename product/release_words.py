"""Releases in words: roles and languages of who hears, and events of a release as sentences."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from product.models import Event

_ROLES: dict[str, str | Promise] = {
    "owner": gettext_lazy("Owner"),
    "decision_maker": gettext_lazy("Decision maker"),
    "executor": gettext_lazy("Executor"),
    "user": gettext_lazy("User"),
}
LANGUAGES = (("en", "English"), ("zh-hans", "简体中文"))
"""Languages notes are written in, by their own names."""

_ICONS = {
    "created": "circle-plus",
    "added": "plus",
    "removed": "minus",
    "customers": "building-2",
    "excluded": "user-minus",
    "included": "user-plus",
    "scheduled": "calendar-clock",
    "live": "rocket",
    "told": "send",
    "paused": "pause",
    "resumed": "play",
    "retried": "rotate-ccw",
    "tested": "mail",
    "back": "rotate-ccw",
    "state": "circle-dot",
}
_SAID: dict[str, str | Promise] = {
    "created": gettext_lazy("%(who)s planned this release: %(new)s"),
    "name": gettext_lazy("%(who)s changed the name from “%(old)s” to “%(new)s”"),
    "version": gettext_lazy("%(who)s changed the version from “%(old)s” to “%(new)s”"),
    "notes_en": gettext_lazy("%(who)s changed the notes in English"),
    "notes_zh": gettext_lazy("%(who)s changed the notes in Chinese"),
    "added": gettext_lazy("%(who)s put in %(problem)s"),
    "removed": gettext_lazy("%(who)s took out %(problem)s"),
    "excluded": gettext_lazy("%(who)s left out %(whom)s"),
    "included": gettext_lazy("%(who)s took %(whom)s in again"),
    "live": gettext_lazy("%(who)s published it"),
    "paused": gettext_lazy("%(who)s paused telling"),
    "resumed": gettext_lazy("%(who)s resumed telling"),
    "tested": gettext_lazy("%(who)s had a test mail sent: %(new)s"),
    "back": gettext_lazy("It does not work at %(whom)s: %(problem)s is back"),
    "state": gettext_lazy("%(problem)s is live"),
}
_UNSERVED = pgettext_lazy("instead of a name", "a customer you do not serve")


def role_name(role: str) -> str:
    """A contact's role in the reader's language."""
    return str(_ROLES.get(role, role))


def language_name(language: str) -> str:
    """A language by its own name."""
    return dict(LANGUAGES).get(language, language)


def icon(event: Event) -> str:
    """The picture beside an event's sentence."""
    return _ICONS.get(event.field, "pencil")


def sentence(event: Event, *, served: Collection[str]) -> str:
    """An event of a release in words; customers outside of these codes are not named."""
    told = {
        "who": event.by_name or _("The system"),
        "old": event.old or "–",
        "new": event.new or "–",
        "problem": event.problem.key if event.problem else "",
        "whom": _whom(event, served),
    }
    if event.field in _SPECIAL:
        return _SPECIAL[event.field](event, told, served)
    if event.field in _SAID:
        return str(_SAID[event.field]) % told
    return _("%(who)s: %(old)s → %(new)s") % told


def _whom(event: Event, served: Collection[str]) -> str:
    """A ticket's code, or ``code/contact``, ``code/*``: named where its customer may be."""
    value = event.new or event.old
    if event.field == "back":
        return value if value.rpartition("-")[0].lower() in served else str(_UNSERVED)
    code, _slash, contact = value.partition("/")
    if code not in served:
        return str(_UNSERVED)
    if contact == "*":
        return code.upper()
    return _("one person of %(customer)s") % {"customer": code.upper()}


def _excluded(event: Event, told: dict[str, str], served: Collection[str]) -> str:
    """With the reason, where their customer may be named: it speaks of them."""
    if event.new.partition("/")[0] not in served:
        return str(_SAID["excluded"]) % told
    return _("%(who)s left out %(whom)s: %(reason)s") % (told | {"reason": event.body})


def _scheduled(event: Event, told: dict[str, str], _served: Collection[str]) -> str:
    if not event.new:
        return _("%(who)s took the time to publish away") % told
    at = date_format(localtime(datetime.fromisoformat(event.new)), "DATETIME_FORMAT")
    return _("%(who)s had it published at %(time)s") % (told | {"time": at})


def _customers(event: Event, told: dict[str, str], served: Collection[str]) -> str:
    """Those codes only that the reader may serve; the others counted."""
    line = event.body.rpartition("\n")[2] or event.new
    codes = [code for code in line.split(", ") if code]
    if not codes:
        return _("%(who)s let it reach all customers") % told
    known = [code.upper() for code in codes if code in served]
    if hidden := len(codes) - len(known):
        more = ngettext("%(n)s you do not serve", "%(n)s you do not serve", hidden)
        known.append(more % {"n": hidden})
    return _("%(who)s let it reach: %(customers)s") % (told | {"customers": ", ".join(known)})


def _told(event: Event, told: dict[str, str], _served: Collection[str]) -> str:
    count = int(event.new) if event.new.isdecimal() else 0
    return (
        ngettext("Telling began at %(new)s customer", "Telling began at %(new)s customers", count)
        % told
    )


def _retried(event: Event, told: dict[str, str], _served: Collection[str]) -> str:
    count = int(event.new) if event.new.isdecimal() else 0
    return (
        ngettext(
            "%(who)s had %(new)s mail tried again", "%(who)s had %(new)s mails tried again", count
        )
        % told
    )


_SPECIAL: dict[str, Callable[[Event, dict[str, str], Collection[str]], str]] = {
    "scheduled": _scheduled,
    "excluded": _excluded,
    "customers": _customers,
    "told": _told,
    "retried": _retried,
}
