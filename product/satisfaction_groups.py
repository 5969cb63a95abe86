"""A breakdown of satisfaction: by customer, agent, team, topic, channel, plan or kind of ticket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from desk.models import Topic
from desk.satisfaction import BREAKDOWNS, NONE, Asked
from desk.satisfaction_figures import Told, told
from desk.satisfaction_rows import NAMED, Group, Range, breakdown, names
from desk.words import Kind
from product.satisfaction_stream import channel_name
from product.satisfaction_words import shown

if TYPE_CHECKING:
    _Paginator = Paginator[dict[str, Any]]
else:
    _Paginator = Paginator  # takes no type at run time

PAGE_SIZE = 50
SORTS = ("n", "worst", "best", "change", "name")

TITLES: dict[str, str | Promise] = {
    "customer": gettext_lazy("Customer"),
    "agent": gettext_lazy("Agent"),
    "team": gettext_lazy("Team"),
    "topic": gettext_lazy("Topic"),
    "channel": gettext_lazy("Channel"),
    "customer_plan": gettext_lazy("Customer's plan"),
    "plan": gettext_lazy("Callback plan"),
    "ticket_kind": gettext_lazy("Kind of ticket"),
}
SORT_WORDS: dict[str, str | Promise] = {
    "n": gettext_lazy("Most answers"),
    "worst": gettext_lazy("Lowest first"),
    "best": gettext_lazy("Highest first"),
    "change": gettext_lazy("Clear changes first"),
    "name": gettext_lazy("Name"),
}


def groups(
    user: User, asked: Asked, whole: Range, complaints: Any, known: Sequence[Topic],
    query: Mapping[str, str],
) -> dict[str, Any]:  # fmt: skip
    """The chosen breakdown, a page of it, in the order that is asked for."""
    if asked.by == "topic":
        named: Mapping[Any, Any] = {one.pk: one for one in known}
        found = [
            Group(topic, now.scores, before.scores)
            for topic, (now, before) in complaints.items()
            if topic
        ]
    else:
        found = breakdown(user=user, asked=asked, range_=whole.lately())
        named = names(asked.by, [one.key for one in found])
    rows = [_group(asked, one, named) for one in found]
    sort = query.get("sort", "")
    rows.sort(key=_order(sort if sort in SORTS else "n"))
    return {
        "title": TITLES[asked.by],
        "page": _Paginator(rows, PAGE_SIZE).get_page(query.get("rows")),
        "sort": sort if sort in SORTS else "n",
        "sorts": [(name, SORT_WORDS[name]) for name in SORTS],
        "tabs": [
            {"label": TITLES[by], "href": f"?{asked.query(by=by)}#groups",
             "is_current": by == asked.by}
            for by in BREAKDOWNS
        ],
        "has_response": asked.by != "topic",
    }  # fmt: skip


def _group(asked: Asked, one: Group, named: Mapping[Any, Any]) -> dict[str, Any]:
    chosen = named.get(one.key)
    value = NONE if one.key in (None, "") else one.key
    if asked.by == "customer":
        value = getattr(chosen, "code", "")
    return {
        "name": _name(asked.by, one.key, chosen),
        "href": f"?{asked.query(**{asked.by: value})}",
        "shown": shown(one.now, one.before),
        "response": one.response,
        "order": (one.now.n, one.now.figure, told(one.now, one.before)),
    }


def _name(by: str, key: Any, chosen: Any) -> str:
    if by in NAMED or by == "topic":
        return str(getattr(chosen, "name", "") if by == "customer" else chosen) if chosen else (
            _("Nobody") if by == "agent" else _("None")
        )  # fmt: skip
    if by == "channel":
        return str(channel_name(key))
    return str(dict(Kind.choices).get(key, key)) if key else _("Without a ticket")


def _order(sort: str) -> Any:
    def place(row: dict[str, Any]) -> Any:
        n, value, how = row["order"]
        clear = how in (Told.BETTER, Told.WORSE)
        return {
            "n": (-n, row["name"]),
            "worst": (value is None, value or 0, row["name"]),
            "best": (value is None, -(value or 0), row["name"]),
            "change": (not clear, how != Told.WORSE, -n),
            "name": (row["name"].lower(),),
        }[sort]

    return place
