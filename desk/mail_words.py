"""Why a mail is where it is, in words: short for lists, whole with what can be done about it."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from desk.models import IncomingMail


class Why(NamedTuple):
    """A reason code in words. `whole` says what one can do where something can be done."""

    short: str | Promise
    whole: str | Promise = ""


class Mark(NamedTuple):
    """How sure we are of the sender: a tone and a picture, never without the word."""

    word: str | Promise
    tone: str
    icon: str


_OTHER = Why(pgettext_lazy("mail", "Not explained"))

WHYS: dict[str, Why] = {
    "unknown_recipient": Why(
        gettext_lazy("Nobody's address, and an unknown sender"),
        gettext_lazy(
            "Neither the address it was sent to nor its sender belongs to one customer. Say whose"
            " it is: it then goes on as if it had been sent to that customer."
        ),
    ),
    "several_customers": Why(
        gettext_lazy("The sender is known at several customers"),
        gettext_lazy(
            "The sender is a contact of more than one customer, and the address it was sent to"
            " does not say which is meant. Say whose it is."
        ),
    ),
    "customer_closed": Why(
        gettext_lazy("Its customer is suspended"),
        gettext_lazy(
            "It was sent to a customer that is suspended. Let that customer in again first, or"
            " route it to another one."
        ),
    ),
    "unreadable": Why(
        gettext_lazy("Could not be read"),
        gettext_lazy(
            "It is broken, or took too long to read. Nothing of it is lost: look at the raw mail."
        ),
    ),
    "failed": Why(
        gettext_lazy("Could not be worked on"),
        gettext_lazy("It was tried several times and failed each time. Nothing of it is lost."),
    ),
    "unverified": Why(
        gettext_lazy("Nobody vouches for the sender"),
        gettext_lazy(
            "It says it is from a contact we know, but no trusted server confirms that: anybody"
            " could have written this name and address. If you are sure (ask them by phone), accept"
            " it as theirs; else refuse it."
        ),
    ),
    "stranger": Why(
        gettext_lazy("Unknown at this customer"),
        gettext_lazy(
            "It was sent to this customer, but nobody there has this address. Make a contact of"
            " the sender, take it as from a contact there is, or refuse it."
        ),
    ),
    "not_theirs": Why(
        gettext_lazy("Takes no part in that ticket"),
        gettext_lazy(
            "The sender is a contact, but took no part in the ticket that the mail names. Put it to"
            " that ticket if they belong there, or make a ticket of their own of it."
        ),
    ),
    "switched_off": Why(
        gettext_lazy("From a contact who is switched off"),
        gettext_lazy(
            "The contact with this address does not come in any more. Take it as from somebody else"
            " there, or refuse it."
        ),
    ),
    "code": Why(
        gettext_lazy("A sign-in code or link of another service"),
        gettext_lazy(
            "Somebody may have signed up elsewhere with a ticket's address, to read the code in"
            " the ticket. Let it in only if you know what it is for."
        ),
    ),
    "staff_without_right": Why(
        gettext_lazy("From one of us who may not write there"),
        gettext_lazy(
            "The sender works here, but may not write notes at that ticket. It is shown to nobody"
            " outside unless somebody accepts it."
        ),
    ),
    "too_many_reopens": Why(
        gettext_lazy("Opened its ticket again too often"),
        gettext_lazy(
            "This ticket was opened again by mail more than five times within the hour: two"
            " programs may be answering each other. Look before you let it in."
        ),
    ),
    "too_many": Why(
        gettext_lazy("Too many mails of this sender"),
        gettext_lazy(
            "This address opened more than ten tickets within the hour. Accept those that are"
            " real; block the sender if none is."
        ),
    ),
    "sent_back": Why(
        gettext_lazy("Not the customer's that it was taken for"),
        gettext_lazy("Somebody said that it is another customer's. Say whose it is."),
    ),
    "routed": Why(
        gettext_lazy("Routed by one of us"),
        gettext_lazy("Somebody said whose it is. Say who wrote it, and it is taken in."),
    ),
    "blocked": Why(gettext_lazy("Its sender is blocked")),
    "own_mail": Why(gettext_lazy("Our own mail came back to us")),
    "too_large": Why(gettext_lazy("Over 25 MiB")),
    "duplicate": Why(gettext_lazy("Came before")),
    "bounced": Why(gettext_lazy("A mail of ours did not arrive")),
    "delayed": Why(gettext_lazy("A mail of ours is late")),
    "complaint": Why(gettext_lazy("Somebody reported a mail of ours as spam")),
    "bounce_of_nothing": Why(gettext_lazy("Says that a mail came back that we never sent")),
    "away": Why(gettext_lazy("An out-of-office reply")),
    "automatic": Why(gettext_lazy("Sent by a program")),
    "no_sender": Why(
        gettext_lazy("Names no sender"),
        gettext_lazy("Nothing in it says who wrote it. Say who it is from, or refuse it."),
    ),
    "same_mail": Why(gettext_lazy("The same mail came to another address of ours")),
    "new": Why(gettext_lazy("A new question")),
    "token": Why(gettext_lazy("Its address is that of the ticket")),
    "our_id": Why(gettext_lazy("It answers a mail of ours")),
    "their_id": Why(gettext_lazy("It answers a mail of theirs")),
    "number": Why(gettext_lazy("Its subject names their ticket")),
    "note": Why(gettext_lazy("A note by one of us")),
    "linked": Why(gettext_lazy("Goes on from a closed ticket")),
    "accepted": Why(gettext_lazy("Accepted by one of us")),
}
"""By reason code; a code that is missing here is shown as it is."""


def why(mail: IncomingMail) -> Why:
    """Why this mail is where it is."""
    known = WHYS.get(mail.reason)
    if known:
        return known
    return Why(mail.reason.replace("_", " ")) if mail.reason else _OTHER


VERIFIED = Mark(pgettext_lazy("a sender", "Verified"), "ok", "shield-check")
UNVERIFIED = Mark(pgettext_lazy("a sender", "Unverified"), "warn", "shield-alert")
UNTOLD = Mark(pgettext_lazy("a sender", "Not looked at"), "neutral", "shield-question-mark")


def mark(mail: IncomingMail) -> Mark:
    """Whether a trusted server confirms who sent it."""
    if mail.is_verified is None:
        return UNTOLD
    return VERIFIED if mail.is_verified else UNVERIFIED


TONES = {
    "opened": "ok",
    "added": "ok",
    "held": "warn",
    "unrouted": "warn",
    "refused": "neutral",
    "bounce": "bad",
    "automatic": "neutral",
}
"""How an outcome is shown."""
