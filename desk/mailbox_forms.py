"""The form of a mailbox: where it is, how we sign in there, and a secret that is never shown."""

from __future__ import annotations

import json
import re
from ipaddress import ip_address
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from accounts.audited_forms import AuditedForm
from accounts.sealing import Unreadable, seal, unseal
from desk.mailbox_secrets import OAUTH, opened, sealed
from desk.models import Mailbox

SECRETS = ("password", *OAUTH)
NEEDED = {
    Mailbox.SignIn.PASSWORD: ("password",),
    Mailbox.SignIn.MICROSOFT: ("client_id", "refresh_token"),
    Mailbox.SignIn.GOOGLE: ("client_id", "client_secret", "refresh_token"),
}
"""Without which nobody is let in there."""

_OTHER_PORTS = {(Mailbox.Security.TLS, 143), (Mailbox.Security.STARTTLS, 993)}
_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*\.?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_KEPT = _("kept; type another to replace it")


def _secret(label: Any, help_text: Any = "", *, is_shown: bool = False) -> forms.CharField:
    """A field that is never filled with what is kept."""
    widget = UnfoldAdminTextInputWidget if is_shown else UnfoldAdminPasswordWidget
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=False,
        max_length=4000,
        strip=True,
        widget=widget(attrs={"autocomplete": "new-password", "spellcheck": "false"}),
    )


