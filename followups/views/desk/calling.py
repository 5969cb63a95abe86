"""One callback: the call with its script, what is heard while talking, how the call ended."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.policy import Permission, may
from accounts.requests import staff_only
from desk import places
from desk.workspace import show
from followups.call_page import Typed, kept, page_of, time_typed, typed
from followups.models import Callback, RescueAnswer
from followups.operations import calling as verbs
from followups.operations.calling import BadTime, NotByPhone, SomebodyTalks
from followups.operations.scoring import BadScores, CallbackOver
from tickets.views.agent.page import AtCustomer

REFUSED = (BadScores, BadTime, CallbackOver, NotByPhone, SomebodyTalks)


@require_safe
@staff_only(Permission.SEE_CALLBACKS)
def callback(request: AtCustomer, callback_id: int) -> HttpResponse:
    """Who is called, the script and the form; what was answered, once it was."""
    return show_callback(request, known(callback_id))


@require_POST
@staff_only(Permission.WORK_CALLBACKS)
def draft(request: AtCustomer, callback_id: int) -> HttpResponseBase:
    """Keep what was typed so far; says when, or why not."""
    found, now = known(callback_id), timezone.now()
    sent = typed(request.POST, found)
    try:
        verbs.save_draft(
            callback=found, scores=sent.scores, words=sent.words, by=request.user, now=now,
            takes_over="takes_over" in request.POST,
        )  # fmt: skip
    except REFUSED as refused:
        return JsonResponse({"refused": _said(refused)}, status=409)
    at = time_format(timezone.localtime(now).time(), "TIME_FORMAT")
    return JsonResponse({"saved": _("Saved %(time)s") % {"time": at}})


@require_POST
@staff_only(Permission.WORK_CALLBACKS)
def outcome(request: AtCustomer, callback_id: int) -> HttpResponseBase:
    """End the call: reached, call again, declined. Without scripts it keeps what was heard, too."""
    found, now = known(callback_id), timezone.now()
    sent, how = typed(request.POST, found), request.POST.get("outcome", "")
    try:
        with transaction.atomic():
            _ended(found, how, sent, request, now)
    except BadScores as refused:
        return show_callback(request, found, sent=sent, problems=refused.problems, status=422)
    except REFUSED as refused:
        problems = {"call_at" if isinstance(refused, BadTime) else "": _said(refused)}
        status = 422 if isinstance(refused, BadTime) else 409
        return show_callback(request, found, sent=sent, problems=problems, status=status)
    if how == "draft":
        return redirect("followups:callback", request.customer.code, found.pk)
    messages.success(request, str(_DONE[how]) % {"name": found.contact.name})
    return redirect("followups:calls")


@require_POST
@staff_only(Permission.WORK_CALLBACKS)
def phone(request: AtCustomer, callback_id: int) -> HttpResponseBase:
    """Call somebody who was asked by mail and has not answered."""
    found = known(callback_id)
    try:
        verbs.call_instead(callback=found, by=request.user, now=timezone.now())
    except CallbackOver as refused:
        return show_callback(request, found, problems={"": _said(refused)}, status=409)
    return redirect("followups:callback", request.customer.code, found.pk)


def known(callback_id: int) -> Callback:
    """The open customer's callback of that number; else 404."""
    rows = Callback.objects.select_related("contact", "ticket", "calling__rescue", "plan")
    return get_object_or_404(rows, pk=callback_id, calling__isnull=False)


def show_callback(
    request: AtCustomer,
    found: Callback,
    *,
    sent: Typed | None = None,
    problems: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of a callback; after a refusal with every word that was typed, and why."""
    now = timezone.now()
    if status != 200:
        found = known(found.pk)
    problems, code = problems or {}, request.customer.code
    found_in = RescueAnswer.objects.filter(callback=found)
    page = page_of(
        callback=found, customer=request.customer, reader=request.user, typed=sent,
        problems=problems, now=now,
    )  # fmt: skip
    next_at = timezone.localtime(page.hour.at if page.hour.at > now else now)
    context: dict[str, Any] = {
        "page": page,
        "here": places.callback(code, found.pk),
        "customer_href": places.customer(code),
        "ticket_href": places.ticket(code, found.ticket.number) if found.ticket else "",
        "rescue_hrefs": [
            places.rescue(code, one)
            for one in found_in.values_list("rescue", flat=True).order_by("rescue")
        ],
        "typed": sent or kept(page.calling),
        "problems": problems,
        "call_at": (sent.call_at if sent else "") or next_at.strftime("%Y-%m-%dT%H:%M"),
        "may_call": may(request.user, Permission.WORK_CALLBACKS),
        "zone": timezone.get_current_timezone_name(),
    }
    template = "followups/callback.html"
    return show(request, template, context, now=now, at="callbacks", status=status)


def _ended(found: Callback, how: str, sent: Typed, request: AtCustomer, now: datetime) -> None:
    """Do what was pressed; a call that is put off keeps what was heard."""
    by = request.user
    if how == "reached":
        verbs.reach(callback=found, scores=sent.scores, words=sent.words, by=by, now=now)
    elif how == "declined":
        verbs.decline(callback=found, by=by, now=now)
    elif how in ("again", "draft"):
        takes_over = "takes_over" in request.POST
        verbs.save_draft(
            callback=found, scores=sent.scores, words=sent.words, by=by, now=now,
            takes_over=takes_over,
        )  # fmt: skip
        if how == "again":
            verbs.call_again(
                callback=found, call_at=time_typed(sent.call_at) or now, by=by, now=now
            )
    else:
        raise BadScores({"scores": _("Say how the call ended.")})


_DONE = {
    "reached": gettext_lazy("Written down what %(name)s said."),
    "again": gettext_lazy("%(name)s is called again then."),
    "declined": gettext_lazy("%(name)s is not asked again about this."),
}


def _said(refused: Exception) -> str:
    """Why not, to whoever tried."""
    if isinstance(refused, SomebodyTalks):
        at = time_format(timezone.localtime(refused.at).time(), "TIME_FORMAT")
        words = _("%(name)s talks with them: last written down %(time)s.")
        return words % {"name": refused.name, "time": at}
    if isinstance(refused, BadTime):
        until = date_format(timezone.localtime(refused.until), "DATETIME_FORMAT")
        return _("Choose a time from now until %(time)s: then it is over.") % {"time": until}
    if isinstance(refused, NotByPhone):
        return _("They are asked otherwise. Choose “Call instead” first.")
    return _("It was answered by now, or is over. Your words are still here.")
