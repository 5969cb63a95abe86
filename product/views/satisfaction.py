"""Satisfaction: how it moves, by what, and what people say; taken along; made into requests."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.policy import Permission
from accounts.requests import StaffRequest, staff_only
from desk.asked import key
from desk.charts import HEIGHT, WIDTH
from desk.models import Topic
from desk.satisfaction import asked_for
from desk.workspace import show
from product.operations.improving import Improved, NothingToImprove, improve
from product.satisfaction_page import page
from product.satisfaction_stream import as_csv

PRODUCT = "product"
"""In place of a topic: low scores of the product, whatever was said."""


@require_safe
@staff_only(Permission.SEE_CALLBACKS)
def satisfaction(request: StaffRequest) -> HttpResponse:
    """How satisfied the customers are that the reader serves."""
    now, query = timezone.now(), request.GET.dict()
    asked = asked_for(query, user=request.user)
    context = page(user=request.user, asked=asked, query=query, now=now)
    context["chart"] = {"width": WIDTH, "height": HEIGHT}
    return show(request, "product/satisfaction.html", context, now=now, at="satisfaction")


@require_safe
@staff_only(Permission.SEE_CALLBACKS)
def scores_csv(request: StaffRequest) -> HttpResponseBase:
    """The scores and comments that the page's filters leave in its period."""
    asked = asked_for(request.GET.dict(), user=request.user)
    period = asked.periods(timezone.localdate())[-1]
    answer = StreamingHttpResponse(
        as_csv(user=request.user, asked=asked, period=period),
        content_type="text/csv; charset=utf-8",
    )
    name = f"scores-{period.since.isoformat()}-{period.last.isoformat()}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@require_POST
@staff_only(Permission.TRIAGE)
def improvements(request: StaffRequest) -> HttpResponse:
    """Make the request of a topic and a quarter, or add what is new to the one there."""
    asked = asked_for(request.POST.dict(), user=request.user)
    chosen, now = request.POST.get("of", ""), timezone.now()
    topic = Topic.objects.filter(pk=key(chosen) or 0).first()
    if topic is None and chosen != PRODUCT:
        messages.warning(request, _("That topic is not there any more: choose another."))
        return redirect(f"{reverse('product:satisfaction')}?{asked.query()}#topics")
    period = asked.periods(timezone.localtime(now).date())[-1]
    try:
        made = improve(topic=topic, quarter=period.since, by=request.user, now=now)
    except NothingToImprove:
        messages.warning(request, _("Nobody complained about it in that quarter."))
        return redirect(f"{reverse('product:satisfaction')}?{asked.query()}#topics")
    messages.success(request, _said(made))
    return redirect(f"{reverse('product:problem', args=[made.problem.key])}#evidence")


def _said(made: Improved) -> str:
    if made.is_new:
        words = ngettext(
            "The request was made, with %(n)s answer as evidence.",
            "The request was made, with %(n)s answers as evidence.",
            made.added,
        )
    elif made.added:
        words = ngettext(
            "The request was there already; %(n)s answer was added.",
            "The request was there already; %(n)s answers were added.",
            made.added,
        )
    else:
        return _("The request was there already, and nothing is new.")
    return words % {"n": made.added}