class MailboxForm(AuditedForm):
    """A mailbox; what is left empty of its secret stays as it is kept.

    What was typed of it goes back into a form that was not saved sealed, for who typed it.
    """

    password = _secret(
        _("Password"), _("Typed once and kept sealed: no page shows it. Empty: it stays.")
    )
    client_id = _secret(
        _("Client ID"), _("The application's. Empty: it stays as it is."), is_shown=True
    )
    client_secret = _secret(
        _("Client secret"), _("A public client of Microsoft has none. Empty: it stays.")
    )
    refresh_token = _secret(
        _("Refresh token"), _("Given when the mailbox's person consented. Empty: it stays.")
    )
    tenant = _secret(
        _("Tenant"),
        _("Your directory's ID or domain at Microsoft; else: common."),
        is_shown=True,
    )
    typed = forms.CharField(required=False, widget=forms.HiddenInput)
    seals = False
    """Whether the row gets another secret by this."""

    class Meta:
        model = Mailbox
        fields = (
            "name", "is_active", "host", "port", "security", "sign_in", "login", "folder",
            "afterwards", "done_folder", "address", "authserv_id",
        )  # fmt: skip
        help_texts = {
            "name": _("How lists and warnings call it."),
            "host": _("Its IMAP server, such as imap.example.com."),
            "port": _("993 for TLS from the first byte, 143 for STARTTLS."),
            "login": _("Mostly the mailbox's whole address."),
            "folder": _("Where new mail lies: INBOX, unless a rule there sorts it elsewhere."),
            "afterwards": _("Nothing is touched before a mail is stored here."),
            "done_folder": _("It has to be there already, such as INBOX/Done."),
            "authserv_id": _(
                "The first word of the Authentication-Results that your own server puts on top,"
                " such as mx.google.com; for Microsoft 365: microsoft. Empty: no sender counts as"
                " verified."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kept, self._is_unreadable = self._opened()
        self._mark_kept(self._kept)

    def _opened(self) -> tuple[dict[str, str], bool]:
        """What is kept now, and whether nobody can read it any more."""
        if self.instance.pk is None:
            return {}, False
        try:
            return opened(self.instance), False
        except Unreadable:
            return {}, True

    def _mark_kept(self, known: dict[str, str]) -> None:
        for name in known.keys() & self.fields.keys():
            self.fields[name].widget.attrs["placeholder"] = _KEPT

    # --- Where it is -----------------------------------------------------------------------------

    def clean_host(self) -> str:
        host = str(self.cleaned_data["host"]).strip().lower()
        if not (_HOST.fullmatch(host) or _is_ip(host)):
            said = _("Only the server's name, such as imap.example.com: no imap://, port or space.")
            raise ValidationError(said)
        return host

    def clean_port(self) -> int:
        port = int(self.cleaned_data["port"])
        if not 0 < port < 65_536:
            raise ValidationError(_("A port is between 1 and 65535: 993 for TLS."))
        return port

    def clean_login(self) -> str:
        return _one_line(self.cleaned_data["login"])

    def clean_folder(self) -> str:
        return _one_line(self.cleaned_data["folder"])

    def clean_done_folder(self) -> str:
        return _one_line(self.cleaned_data["done_folder"])

    def clean_address(self) -> str:
        return str(self.cleaned_data["address"]).lower()

    def clean_authserv_id(self) -> str:
        name = str(self.cleaned_data["authserv_id"]).strip().rstrip(";").lower()
        if re.search(r"\s|;|=", name):
            raise ValidationError(
                _("Only the name before the first semicolon, such as mx.example.com.")
            )
        return name

    # --- All of it together ----------------------------------------------------------------------

    def clean(self) -> dict[str, Any] | None:
        """Check what hangs together; the secret is sealed into the row, or kept as it is."""
        said = self.cleaned_data
        self._check_door(said)
        if said.get("afterwards") == Mailbox.Afterwards.MOVE:
            self._check_done_folder(said)
        self._take_secret(said)
        return super().clean()

    def _check_door(self, said: dict[str, Any]) -> None:
        security, port = said.get("security"), said.get("port")
        if (security, port) in _OTHER_PORTS:
            self.add_error("port", _("TLS is at 993, STARTTLS at 143: change one of them."))
        host = str(said.get("host") or "localhost")
        if security == Mailbox.Security.NONE and not _is_this_machine(host):
            self.add_error("security", _("Unencrypted only on this machine: choose TLS."))

    def _check_done_folder(self, said: dict[str, Any]) -> None:
        if not said.get("done_folder"):
            self.add_error("done_folder", _("Say into which folder, or have it marked as read."))
        elif said["done_folder"] == said.get("folder"):
            self.add_error("done_folder", _("That is where new mail lies: name another folder."))

    def _take_secret(self, said: dict[str, Any]) -> None:
        """Put what was typed now, or into this form before, over what is kept."""
        typed = self._typed_before() | {name: said[name] for name in SECRETS if said.get(name)}
        self._keep_typed(typed)
        sign_in = str(said.get("sign_in") or self.instance.sign_in)
        needed = NEEDED.get(Mailbox.SignIn(sign_in), ())
        is_other_way = "sign_in" in self.changed_data
        known = ({} if is_other_way else self._kept) | typed
        lacking = [name for name in needed if not known.get(name)]
        for name in lacking:
            self.add_error(name, self._lacks())
        if typed and not lacking:
            self.instance.secret = sealed(known, sign_in=sign_in)
            self.seals = True

    def _lacks(self) -> Any:
        if self._is_unreadable:
            return _("What is kept cannot be read any more (the secret key changed): type it anew.")
        return _("Nobody is let in there without it: type it. It is kept sealed.")

    def _typed_before(self) -> dict[str, str]:
        """What was typed into this form before it came back; another person's is not believed."""
        try:
            told = json.loads(unseal(str(self.cleaned_data.get("typed") or "")))
        except (Unreadable, ValueError):
            return {}
        if not isinstance(told, dict) or told.get("form") != self._whose_form():
            return {}
        return {name: str(told["typed"][name]) for name in SECRETS if told["typed"].get(name)}

    def _keep_typed(self, typed: dict[str, str]) -> None:
        """Should the form come back, it brings what was typed, sealed."""
        kept = seal(json.dumps({"form": self._whose_form(), "typed": typed})) if typed else ""
        sent: Any = cast(Any, self.data).copy()
        sent[self.add_prefix("typed")] = kept
        self.data = sent
        self._mark_kept(typed)

    def _whose_form(self) -> list[Any]:
        user = self.asked_by.user
        return ["mailbox", self.instance.pk, user.pk if user else None]


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_this_machine(host: str) -> bool:
    return host == "localhost" or (_is_ip(host) and ip_address(host).is_loopback)


def _one_line(text: str) -> str:
    if _CONTROL.search(text):
        raise ValidationError(_("This is one line: take the line breaks out."))
    return text.strip()
