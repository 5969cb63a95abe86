"""Tickets on the desk's host: reading, replying, noting, resolving, at customers one serves."""

from __future__ import annotations

from typing import Any, cast

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import StaffDoor
from accounts.api.once import once
from accounts.api.problems import wrong_field
from accounts.policy import Permission
from customers.inside import tenant_connection
from customers.models import Customer
from desk.words import Dismissal as Why
from desk.words import State
from tickets import operations
from tickets.api import shapes, showing
from tickets.api.refusals import markup, merge_refusals, promise_named, refusals, vow_refusals
from tickets.models import Entry, Note, Ticket
from tickets.operations.replying import NO_WAIT


class TicketDoor(StaffDoor):
    """An address about one ticket of a customer: open, served by the person, else a 404."""

    customer: Customer
    ticket: Ticket

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        served = Customer.objects.live().served_by(self.person())
        customer = served.filter(code=kwargs["code"]).first()
        if customer is None:
            raise Http404("no such customer")
        tenant_connection().set_tenant(customer)
        self.customer = cast(Any, request._request).customer = customer
        rows = Ticket.objects.select_related("requester", "handling__owner")
        self.ticket = get_object_or_404(rows, number=kwargs["number"])


class DeskTicket(TicketDoor):
    """One ticket."""

    scopes = {"GET": Permission.READ_TICKETS}

    @extend_schema(operation_id="ticket", responses={200: shapes.DeskTicketShape})
    def get(self, request: Request, code: str, number: int) -> Response:
        """The ticket with its trail, clocks, promises, our handling and our notes."""
        return Response(showing.desk_ticket(self.ticket, self.customer, self.now))


class Replies(TicketDoor):
    """Answers to the customer."""

    scopes = {"POST": Permission.ANSWER_TICKETS}

    @extend_schema(
        operation_id="reply",
        request=shapes.ReplyShape,
        responses={201: shapes.DeskEntryShape},
    )
    def post(self, request: Request, code: str, number: int) -> Response:
        """Answer the customer. It goes at once: a program has no ten seconds to undo it.

        A reply of ours that still waits goes first. With `promise` it gives a time; a second
        holding reply in a row needs one, and without it is a 422.
        """
        with promise_named():
            sent = self.sent(shapes.ReplyShape)
        return once(self, work=lambda: self._reply(sent), show=_entry)

    def _reply(self, sent: dict[str, Any]) -> int:
        facts: dict[str, Any] = {"ticket": self.ticket, "by": self.person(), "now": self.now}
        facts |= {"wait": NO_WAIT, "seen_seq": sent.get("seen_seq")}
        facts["vow"] = vow = operations.Vow(**sent["promise"]) if sent.get("promise") else None
        with refusals(), vow_refusals("promise."):
            body = markup(sent)
            if sent["holding"]:
                pending = operations.acknowledge(body=body, **facts)
            else:
                facts["then_state"] = sent.get("then_state", State.OPEN if vow else State.WAITING)
                facts["keeps_promise"] = sent["keeps_promise"]
                pending = operations.reply(body=body, **facts)
            # The same words of theirs that still wait, typed at the desk, need not wait any longer.
            entry = pending.entry or operations.send(pending=pending, now=self.now)
        return entry.pk


class Notes(TicketDoor):
    """Words for colleagues."""

    scopes = {"POST": Permission.WRITE_NOTES}

    @extend_schema(
        operation_id="note", request=shapes.NoteWordsShape, responses={201: shapes.NoteShape}
    )
    def post(self, request: Request, code: str, number: int) -> Response:
        """Write a note; the customer never sees it."""
        sent = self.sent(shapes.NoteWordsShape)
        return once(self, work=lambda: self._note(sent), show=_note)

    def _note(self, sent: dict[str, Any]) -> int:
        with refusals():
            body = markup(sent)
            written = operations.note(ticket=self.ticket, by=self.person(), body=body, now=self.now)
        return written.pk


class Resolution(TicketDoor):
    """That a ticket is resolved."""

    scopes = {"POST": Permission.ANSWER_TICKETS}

    @extend_schema(
        operation_id="resolve",
        request=shapes.LearnedShape,
        responses={201: shapes.ResolutionShape},
    )
    def post(self, request: Request, code: str, number: int) -> Response:
        """Say that it is solved, with what we learned; the customer is asked if it works."""
        sent = self.sent(shapes.LearnedShape)
        return once(self, work=lambda: self._resolve(sent), show=_resolution)

    def _resolve(self, sent: dict[str, Any]) -> int:
        with refusals():
            entry = operations.resolve(ticket=self.ticket, by=self.person(), now=self.now, **sent)
        return entry.pk


class Dismissal(TicketDoor):
    """That a ticket ends without an answer."""

    scopes = {"POST": Permission.ANSWER_TICKETS}

    @extend_schema(
        operation_id="dismiss",
        request=shapes.EndShape,
        responses={201: shapes.DismissalShape},
    )
    def post(self, request: Request, code: str, number: int) -> Response:
        """Close it because nothing is asked by it; its clocks are cancelled, its promise is void.

        A duplicate may go on `into` another ticket of the same person.
        """
        sent = self.sent(shapes.EndShape)
        return once(self, work=lambda: self._dismiss(sent), show=_dismissal)

    def _dismiss(self, sent: dict[str, Any]) -> int:
        facts = {"by": self.person(), "reason": sent["reason"], "now": self.now}
        into = self._into(sent) if sent["into"] is not None else None
        with refusals(), merge_refusals():
            return operations.dismiss(ticket=self.ticket, into=into, **facts).pk

    def _into(self, sent: dict[str, Any]) -> Ticket:
        if sent["reason"] != Why.DUPLICATE:
            raise wrong_field("into", _("Only a duplicate goes on in another ticket."))
        found = Ticket.objects.filter(number=sent["into"]).first()
        if found is None:
            raise wrong_field("into", _("This customer has no ticket with this number."))
        return found


def _entry(pk: int) -> dict[str, Any]:
    return showing.desk_entry(Entry.objects.get(pk=pk))


def _note(pk: int) -> dict[str, Any]:
    return showing.note(Note.objects.get(pk=pk))


def _resolution(pk: int) -> dict[str, Any]:
    return showing.resolution(Entry.objects.select_related("ticket").get(pk=pk))


def _dismissal(pk: int) -> dict[str, Any]:
    return showing.dismissal(Entry.objects.select_related("ticket").get(pk=pk))
