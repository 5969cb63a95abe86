"""What people do about a low score. A second press finds it done, and says so."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.policy import Permission
from accounts.requests import staff_only
from followups.operations import rescuing as verbs
from followups.operations.closing_rescues import NotOurTurn, RatedYourself, Unfinished, close
from followups.operations.rescuing import CannotTake, NoWords
from followups.rescue_forms import ActionForm, ClosingForm, ConsultantForm, ContactForm
from followups.views.desk.rescues import known, show_rescue
from tickets.views.agent.page import AtCustomer


@require_POST
@staff_only(Permission.WORK_CALLBACKS)
def contact(request: AtCustomer, rescue_id: int) -> HttpResponse:
    """We spoke with them."""
    found, now, form = known(rescue_id), timezone.now(), ContactForm(request.POST)
    if not form.is_valid():
        return show_rescue(request, found, now=now, status=422, contact_form=form)
    try:
        verbs.contact(rescue_id=found.pk, by=request.user, now=now, **form.cleaned_data)
    except NotOurTurn:
        _was_quicker(request)
    return _back(request, rescue_id)


@require_POST
@staff_only(Permission.WORK_CALLBACKS)
def action(request: AtCustomer, rescue_id: int) -> HttpResponse:
    """We act on it."""
    found, now, form = known(rescue_id), timezone.now(), ActionForm(request.POST)
    if not form.is_valid():
        return show_rescue(request, found, now=now, status=422, action_form=form)
    try:
        verbs.act(rescue_id=found.pk, by=request.user, now=now, **form.cleaned_data)
    except NotOurTurn:
        _was_quicker(request)
    except NoWords:
        form.add_error("note", _("Say what you do about it."))
        return show_rescue(request, found, now=now, status=422, action_form=form)
    return _back(request, rescue_id)


@require_POST
@staff_only(Permission.WORK_CALLBACKS)
def consultant(request: AtCustomer, rescue_id: int) -> HttpResponse:
    """Take it, or give it to a colleague."""
    found, now, form = known(rescue_id), timezone.now(), ConsultantForm(request.POST)
    refused = _("That person does not serve this customer, or is away. Choose another one.")
    if not form.is_valid():
        messages.error(request, refused)
        return _back(request, rescue_id)
    to = form.cleaned_data["to"]
    try:
        verbs.hand_over(
            customer=request.customer, rescue_id=found.pk, to=to, by=request.user, now=now
        )
    except NotOurTurn:
        _was_quicker(request)
    except CannotTake:
        messages.error(request, refused)
    return _back(request, rescue_id)


@require_POST
@staff_only(Permission.WORK_CALLBACKS)
def closing(request: AtCustomer, rescue_id: int) -> HttpResponse:
    """It is done: everybody who was dissatisfied is asked anew."""
    found, now, form = known(rescue_id), timezone.now(), ClosingForm(request.POST)
    if not form.is_valid():
        return show_rescue(request, found, now=now, status=422, closing_form=form)
    try:
        close(
            customer=request.customer,
            rescue_id=found.pk,
            by=request.user,
            now=now,
            **form.cleaned_data,
        )
    except NotOurTurn:
        _was_quicker(request)
    except RatedYourself:
        messages.error(request, _("One of these scores counts for you: somebody else closes it."))
    except Unfinished as refused:
        form.refuse(refused.problems)
        return show_rescue(request, found, now=now, status=422, closing_form=form)
    return _back(request, rescue_id)


def _was_quicker(request: AtCustomer) -> None:
    messages.warning(request, _("Somebody was quicker: this is how it stands now."))


def _back(request: AtCustomer, rescue_id: int) -> HttpResponse:
    return redirect("followups:rescue", request.customer.code, rescue_id)
