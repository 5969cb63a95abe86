"""Publishing a release: looked at and confirmed, now or at a time; paused, resumed, tried again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.policy import Permission
from accounts.requests import StaffRequest, staff_only
from desk.workspace import show
from product.models import Release
from product.operations import publishing
from product.operations.publishing import InThePast, NoNotes, go_live, schedule
from product.operations.releases import AlreadyLive, Moved, NotLive
from product.preview import Preview, preview
from product.release_forms import PublishForm
from product.release_page import items_of, last_event, said
from product.release_words import language_name
from product.views.composing import back
from product.views.releases import found


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(Permission.PUBLISH_RELEASES)
def publication(request: StaffRequest, release: str) -> HttpResponse:
    """Who will hear, named before anybody does; 409 when that changed since it was looked at."""
    one = found(release)
    counted = preview(release=one, user=request.user)
    if request.method != "POST":
        return _confirm(request, one, counted, PublishForm(initial={"when": PublishForm.NOW}))
    form = PublishForm(request.POST)
    if not form.is_valid():
        return _confirm(request, one, counted, form, status=422)
    if form.cleaned_data["people"] != counted.totals.people:
        return _confirm(request, one, counted, form, is_other=True, status=409)
    return _confirmed(request, one, counted, form)


def _confirmed(
    request: StaffRequest, one: Release, counted: Preview, form: PublishForm
) -> HttpResponse:
    try:
        _publish(request, one, form.cleaned_data, counted)
    except InThePast as problem:
        form.refuse(problem)
        return _confirm(request, one, counted, form, status=422)
    except NoNotes:
        form.refuse_mute()
        return _confirm(request, one, counted, form, status=422)
    except AlreadyLive:
        messages.error(request, _("It is live already: publish it now to tell who is left."))
    except Moved as problem:
        again = preview(release=found(one.key), user=request.user)
        changed = said(problem.events, user=request.user)
        return _confirm(request, again.release, again, form, changed=changed, status=409)
    return back(request, one)


@require_POST
@staff_only(Permission.PUBLISH_RELEASES)
def unschedule(request: StaffRequest, release: str) -> HttpResponse:
    """Take the time to publish away."""
    one = found(release)
    try:
        schedule(release=one, at=None, by=request.user, now=timezone.now())
        messages.success(request, _("It is not published by itself any more."))
    except AlreadyLive:
        messages.error(request, _("It went live meanwhile. Pause it, if nobody more is to hear."))
    return back(request, one)


@require_POST
@staff_only(Permission.PUBLISH_RELEASES)
def pause(request: StaffRequest, release: str) -> HttpResponse:
    """Tell nobody more for now."""
    one = found(release)
    try:
        publishing.pause(release=one, by=request.user, now=timezone.now())
    except NotLive:
        messages.error(request, _not_live())
    return back(request, one)


@require_POST
@staff_only(Permission.PUBLISH_RELEASES)
def resume(request: StaffRequest, release: str) -> HttpResponse:
    """Go on telling."""
    one = found(release)
    try:
        publishing.resume(release=one, by=request.user, now=timezone.now())
    except NotLive:
        messages.error(request, _not_live())
    return back(request, one)


@require_POST
@staff_only(Permission.PUBLISH_RELEASES)
def retry(request: StaffRequest, release: str) -> HttpResponse:
    """Give mails that were given up all their tries again."""
    one = found(release)
    count = publishing.retry_dead(release=one, by=request.user, now=timezone.now())
    words = ngettext("%(n)s mail is tried again.", "%(n)s mails are tried again.", count)
    messages.success(request, words % {"n": count})
    return back(request, one)


def _publish(request: StaffRequest, one: Release, wanted: dict[str, Any], counted: Preview) -> None:
    now, seen = timezone.now(), wanted["seen"] or 0
    if wanted["when"] == PublishForm.LATER:
        schedule(release=one, at=wanted["at"], by=request.user, now=now, seen=seen)
        messages.success(request, _("It is published by itself at that time."))
        return
    go_live(release=one, by=request.user, now=now, seen=seen)
    people = counted.totals.people
    words = ngettext("%(n)s person is being told.", "%(n)s people are being told.", people)
    messages.success(request, words % {"n": people})


def _confirm(
    request: StaffRequest,
    one: Release,
    counted: Preview,
    form: PublishForm,
    *,
    status: int = 200,
    **told: Any,
) -> HttpResponse:
    context = {
        "release": one,
        "who": counted,
        "form": form,
        "items": items_of(one),
        "seen": last_event(one),
        "zone": timezone.get_current_timezone_name(),
        "languages": [(language_name(name), many) for name, many in counted.languages],
        "unread": [
            (language_name("zh-hans" if name == "zh" else name), many)
            for name, many in counted.unread
        ],
        **told,
    }
    now = timezone.now()
    page = "product/release_publication.html"
    return show(request, page, context, now=now, at="releases", status=status)


def _not_live() -> str:
    return _("It is not live yet: nobody is being told.")
