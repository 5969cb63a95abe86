"""Tickets on a customer's own host, for tokens of its people."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.contrib.auth.models import AnonymousUser
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import tokens
from accounts.api.doors import Bearer, Door
from accounts.api.once import once
from accounts.api.paging import PageParameters, page, place
from customers.inside import tenant_connection
from desk.words import Channel
from tickets import operations
from tickets.api import shapes, showing
from tickets.api.refusals import markup, refusals
from tickets.models import Contact, ContactToken, Entry, Limit, Remembered, Ticket
from tickets.models.ticket import TicketQuerySet
from tickets.scopes import Scope


class ContactBearer(Bearer):
    """Tokens of contacts, valid on their customer's host: they stand in its schema."""

    limits = Limit

    def held(self, secret: str, now: datetime) -> tuple[Contact, ContactToken] | None:
        rows = ContactToken.objects.usable(now).select_related("contact")
        token = rows.filter(digest=tokens.digest(secret), contact__is_active=True).first()
        return (token.contact, token) if token else None

    def authenticate(self, request: Request) -> tuple[Any, Any]:
        """No one on staff asks here: the contact is told apart from users, to the log as well."""
        contact, token = super().authenticate(request)
        cast(Any, request._request).contact = contact
        return AnonymousUser(), token


class ContactDoor(Door):
    """An address of a portal's API. A contact may do what the token's scopes say."""

    authentication_classes = [ContactBearer]
    limits = Limit
    memory = Remembered

    def person(self) -> Contact:
        return cast(ContactToken, self.request.auth).contact

    def holds_right(self, scope: str) -> bool:
        return True

    def visible(self) -> TicketQuerySet:
        """Tickets this person may read: an owner of the company all, others their own."""
        return Ticket.objects.all().visible_to(self.person()).select_related("requester")


class Tickets(ContactDoor):
    """The tickets one may read."""

    scopes = {"GET": Scope.READ_TICKETS, "POST": Scope.WRITE_TICKETS}

    @extend_schema(
        operation_id="tickets", parameters=[PageParameters], responses={200: shapes.TicketPage}
    )
    def get(self, request: Request) -> Response:
        """Your tickets, as an owner your company's, newest first."""
        asked, of = self.asked(PageParameters), f"tickets:{tenant_connection().schema_name}"
        after, rows = place(asked.get("cursor"), of=of), self.visible().order_by("-number")
        if after is not None:
            rows = rows.filter(number__lt=after[0])
        found = list(rows[: asked["limit"] + 1])
        shown, following = page(
            found, limit=asked["limit"], of=of, place_of=lambda row: [row.number]
        )
        return Response({"results": [showing.summary(row) for row in shown], "next": following})

    @extend_schema(
        operation_id="ask", request=shapes.QuestionShape, responses={201: shapes.TicketShape}
    )
    def post(self, request: Request) -> Response:
        """Ask a question, or report a fault, a request, a complaint."""
        sent = self.sent(shapes.QuestionShape)
        response = once(self, work=lambda: self._ask(sent), show=self._shown)
        response["Location"] = f"/api/v1/tickets/{response.data['number']}/"
        return response

    def _ask(self, sent: dict[str, Any]) -> int:
        with refusals():
            body = markup(sent)
            opened = operations.ask(
                contact=self.person(),
                subject=sent["subject"],
                kind=sent["kind"],
                body=body,
                channel=Channel.API,
                now=self.now,
            )
        return opened.pk

    def _shown(self, pk: int) -> dict[str, Any]:
        asked = Ticket.objects.select_related("requester").get(pk=pk)
        return showing.ticket(asked, self.now)


class PortalTicket(ContactDoor):
    """One ticket."""

    scopes = {"GET": Scope.READ_TICKETS}

    @extend_schema(operation_id="ticket", responses={200: shapes.TicketShape})
    def get(self, request: Request, number: int) -> Response:
        """The ticket with its entries; a colleague's is a 404, as one that is not there."""
        asked = get_object_or_404(self.visible(), number=number)
        return Response(showing.ticket(asked, self.now))


class Replies(ContactDoor):
    """What one writes back."""

    scopes = {"POST": Scope.WRITE_TICKETS}

    @extend_schema(
        operation_id="write_back",
        request=shapes.BodyShape,
        responses={201: shapes.EntryShape},
    )
    def post(self, request: Request, number: int) -> Response:
        """Write back; a resolved ticket is open again."""
        ticket = get_object_or_404(self.visible(), number=number)
        sent = self.sent(shapes.BodyShape)
        return once(self, work=lambda: self._write_back(ticket, sent), show=_entry)

    def _write_back(self, ticket: Ticket, sent: dict[str, Any]) -> int:
        with refusals():
            body = markup(sent)
            entry = operations.write_back(
                ticket=ticket, contact=self.person(), body=body, now=self.now
            )
        return entry.pk


def _entry(pk: int) -> dict[str, Any]:
    return showing.entry(Entry.objects.get(pk=pk))
