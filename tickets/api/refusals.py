"""What the verbs of a ticket refuse, as problems."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _

from accounts.api.problems import Problem, wrong_field
from tickets import html
from tickets.api import showing
from tickets.operations import EmptyBody, TicketClosed, TrailMoved
from tickets.operations.refusals import TicketSettled


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


def markup(sent: dict[str, str]) -> str:
    """The body that was sent, as HTML; the verb cleans it. Raises the refusals of `tickets.html`"""
    return sent["body"] if sent["body_format"] == "html" else html.from_text(sent["body"])
