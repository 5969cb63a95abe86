"""Where mailboxes of the great providers are asked for mail: what a new one's form begins with."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from desk.models import Mailbox


@dataclass(frozen=True)
class Provider:
    """What is the same for every mailbox there, and what to do there first."""

    name: str | Promise
    host: str
    sign_in: str
    authserv_id: str
    first: str | Promise

    @property
    def begins(self) -> dict[str, str]:
        """The fields of a new mailbox that are known by that."""
        return {"host": self.host, "sign_in": self.sign_in, "authserv_id": self.authserv_id}


PROVIDERS = {
    "microsoft": Provider(
        name="Microsoft 365",
        host="outlook.office365.com",
        sign_in=Mailbox.SignIn.MICROSOFT,
        authserv_id="microsoft",  # its results name no server; the reading knows them by this
        first=_(
            "In Microsoft Entra register an application with the permission"
            " IMAP.AccessAsUser.All and let the mailbox's person consent. Passwords alone are"
            " refused there."
        ),
    ),
    "google": Provider(
        name="Google",
        host="imap.gmail.com",
        sign_in=Mailbox.SignIn.GOOGLE,
        authserv_id="mx.google.com",
        first=_(
            "In Google Cloud make an OAuth client, and consent for the mailbox with the scope"
            " https://mail.google.com/. An app password with the sign-in by password works, too."
        ),
    ),
    "other": Provider(
        name=_("Another server"),
        host="",
        sign_in=Mailbox.SignIn.PASSWORD,
        authserv_id="",
        first=_("Ask whoever runs it for the server's name, and make an account for this alone."),
    ),
}
"""By the word in the address of the form."""
