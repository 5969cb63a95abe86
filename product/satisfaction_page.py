"""The page of satisfaction: its figures, breakdown, complaints, comparisons and comments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Team, User
from accounts.policy import Permission, may
from customers.models import Plan
from desk.asked import words
from desk.models import Topic
from desk.operations.callback_plans import plans_seen_by
from desk.satisfaction import KINDS, NONE, Asked, Period, midnight, sees_agents
from desk.satisfaction_figures import Scores, share_told, wilson
from desk.satisfaction_rows import (
    Complaints,
    Range,
    Response,
    responses,
    series,
    topics,
)
from desk.words import Channel, Kind
from product.comparing import WEEKS, Compared, by_release, by_rescues, releases
from product.satisfaction_groups import groups
from product.satisfaction_stream import nameless, stream
from product.satisfaction_words import (
    CHANGES,
    MEANT,
    NAMES,
    between,
    days,
    distribution,
    few_said,
    figure,
    number,
    shown,
    trend,
)

SPAN_WORDS = {
    "month": gettext_lazy("Month"),
    "quarter": gettext_lazy("Quarter"),
    "days": gettext_lazy("Days"),
}


def page(*, user: User, asked: Asked, query: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """The context of the page; as many statements for any number of customers and scores."""
    periods = asked.periods(timezone.localtime(now).date())
    whole, known = Range(periods), list(Topic.objects.filter(is_active=True).order_by("pk"))
    scores, asked_of = (
        series(user=user, asked=asked, range_=whole),
        responses(user=user, asked=asked, range_=whole),
    )
    mine = scores[asked.question]
    complaints = topics(user=user, asked=asked, range_=whole.lately())
    comments_page, comments = stream(
        user=user, asked=asked, period=periods[-1], page=query.get("page"), topics=known
    )
    return {
        "asked": asked,
        "query": f"{asked.query()}&",
        "kept": parse_qsl(asked.query()),
        "spans": [
            {"label": label, "href": f"?{asked.query(span=span)}", "is_current": span == asked.span}
            for span, label in SPAN_WORDS.items()
        ],
        "period": days(periods[-1]),
        "period_before": days(periods[-2]),
        "cards": [_card(asked, kind, scores[kind]) for kind in KINDS],
        "response": _response(asked_of),
        "is_empty": not any(one.n for one in mine) and not asked_of[-1].asked,
        "trend": trend(periods, mine, span=asked.span),
        "distribution": distribution(mine[-1], mine[-2]),
        "n": mine[-1].n,
        "groups": groups(user, asked, whole, complaints, known, query),
        "topics": _topics(asked, known, complaints),
        "nameless": nameless(user=user, asked=asked, period=periods[-1]),
        "compared": _compared(user, asked, periods[-1], query, now),
        "comments": comments,
        "page": comments_page,
        "choices": _choices(user, known),
        "few": few_said(),
        "meant": MEANT[asked.question],
        "name": NAMES[asked.question],
        "sees_agents": sees_agents(user),
        "may_improve": may(user, Permission.TRIAGE),
    }


# --- At a glance ---------------------------------------------------------------------------------


def _card(asked: Asked, kind: str, scores: Sequence[Scores]) -> dict[str, Any]:
    return {
        "kind": kind,
        "name": NAMES[kind],
        "meant": MEANT[kind],
        "shown": shown(scores[-1], scores[-2]),
        "href": f"?{asked.query(question=kind)}#trend",
        "is_current": kind == asked.question,
    }


def _response(found: Sequence[Response]) -> dict[str, Any]:
    """How many of those asked answered, with what it may be off by."""
    now, before = found[-1], found[-2]
    low, high = wilson(now.answered, now.asked)
    how = share_told(now.answered, now.asked, before.answered, before.asked)
    return {
        "now": now,
        "figure": "–" if now.percent is None else f"{now.percent} %",
        "range": between("csat", _hundred(low, high)) if now.asked else "",
        "before": "–" if before.percent is None else f"{before.percent} %",
        "change": CHANGES[how][0],
        "tone": CHANGES[how][1],
    }


def _hundred(low: float, high: float) -> Any:
    return (100 * low, 100 * high)


# --- Complaints ----------------------------------------------------------------------------------


def _topics(
    asked: Asked, known: Sequence[Topic], found: Mapping[int, tuple[Complaints, Complaints]]
) -> dict[str, Any]:
    """Of the low answers how many are about each topic, and whether that share moved."""
    none = (Complaints(), Complaints())
    now_all, before_all = found.get(0, none)
    rows: list[dict[str, Any]] = []
    for topic in known:
        now, before = found.get(topic.pk, none)
        how = share_told(now.low, now_all.low, before.low, before_all.low, less=True)
        rows.append(
            {
                "topic": topic,
                "now": now,
                "before": before,
                "share": _share(now.low, now_all.low),
                "share_before": _share(before.low, before_all.low),
                "mean": number(now.scores.mean),
                "figure": figure(asked.question, now.scores.figure),
                "change": CHANGES[how][0],
                "tone": CHANGES[how][1],
                "href": f"?{asked.query(topic=topic.pk, low=1)}#comments",
            }
        )
    rows.sort(key=lambda row: (-row["now"].low, -row["now"].answers, row["topic"].pk))
    return {"rows": rows, "low": now_all.low, "answers": now_all.answers}


def _share(part: int, whole: int) -> str:
    return f"{number(100 * part / whole, 0)} %" if whole else "–"


# --- Before and after ----------------------------------------------------------------------------


def _compared(
    user: User, asked: Asked, period: Period, query: Mapping[str, str], now: datetime
) -> dict[str, Any]:
    """A release that is asked for, and the rescues of the period."""
    said = query.get("weeks", "")
    weeks = int(said) if said in map(str, WEEKS) else WEEKS[1]
    live, key = list(releases()), words(query.get("release", ""))
    chosen = next((one for one in live if one.key == key), None)
    rescues = by_rescues(
        user=user, asked=asked, since=midnight(period.since), until=midnight(period.until),
        weeks=weeks,
    )  # fmt: skip
    released = None
    if chosen is not None:
        released = _both(by_release(user=user, asked=asked, release=chosen, weeks=weeks, now=now))
    return {
        "weeks": weeks,
        "all_weeks": WEEKS,
        "releases": live,
        "release": chosen,
        "released": released,
        "rescues": [
            {"rescue": one.rescue, "href": one.href, **_both(one.compared)} for one in rescues
        ],
    }


def _both(compared: Compared) -> dict[str, Any]:
    none = Scores(compared.before.kind)
    return {
        "before": shown(compared.before, none),
        "after": shown(compared.after, compared.before),
    }


def _choices(user: User, known: Sequence[Topic]) -> dict[str, Any]:
    """What the filters offer; agents to whoever may see them all."""
    agents = User.objects.filter(is_active=True) if sees_agents(user) else User.objects.none()
    return {
        "agent": [(str(one.pk), one.name) for one in agents.order_by("name", "pk")],
        "team": [(str(one.pk), one.name) for one in Team.objects.order_by("name")],
        "topic": [*((str(one.pk), str(one)) for one in known), (NONE, _("No topic"))],
        "channel": [*Channel.choices, (NONE, _("Without a ticket"))],
        "customer_plan": [(str(one.pk), one.name) for one in Plan.objects.order_by("pk")],
        "plan": [(str(one.pk), str(one)) for one in plans_seen_by(user).order_by("pk")],
        "ticket_kind": [*Kind.choices],
    }
