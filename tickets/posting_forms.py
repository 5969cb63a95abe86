"""What a visitor of the demo writes as a mail."""

from __future__ import annotations

from email.headerregistry import Address
from email.utils import getaddresses
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from customers.models import Customer
from tickets.portal_forms import FilesField, LineField
from tickets.posting import Attached, customers_address, written_by


class AnswerForm(forms.Form):
    """What the recipient of a mail answers."""

    text = forms.CharField(
        label=gettext_lazy("Text"),
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=100_000,
    )
    files = FilesField(  # type: ignore[assignment]  # a field is no attribute of the form
        label=gettext_lazy("Files"), required=False, allow_empty_file=True
    )
    is_forged = forms.BooleanField(
        label=gettext_lazy("As a forger would: without the relay's confirmation"),
        help_text=gettext_lazy("Anybody can write any name and address as the sender of a mail."),
        required=False,
    )

    def attached(self) -> tuple[Attached, ...]:
        """The files, read now."""
        return tuple(
            Attached(one.name or "file", one.read(), one.content_type or "")
            for one in self.cleaned_data["files"]
        )


class LetterForm(AnswerForm):
    """A new mail as anybody, to one of the demo's customers or to nobody's address."""

    writer = LineField(
        label=pgettext_lazy("mail", "From"),
        help_text=gettext_lazy("An address, or a name with it: Mara Holt <mara@example.org>"),
        max_length=254,
    )
    recipient = forms.ChoiceField(label=pgettext_lazy("mail", "To"))
    copies = LineField(
        label=gettext_lazy("Copy to"),
        help_text=gettext_lazy("Addresses with commas between them."),
        max_length=1000,
        required=False,
    )
    subject = LineField(label=gettext_lazy("Subject"), max_length=200, required=False)

    field_order = ("writer", "recipient", "copies", "subject", "text", "files", "is_forged")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        live = Customer.objects.live().order_by("name", "pk").values_list("code", "name")
        theirs = [(customers_address(code), name) for code, name in live]
        nobodys = (f"help@{settings.MAIL_DOMAIN}", _("nobody's"))
        fields: Any = self.fields
        fields["recipient"].choices = [
            (address, f"{address} ({name})") for address, name in [*theirs, nobodys]
        ]
        fields["writer"].widget.attrs |= {"list": "writers", "autocomplete": "off"}

    def clean_writer(self) -> Address:
        """One person with a usable address."""
        writer = written_by(self.cleaned_data["writer"])
        if writer is None or not _is_usable(writer.addr_spec):
            raise ValidationError(_("Write an address, as ada@example.org."))
        return writer

    def clean_copies(self) -> tuple[str, ...]:
        """Addresses alone; their names do not matter here."""
        found = [address for _name, address in getaddresses([self.cleaned_data["copies"]])]
        wrong = [address for address in found if not _is_usable(address)]
        if wrong and self.cleaned_data["copies"]:
            raise ValidationError(_("Write addresses with commas between them."))
        return tuple(found) if self.cleaned_data["copies"] else ()


def _is_usable(address: str) -> bool:
    try:
        validate_email(address)
    except ValidationError:
        return False
    return True
