"""Whether a mailbox lets us in, in words for whoever set it up."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk.models import Mailbox
from tickets.inbound import imap


@dataclass(frozen=True)
class Tried:
    """What happened, line by line, and what to do where it went wrong. No secret is in it."""

    is_ok: bool
    says: list[str]
    what_to_do: str = ""


def tried(mailbox: Mailbox) -> Tried:
    """Sign in there and look into its folder: within 20 seconds or so, and nothing is changed."""
    found = imap.probe(mailbox)
    if not found.is_fine:
        return Tried(False, [found.words], _advice(mailbox))
    where = {"host": mailbox.host, "login": mailbox.login, "folder": mailbox.folder}
    count = found.mails or 0
    lies = ngettext("“%(folder)s” has %(n)s mail.", "“%(folder)s” has %(n)s mails.", count)
    says = [
        _("Connected to %(host)s.") % where,
        _("Signed in as %(login)s.") % where,
        lies % (where | {"n": count}),
    ]
    return Tried(True, says, "" if mailbox.is_active else _("It is paused: resume it to fetch."))


def _advice(mailbox: Mailbox) -> str:
    """What to look at first, by how we sign in there."""
    if mailbox.sign_in == Mailbox.SignIn.PASSWORD:
        return _(
            "Compare server, port, login and folder with what its provider says, and type the"
            " password anew: many ask for an app password once a second step is set up."
        )
    return _(
        "Compare client, tenant and login with what is registered at the provider. When consent"
        " was taken back or is old, give it again and type the new refresh token."
    )
