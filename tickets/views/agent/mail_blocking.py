"""Whose mail is refused: the list, one more, and letting somebody in again."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.policy import Permission
from accounts.requests import StaffRequest, staff_only
from desk.asked import words
from desk.models import BlockedSender
from desk.workspace import show
from tickets.mail_forms import BlockForm
from tickets.operations import blocking

A_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(Permission.ROUTE_MAIL)
def blocked_senders(request: StaffRequest) -> HttpResponse:
    """Blocked senders, the latest first; a POST blocks one more."""
    form = BlockForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            blocking.block(by=request.user, now=timezone.now(), **form.cleaned_data)
        except blocking.NotBlocked:
            form.add_error("sender", _not_blocked())
        else:
            return redirect("mails:blocked_senders")
    sought = words(request.GET.get("q", ""))
    rows = BlockedSender.objects.select_related("blocked_by")
    rows = rows.filter(sender__icontains=sought) if sought else rows
    found = Paginator(rows.order_by(F("blocked_at").desc(), "pk"), A_PAGE)
    context = {"form": form, "page": found.get_page(request.GET.get("page")), "sought": sought}
    return show(
        request,
        "tickets/agent/blocked_senders.html",
        context,
        now=timezone.now(),
        at="mail",
        status=422 if form.errors else 200,
    )


@staff_only(Permission.ROUTE_MAIL)
def lifting(request: StaffRequest, blocked_id: int) -> HttpResponse:
    """Take a sender's mail again."""
    if request.method in ("GET", "HEAD"):
        return redirect("mails:blocked_senders")
    return _lifted(request, blocked_id)


@require_POST
def _lifted(request: StaffRequest, blocked_id: int) -> HttpResponse:
    blocked = get_object_or_404(BlockedSender, pk=blocked_id)
    blocking.lift(blocked=blocked, by=request.user, now=timezone.now())
    messages.success(request, _("Mail of %(sender)s is taken again.") % {"sender": blocked.sender})
    return redirect("mails:blocked_senders")


def _not_blocked() -> str:
    return _(
        "Type an address, or a domain as @example.org. Our own, a customer's and domains that"
        " anybody writes from are not blocked whole."
    )
