"""What the verbs of a ticket refuse, as problems."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from accounts.api.problems import Errors, Problem, errors_of, wrong_field
from tickets import html
from tickets.api import showing
from tickets.operations import (
    EmptyBody,
    HoldingNeedsPromise,
    HoldNeedsPromise,
    IntoItself,
    NoPromise,
    NoReason,
    OtherRequester,
    PromiseInThePast,
    PromiseTooFar,
    TicketClosed,
    TrailMoved,
)
from tickets.operations.refusals import TicketSettled

_OF_A_PROMISE = ("due_at", "reason", "promise")


@contextmanager
def refusals() -> Iterator[None]:
    """Turn the refusals of a verb into problems: 400 with the field, or 409."""
    try:
        yield
    except EmptyBody as problem:
        raise wrong_field("body", _("Write a sentence first.")) from problem
    except (html.HtmlTooLarge, html.HtmlTooDeep) as problem:
        words = _("This text is too long or nested too deep. Send less of it, or plain text.")
        raise wrong_field("body", words) from problem
    except TicketSettled as problem:
        words = _("This ticket is resolved or closed by now. Reopen it first.")
        raise Problem(409, "ticket-settled", words, state=problem.ticket.state) from problem
    except TicketClosed as problem:
        words = _("This ticket is closed. Open a new one that refers to it.")
        raise Problem(409, "ticket-closed", words, state=problem.ticket.state) from problem
    except TrailMoved as problem:
        words = _("Somebody said something since. Look at the entries, then send again.")
        entries = [showing.desk_entry(entry) for entry in problem.entries]
        raise Problem(409, "trail-moved", words, entries=entries) from problem


@contextmanager
def merge_refusals() -> Iterator[None]:
    """Turn what going on in another ticket refuses into problems: 400 with the field, or 409."""
    try:
        yield
    except IntoItself as problem:
        words = _("A ticket is no duplicate of itself. Send the other one's number.")
        raise wrong_field("into", words) from problem
    except OtherRequester as problem:
        words = _("Somebody else asked that ticket, and would not see this answer. Answer both.")
        raise Problem(409, "other-requester", words) from problem


@contextmanager
def vow_refusals(before: str = "") -> Iterator[None]:
    """Turn what a promise refuses into problems: 422 with the field, `before` which its place goes.

    That there is none to keep is a 409.
    """
    try:
        yield
    except PromiseInThePast as problem:
        words = _("This time is over. Name a later one.")
        raise _without_promise(f"{before}due_at", words) from problem
    except PromiseTooFar as problem:
        words = _("Calendars are not known for so long. Name a time within two years.")
        raise _without_promise(f"{before}due_at", words) from problem
    except NoReason as problem:
        words = _("Say what the customer waits for.")
        raise _without_promise(f"{before}reason", words) from problem
    except (HoldingNeedsPromise, HoldNeedsPromise) as problem:
        words = _("We owe a real answer here already. Send it, or a promise: due_at and reason.")
        raise _without_promise("promise", words) from problem
    except NoPromise as problem:
        words = _("There is no open promise here. Give one first.")
        raise Problem(409, "no-promise", words) from problem


@contextmanager
def promise_named() -> Iterator[None]:
    """Make a 422 of what was sent when nothing but its promise is wrong, or missing."""
    try:
        yield
    except ValidationError as problem:
        errors = list(errors_of(problem.detail))
        if {error["field"].partition(".")[0] for error in errors} <= set(_OF_A_PROMISE):
            raise _unpromised(errors) from problem
        raise


def _without_promise(field: str, words: str) -> Problem:
    return _unpromised([{"field": field, "detail": words}])


def _unpromised(errors: Errors) -> Problem:
    words = _("A promise needs a time to come and its reason. See the errors for each field.")
    return Problem(422, "promise-needed", words, errors=errors)


def markup(sent: dict[str, str]) -> str:
    """The body that was sent, as HTML; the verb cleans it. Raises the refusals of `tickets.html`"""
    return sent["body"] if sent["body_format"] == "html" else html.from_text(sent["body"])
