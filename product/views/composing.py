"""Composing a release: its words, what is in it, whom it reaches, who is left out, a test mail."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.policy import Permission
from accounts.requests import StaffRequest, staff_only
from customers.models import Customer
from desk.asked import key
from product.models import Asker, Exclusion, Problem, Release
from product.operations.releases import (
    AlreadyLive,
    Moved,
    NoneLeft,
    NoReason,
    add_problems,
    change_customers,
    change_release,
    exclude,
    include,
    name_customers,
    take_out,
)
from product.operations.trying import NobodyAsked, try_notice
from product.release_forms import ExclusionForm, TestForm, WordsForm
from product.release_page import last_event, said
from product.views.releases import found, show_release


@require_POST
@staff_only(Permission.PUBLISH_RELEASES)
def change_words(request: StaffRequest, release: str) -> HttpResponse:
    """Keep name, version and notes; 409 when somebody else changed them meanwhile."""
    one, form = found(release), WordsForm(request.POST)
    if not form.is_valid():
        return show_release(request, one, form=form, status=422)
    try:
        seen = form.cleaned_data["seen"] or 0
        change_release(release=one, by=request.user, now=timezone.now(), seen=seen, **form.said())
    except Moved as problem:
        form.keep(seen=last_event(one))
        changed = said(problem.events, user=request.user)
        return show_release(request, found(release), form=form, changed=changed, status=409)
    messages.success(request, _("Saved."))
    return back(request, one)


@require_POST
@staff_only(Permission.PUBLISH_RELEASES)
def add_item(request: StaffRequest, release: str) -> HttpResponse:
    """Put problems into it, named by their keys."""
    one, keys = found(release), request.POST.getlist("problem")
    problems = list(Problem.objects.select_related("merged_into").filter(key__in=keys))
    if not problems:
        messages.error(request, _("There is no such problem. Look for it by key or title."))
        return back(request, one, "items")
    add_problems(release=one, problems=problems, by=request.user, now=timezone.now())
    return back(request, one, "items")


@require_POST
@staff_only(Permission.PUBLISH_RELEASES)
def remove_item(request: StaffRequest, release: str) -> HttpResponse:
    """Take a problem out of it."""
    one = found(release)
    try:
        for problem in Problem.objects.filter(key=request.POST.get("problem", "")):
            take_out(release=one, problem=problem, by=request.user, now=timezone.now())
    except AlreadyLive:
        messages.error(
            request,
            _("It is live: nothing is taken out any more. People were told that it works."),
        )
    return back(request, one, "items")


@require_POST
@staff_only(Permission.PUBLISH_RELEASES)
def change_reach(request: StaffRequest, release: str) -> HttpResponse:
    """Add customers, take one away, or reach all."""
    one, sent, now = found(release), request.POST, timezone.now()
    served = Customer.objects.live().served_by(request.user)
    try:
        if "all" in sent:
            name_customers(release=one, customers=[], by=request.user, now=now)
        else:
            change_customers(
                release=one,
                add=served.filter(code__in=sent.getlist("add")),
                remove=served.filter(code__in=sent.getlist("remove")),
                by=request.user,
                now=now,
            )
    except NoneLeft:
        messages.error(request, _("Name another customer first, or reach all of them."))
    except AlreadyLive:
        messages.error(
            request,
            _("It is live there already. Customers can be added, or all reached; none taken away."),
        )
    return back(request, one, "reach")


@require_POST
@staff_only(Permission.PUBLISH_RELEASES)
def leave_out(request: StaffRequest, release: str) -> HttpResponse:
    """Leave a person or a whole customer out, with the reason."""
    one, form = found(release), ExclusionForm(request.POST)
    customer, contact = _whom(request.user, request.POST.get("out", ""))
    if form.is_valid():
        try:
            exclude(
                release=one,
                customer=customer,
                contact_id=contact,
                reason=form.cleaned_data["reason"],
                by=request.user,
                now=timezone.now(),
            )
        except NoReason:
            form.refuse()
        else:
            return back(request, one, "who")
    whom = {"customer": customer, "contact": contact or "", "out": request.POST.get("out", "")}
    return show_release(request, one, exclusion=form, leaving_out=whom, status=422)


@require_POST
@staff_only(Permission.PUBLISH_RELEASES)
def take_in(request: StaffRequest, release: str, exclusion_id: int) -> HttpResponse:
    """Let who was left out hear of it after all."""
    one = found(release)
    served = Customer.objects.live().served_by(request.user)
    rows = Exclusion.objects.select_related("customer", "release")
    row = get_object_or_404(rows, pk=exclusion_id, release=one, customer__in=served)
    include(exclusion=row, by=request.user, now=timezone.now())
    return back(request, one, "who")


@require_POST
@staff_only(Permission.PUBLISH_RELEASES)
def send_test(request: StaffRequest, release: str) -> HttpResponse:
    """Send the mail to oneself, in each language that was ticked."""
    one, form = found(release), TestForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose a language to see the mail in."))
        return back(request, one)
    try:
        languages = form.cleaned_data["languages"]
        try_notice(release=one, languages=languages, by=request.user, now=timezone.now())
    except NobodyAsked:
        messages.error(
            request,
            _("Nobody asked for what is in it: there is no mail to try. Put in what was asked."),
        )
    else:
        messages.success(
            request, _("The test mail is on its way to %(email)s.") % {"email": request.user.email}
        )
    return back(request, one)


def back(request: HttpRequest, one: Release, part: str = "") -> HttpResponseRedirect:
    """To the page of the release as it was looked at, at the part that was changed."""
    query = request.POST.get("back", "")
    address = reverse("product:release", args=[one.key])
    place = f"#{part}" if part else ""
    return redirect(f"{address}?{query}{place}" if query else f"{address}{place}")


def _whom(user: User, out: str) -> tuple[Customer, int | None]:
    """``12.7`` one person, ``12`` a whole customer. Raises Http404."""
    customer, dot, contact = out.partition(".")
    served = Customer.objects.live().served_by(user)
    firm = get_object_or_404(served, pk=key(customer) or 0)
    if not dot:
        return firm, None
    person = get_object_or_404(Asker, customer=firm, contact_id=key(contact) or 0)
    return firm, person.contact_id
