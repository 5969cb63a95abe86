"""Sending one agreed reply to everybody who asked: the preview, the sending, how far it is."""

from __future__ import annotations

from typing import cast

from django.core.signing import BadSignature, Signer
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.policy import Permission
from accounts.requests import StaffRequest, staff_only
from desk.workspace import show
from product.agreed_preview import preview
from product.models import Problem
from product.operations.agreed import NoWords, WordsChanged, send_agreed
from product.problem_page import progress
from product.views.problems import known

_SEEN = Signer(salt="agreed-reply")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(Permission.TRIAGE)
def agreed_reply(request: StaffRequest, problem: str) -> HttpResponse:
    """Every asker with the words they get; then send them, all at once, each ticket one time."""
    now, one = timezone.now(), known(problem)
    if one.state == Problem.State.MERGED:
        return redirect("product:problem", problem=one.key)
    refused = ""
    if request.method == "POST":
        try:
            seen = _seen(request.POST.get("seen", ""))
            send_agreed(problem=one, by=request.user, now=now, seen=seen)
            return redirect("product:problem", problem=one.key)
        except NoWords:
            refused = _("There is no agreed reply yet. Write it first, in one language at least.")
        except WordsChanged:
            refused = _("Somebody changed the words since you looked. Read them, then send.")
    context = {
        "problem": one,
        "preview": preview(problem=one, user=request.user, page=request.GET.get("page")),
        "seen": _SEEN.sign_object([one.agreed_en, one.agreed_zh]),
        "refused": refused,
    }
    status = 422 if refused else 200
    return show(request, "product/agreed.html", context, now=now, at="problems", status=status)


@require_safe
@staff_only(Permission.SEE_PROBLEMS)
def reached(request: StaffRequest, problem: str) -> HttpResponse:
    """How far the last agreed reply has come: a part of the problem's page that renews itself."""
    one = known(problem)
    context = {"problem": one, "progress": progress(one), "now": timezone.now()}
    return render(request, "product/_progress.html", context)


def _seen(sent: str) -> tuple[str, str]:
    """The words that stood in the preview; raises WordsChanged for what no preview wrote."""
    try:
        english, chinese = cast(list[str], _SEEN.unsign_object(sent))
    except (BadSignature, ValueError) as refused:
        raise WordsChanged from refused
    return english, chinese
