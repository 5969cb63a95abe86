"""Files of the trail, for whoever may read the ticket they hang on."""

from __future__ import annotations

from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from tickets.models import Attachment, Ticket
from tickets.requests import ContactRequest, contact_only
from tickets.serving import serve


@require_safe
@contact_only
def file(request: ContactRequest, name: str) -> HttpResponseBase:
    """Hand out an attachment; `?thumb=1` shows a picture's thumbnail. Others' files are 404."""
    readable = Ticket.objects.all().visible_to(request.contact)
    attachment = get_object_or_404(Attachment, name=name, entry__ticket__in=readable)
    return serve(attachment, thumbnail="thumb" in request.GET)
