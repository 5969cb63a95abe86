"""A ticket, its files."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from accounts.policy import Permission
from accounts.requests import staff_only
from tickets.models import Attachment, InternalFile
from tickets.models.attachment import FILE_NAME
from tickets.serving import serve
from tickets.views.agent.page import AtCustomer, show_ticket, ticket_of


@require_safe
@staff_only(Permission.READ_TICKETS)
def ticket(request: AtCustomer, number: int) -> HttpResponse:
    """The ticket with trail, controls and customer, beside the queue it was opened from."""
    return show_ticket(request, ticket_of(number))


@require_safe
@staff_only(Permission.READ_TICKETS)
def file(request: AtCustomer, number: int, name: str) -> HttpResponseBase:
    """A file of the ticket: of an entry, a note, or a reply still waiting. Else 404."""
    if not FILE_NAME.fullmatch(name):
        raise Http404("that is no name of a file")
    of_entries = Attachment.objects.filter(name=name, entry__ticket__number=number)
    internal = InternalFile.objects.filter(name=name)
    of_notes = internal.filter(note__ticket__number=number)
    of_pendings = internal.filter(pending__ticket__number=number)
    stored = of_entries.first() or of_notes.first() or of_pendings.first()
    if stored is None:
        raise Http404("no such file at this ticket")
    return serve(stored, thumbnail="thumb" in request.GET)
