"""Feeds of what went live: read by programs, made and ended by people."""

from __future__ import annotations

from hashlib import sha256
from typing import cast
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers.inside import tenant_connection
from followups import atom
from followups.links import FEED, opens, token
from followups.models import Feed
from followups.operations.feeding import TooManyFeeds, make_feed, revoke_feed
from tickets.requests import ContactRequest, PortalRequest, contact_only


@require_safe
@cache_control(private=True, max_age=900)
def feed(request: HttpRequest, feed_id: UUID, token: str) -> HttpResponseBase:
    """What went live for the customer, for whoever has the address; `lang` says in which language.

    A wrong, foreign or ended address, or one whose maker was switched off, is a 404.
    """
    found = Feed.objects.filter(pk=feed_id, revoked_at=None, contact__is_active=True).first()
    schema = tenant_connection().schema_name
    if found is None or not opens(token, schema=schema, purpose=FEED, row=found.pk):
        raise Http404("no such feed")
    customer, asked = cast(PortalRequest, request).customer, request.GET.get("lang", "")
    language = asked if asked in dict(settings.LANGUAGES) else customer.language
    with translation.override(language):
        text = atom.written(
            atom.releases(),
            name=customer.name,
            vendor=settings.VENDOR_NAME,
            portal=request.build_absolute_uri("/"),
            since=found.created_at,
        )
    etag = quote_etag(sha256(text.encode()).hexdigest()[:32])
    response = HttpResponse(text, content_type="application/atom+xml; charset=utf-8")
    response["ETag"], response["Content-Language"] = etag, language
    return get_conditional_response(request, etag=etag, response=response) or response


@require_http_methods(["GET", "HEAD", "POST"])
@contact_only
def feeds(request: ContactRequest) -> HttpResponseBase:
    """The reader's addresses, to copy and to end; a POST makes one."""
    if request.method == "POST":
        try:
            make_feed(contact=request.contact, now=timezone.now())
        except TooManyFeeds:
            messages.warning(request, _("You have ten already. Revoke one first."))
        else:
            messages.success(request, _("Here is your address. Copy it into your feed reader."))
        return redirect("followups:feeds")
    schema = tenant_connection().schema_name
    held = Feed.objects.filter(contact=request.contact, revoked_at=None)
    rows = [
        (one, request.build_absolute_uri(_address(one, schema)))
        for one in held.order_by("-created_at")
    ]
    return render(request, "portal/feeds.html", {"page": "me", "rows": rows, "now": timezone.now()})


@require_POST
@contact_only
def revocation(request: ContactRequest, feed_id: UUID) -> HttpResponseBase:
    """End an address at once; a colleague's is a 404."""
    own = get_object_or_404(Feed.objects.filter(contact=request.contact), pk=feed_id)
    revoke_feed(feed=own, now=timezone.now())
    messages.success(request, _("The address is revoked."))
    return redirect("followups:feeds")


def _address(one: Feed, schema: str) -> str:
    return reverse("followups:feed", args=[one.pk, token(schema=schema, purpose=FEED, row=one.pk)])
