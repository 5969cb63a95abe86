"""What became of a mail that waited, and by whom: for its page, and for who comes second."""

from __future__ import annotations

from django.utils.translation import gettext as _

from desk.models import IncomingMail
from tickets.event_words import moment


def told(mail: IncomingMail) -> str:
    """Who decided what, when: the mail is as it stands, with its customer and who settled it."""
    who = mail.settled_by.name if mail.settled_by else _("Somebody")
    facts = {"who": who, "when": moment(mail.settled_at) if mail.settled_at else ""}
    if mail.refusal == IncomingMail.Refusal.SPAM:
        return _("%(who)s called it spam, %(when)s.") % facts
    if mail.refusal:
        facts["why"] = mail.refusal_words
        return _("%(who)s refused it, %(when)s: %(why)s") % facts
    if mail.settled_at and mail.customer and mail.number:
        facts["ref"] = f"{mail.customer.prefix}-{mail.number}"
        return _("%(who)s has taken it in as %(ref)s, %(when)s.") % facts
    return _undecided(mail, who)


def _undecided(mail: IncomingMail, who: str) -> str:
    if mail.state == IncomingMail.State.NEW:
        if mail.settled_by is None:
            return _("It is being read.")
        return _("%(who)s has said whose it is; it is being read anew.") % {"who": who}
    if mail.settled_by and mail.customer:
        facts = {"who": who, "customer": mail.customer.name}
        return _("%(who)s has routed it to %(customer)s.") % facts
    return ""


def outcome(mail: IncomingMail) -> str:
    """What became of a mail that was just routed, in a sentence; its customer is loaded."""
    name = mail.customer.name if mail.customer else ""
    ref = f"{mail.customer.prefix}-{mail.number}" if mail.customer and mail.number else ""
    if mail.outcome == IncomingMail.Outcome.OPENED:
        return _("Routed to %(customer)s: it is ticket %(ref)s now.") % {
            "customer": name,
            "ref": ref,
        }
    if mail.outcome == IncomingMail.Outcome.ADDED:
        return _("Routed to %(customer)s: it stands at %(ref)s now.") % {
            "customer": name,
            "ref": ref,
        }
    if mail.outcome == IncomingMail.Outcome.HELD and mail.customer:
        said = _("Routed to %(customer)s. There it is held: say who wrote it, or refuse it.")
        return said % {"customer": name}
    return _("It is being worked on.")
