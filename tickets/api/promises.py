"""Promises on the desk's host: given, given with *on hold*, kept."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.once import once
from accounts.policy import Permission
from tickets import operations
from tickets.api import showing
from tickets.api.desk import TicketDoor
from tickets.api.refusals import promise_named, refusals, vow_refusals
from tickets.api.vows import PromiseShape, VowShape
from tickets.models import Promise


class PromiseDoor(TicketDoor):
    """An address that changes the promise of a ticket and answers with it."""

    scopes = {"POST": Permission.ANSWER_TICKETS}

    def vow(self) -> dict[str, Any]:
        """The time and the reason that were sent. Raises a 422 that names what is missing."""
        with promise_named():
            return self.sent(VowShape)

    def shown(self, pk: int) -> dict[str, Any]:
        """The promise."""
        return showing.promise(Promise.objects.get(pk=pk), self.now)


class Promises(PromiseDoor):
    """Times the customer is given."""

    @extend_schema(operation_id="promise", request=VowShape, responses={201: PromiseShape})
    def post(self, request: Request, code: str, number: int) -> Response:
        """Give the customer a time and the reason for it; they are told by mail and in the portal.

        One that is open is renegotiated by it. What is wrong with either is a 422.
        """
        vow = self.vow()
        return once(self, work=lambda: self._promise(vow), show=self.shown)

    def _promise(self, vow: dict[str, Any]) -> int:
        with refusals(), vow_refusals():
            given = operations.promise(ticket=self.ticket, by=self.person(), now=self.now, **vow)
        return given.pk


class Hold(PromiseDoor):
    """That a ticket is on hold."""

    @extend_schema(operation_id="hold", request=VowShape, responses={201: PromiseShape})
    def post(self, request: Request, code: str, number: int) -> Response:
        """Put it on hold, for a release or a third party: only with a time and a reason.

        Without a promise it is a 422. No clock stops by it; the promise is its clock.
        """
        vow = self.vow()
        return once(self, work=lambda: self._hold(vow), show=self.shown)

    def _hold(self, vow: dict[str, Any]) -> int:
        with refusals(), vow_refusals():
            given = operations.hold(ticket=self.ticket, by=self.person(), now=self.now, **vow)
        return given.pk


class Kept(PromiseDoor):
    """That the promise is fulfilled."""

    @extend_schema(operation_id="keep", request=None, responses={201: PromiseShape})
    def post(self, request: Request, code: str, number: int) -> Response:
        """Say that the open promise is fulfilled other than by an answer; on hold goes on to open.

        After its time it stays broken, and says when it was fulfilled.
        """
        return once(self, work=self._keep, show=self.shown)

    def _keep(self) -> int:
        with refusals(), vow_refusals():
            return operations.keep(ticket=self.ticket, by=self.person(), now=self.now).pk
