"""Events of problems as sentences: who did what, from old to new, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from product.models import Event, Problem

_ICONS = {
    "created": "circle-plus",
    "title": "pencil",
    "kind": "tag",
    "owner": "user-round-check",
    "due_on": "calendar-clock",
    "link": "link",
    "reference": "link",
    "workaround": "route",
    "may_harm": "triangle-alert",
    "target": "rocket",
    "added": "rocket",
    "removed": "rocket",
    "material": "book-open",
    "material_url": "book-open",
    "merged": "git-merge",
    "joined": "git-merge",
    "linked": "link",
    "unlinked": "unlink",
    "state": "circle-dot",
    "back": "rotate-ccw",
    "agreed": "send",
    "agreed_en": "message-square-text",
    "agreed_zh": "message-square-text",
    "evidence": "message-square-quote",
    "visited": "map-pin",
}
_SAID: dict[str, str | Promise] = {
    "created": gettext_lazy("%(who)s made this problem: “%(new)s”"),
    "title": gettext_lazy("%(who)s changed the title from “%(old)s” to “%(new)s”"),
    "kind": gettext_lazy("%(who)s changed the class from %(old)s to %(new)s"),
    "owner": gettext_lazy("%(who)s changed the owner from %(old)s to %(new)s"),
    "due_on": gettext_lazy("%(who)s changed the date from %(old)s to %(new)s"),
    "cause": gettext_lazy("%(who)s wrote the cause"),
    "reference": gettext_lazy("%(who)s changed the reference from %(old)s to %(new)s"),
    "link": gettext_lazy("%(who)s changed the link to our tracker"),
    "workaround": gettext_lazy("%(who)s wrote the workaround"),
    "target": gettext_lazy("%(who)s changed the target release from %(old)s to %(new)s"),
    "material": gettext_lazy("%(who)s changed what is owed from %(old)s to %(new)s"),
    "material_url": gettext_lazy("%(who)s said where the article or video is"),
    "agreed_en": gettext_lazy("%(who)s wrote the agreed reply in English"),
    "agreed_zh": gettext_lazy("%(who)s wrote the agreed reply in Chinese"),
    "merged": gettext_lazy("%(who)s merged this problem into %(new)s"),
    "joined": gettext_lazy("%(who)s merged %(new)s into this problem"),
    "linked": gettext_lazy("%(who)s linked %(new)s"),
    "unlinked": gettext_lazy("%(who)s unlinked %(old)s"),
    "state": gettext_lazy("%(who)s moved it from %(old)s to %(new)s"),
    "back": gettext_lazy("It does not work at %(new)s: the problem is back"),
    "added": gettext_lazy("%(who)s put it into the release %(release)s"),
    "removed": gettext_lazy("%(who)s took it out of the release %(release)s"),
    "evidence": gettext_lazy("%(who)s added low answers as evidence: %(new)s"),
    "visited": gettext_lazy("%(who)s heard of it at a visit: %(new)s"),
}
_LABELS: dict[str, dict[str, str | Promise]] = {
    "kind": dict(Problem.Kind.choices),
    "state": dict(Problem.State.choices),
    "material": dict(Problem.Material.choices),
}
_CODES = ("linked", "unlinked", "back")
"""Events whose old or new is a ticket's code."""


def icon(event: Event) -> str:
    """The picture beside an event's sentence."""
    return _ICONS.get(event.field, "history")


def sentence(event: Event, *, hidden: Callable[[str], bool]) -> str:
    """An event in words; `hidden` says whether a ticket's code is not for this reader's eyes."""
    told = {
        "who": event.by_name or _("The system"),
        "old": _value(event.field, event.old, hidden),
        "new": _value(event.field, event.new, hidden),
        "release": str(event.release or ""),
    }
    if event.field in _SPECIAL:
        return _SPECIAL[event.field](event) % told
    if event.field in _SAID:
        return str(_SAID[event.field]) % told
    return _("%(who)s: %(field)s %(old)s → %(new)s") % (told | {"field": event.field})


def hides(prefixes: Collection[str]) -> Callable[[str], bool]:
    """Whether the code of a ticket is none of these customers'."""
    return lambda code: code.rpartition("-")[0] not in prefixes


def _value(field: str, value: str, hidden: Callable[[str], bool]) -> str | Promise:
    if field == "visited" and value and hidden(value):
        return _("at a customer you do not serve")
    if field in _CODES and value and hidden(value):
        return _("a ticket of a customer you do not serve")
    if field == "due_on" and value:
        return date_format(date.fromisoformat(value))
    return _LABELS.get(field, {}).get(value, value) or "–"


def _may_harm(event: Event) -> str:
    if event.new:
        return _("%(who)s marked the workaround: it may harm data")
    return _("%(who)s took the mark off the workaround: it harms no data")


def _agreed(event: Event) -> str:
    count = int(event.new) if event.new.isdecimal() else 0
    return ngettext(
        "%(who)s sent the agreed reply to %(new)s customer",
        "%(who)s sent the agreed reply to %(new)s customers",
        count,
    )


def _owner(event: Event) -> str:
    if not event.old:
        return _("%(who)s made %(new)s the owner")
    if not event.new:
        return _("%(who)s took it from %(old)s: nobody owns it now")
    return str(_SAID["owner"])


_SPECIAL: dict[str, Callable[[Event], str]] = {
    "may_harm": _may_harm,
    "agreed": _agreed,
    "owner": _owner,
}
