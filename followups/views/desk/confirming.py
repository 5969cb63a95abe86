"""What one of ours decides about an answer: a person's, a machine's, a complaint."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.policy import Permission
from accounts.requests import staff_only
from followups.operations import confirming as verbs
from followups.operations.confirming import NoComplaint, NothingToConfirm
from followups.operations.scoring import CallbackOver
from followups.views.desk.calling import known
from tickets.views.agent.page import AtCustomer


@require_POST
@staff_only(Permission.WORK_CALLBACKS)
def confirmation(request: AtCustomer, callback_id: int) -> HttpResponseBase:
    """A person said so: it counts from now on."""
    return _decide(request, callback_id, verbs.confirm, gettext_lazy("It counts from now on."))


@require_POST
@staff_only(Permission.WORK_CALLBACKS)
def dismissal(request: AtCustomer, callback_id: int) -> HttpResponseBase:
    """A machine did: it stands for nothing."""
    said = gettext_lazy("It stands for nothing. They may still answer.")
    return _decide(request, callback_id, verbs.dismiss, said)


@require_POST
@staff_only(Permission.WORK_CALLBACKS)
def complaint(request: AtCustomer, callback_id: int) -> HttpResponseBase:
    """What they wrote is a complaint: a consultant is put on it."""
    said = gettext_lazy("Taken for a complaint: a consultant hears of it.")
    return _decide(request, callback_id, verbs.complain, said)


def _decide(
    request: AtCustomer, callback_id: int, verb: Callable[..., Any], said: str | Promise
) -> HttpResponseBase:
    """Do it and come back to the callback, where it stands; a second press changes nothing."""
    found = known(callback_id)
    try:
        verb(callback=found, by=request.user, now=timezone.now())
    except (NothingToConfirm, NoComplaint, CallbackOver):
        messages.warning(request, _("Somebody decided this before you, or they answered again."))
    else:
        messages.success(request, str(said))
    return redirect("followups:callback", request.customer.code, found.pk)
