"""What was done about a low score, as sentences: who did what."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.words import RescueState
from followups.low_scores import score_words
from followups.models import Event
from followups.operations.rescuing import How

_ICONS = {
    "rescued": "frown",
    "joined": "frown",
    "consultant": "user-round-check",
    "told": "bell",
    "warned": "timer",
    "state": "circle-dot",
    "asked": "message-circle-question-mark",
    "unasked": "message-circle-off",
    "unscored": "message-circle-off",
}
_ANY = gettext_lazy("%(who)s: %(old)s → %(new)s")
_SAID: dict[str, str | Promise] = {
    "rescued": gettext_lazy("%(contact)s answered how we did: %(score)s"),
    "joined": gettext_lazy("%(contact)s is dissatisfied, too: %(score)s"),
    "told": gettext_lazy("%(new)s was told of a further low score"),
    "asked": gettext_lazy("%(new)s was asked again"),
    "unasked": gettext_lazy("%(who)s closed it; there was nobody to ask again"),
    "unscored": gettext_lazy("Closed: nobody gave a new score in time"),
}


class Line(NamedTuple):
    """An event in words; `body` is what somebody wrote."""

    icon: str
    words: str
    body: str
    event: Event


def line(event: Event) -> Line:
    """An event of a rescue; its callback and contact are loaded."""
    told = {
        "who": event.author_name or _("The system"),
        "old": event.old,
        "new": event.new,
        "contact": event.callback.contact.name if event.callback else "",
        "score": _scores(event),
    }
    words = _SPECIAL[event.field](event) if event.field in _SPECIAL else _SAID.get(event.field)
    said = str(words or _ANY) % told
    body = event.body.partition("\n")[2] if event.new == RescueState.CONTACTED else event.body
    return Line(_ICONS.get(event.field, "history"), said, body, event)


def _scores(event: Event) -> str:
    """The scores of an answer, by its questions; what is no scores is left out."""
    try:
        given = json.loads(event.new)
    except ValueError:
        return ""
    if event.callback is None or not isinstance(given, dict):
        return ""
    asked = [one for one in event.callback.questions if one["key"] in given]
    said = [score_words(given[one["key"]], one.get("max")) for one in asked]
    return ", ".join(said) or _("Complaint")


def _consultant(event: Event) -> str:
    if event.staff_id is None and event.old:
        return _("%(old)s is not here: %(new)s has it now")
    if event.author_name == event.new:
        return _("%(who)s took it over")
    return _("%(who)s handed it to %(new)s") if event.staff_id else _("%(new)s was put on it")


def _warned(event: Event) -> str:
    if event.new == "100":
        return _("Overdue: the team lead and the managers were told")
    return _("Due soon: whoever has it was warned")


def _state(event: Event) -> str:
    if event.new == RescueState.CONTACTED:
        how = event.body.partition("\n")[0]
        known = how in How.values
        return str(_BY[how]) if known else _("%(who)s spoke with them")
    return str(_MOVED.get(event.new) or _ANY)


_BY: dict[str, str | Promise] = {
    How.PHONE: gettext_lazy("%(who)s spoke with them by phone"),
    How.MAIL: gettext_lazy("%(who)s wrote to them"),
    How.VISIT: gettext_lazy("%(who)s went to see them"),
}
_MOVED: dict[str, str | Promise] = {
    RescueState.ACTING: gettext_lazy("%(who)s acts on it"),
    RescueState.ASKED: gettext_lazy("%(who)s did what was to be done; they are asked again"),
    RescueState.CLOSED: gettext_lazy("Closed by a good new score"),
    RescueState.OPEN: gettext_lazy("%(who)s opened it again"),
}
_SPECIAL: dict[str, Callable[[Event], str]] = {
    "consultant": _consultant,
    "warned": _warned,
    "state": _state,
}
