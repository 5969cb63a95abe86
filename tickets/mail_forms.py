"""What an agent says about a mail that waits: whose it is, who speaks in it, why it is refused."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from customers.models import Customer
from desk.asked import words
from tickets import markup
from tickets.models import Contact, Ticket
from tickets.operations.taking import Newcomer
from tickets.portal_forms import LineField

_NUMBERS = 2**31 - 1


class RoutingForm(forms.Form):
    """Whose a mail is, by code or name; and whether others go there by themselves."""

    customer = LineField(label=gettext_lazy("Customer"), max_length=120)
    remembers_domain = forms.BooleanField(required=False)
    remembers_address = forms.BooleanField(required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user

    def clean_customer(self) -> Customer:
        """A customer one serves; another is as unknown as none."""
        said = words(self.cleaned_data["customer"])
        served = Customer.objects.live().served_by(self._user)
        found = list(served.filter(Q(code=said.lower()) | Q(name__iexact=said))[:2])
        if not found:
            raise ValidationError(_("There is no such customer. Type its code or its whole name."))
        if len(found) > 1:
            raise ValidationError(_("Several customers have this name. Type the code."))
        return found[0]


class AcceptanceForm(forms.Form):
    """Who speaks in a held mail, and where; the customer's schema is open."""

    WHO = ("said", "other", "new")
    WHERE = ("here", "new", "other")

    who = forms.ChoiceField(
        choices=[(one, one) for one in WHO],
        error_messages={"required": gettext_lazy("Say who wrote it.")},
    )
    contact = forms.ModelChoiceField(Contact.objects.none(), required=False)
    name = LineField(label=gettext_lazy("Name"), max_length=120, required=False)
    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254, required=False)
    role = forms.ChoiceField(
        label=gettext_lazy("Role"), choices=Contact.Role.choices, required=False
    )
    where = forms.ChoiceField(choices=[(one, one) for one in WHERE], initial="new")
    number = forms.IntegerField(
        label=gettext_lazy("Number"), min_value=1, max_value=_NUMBERS, required=False
    )

    def __init__(
        self, *args: Any, said: Contact | None, ticket: Ticket | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._said, self._ticket = said, ticket
        known = cast("forms.ModelChoiceField[Contact]", self.fields["contact"])
        known.queryset = Contact.objects.active()

    def clean_name(self) -> str:
        return markup.one_line(self.cleaned_data["name"])

    def clean(self) -> None:
        who = self.cleaned_data.get("who")
        if who == "said" and self._said is None:
            self.add_error("who", _("Nobody here has that address. Say who wrote it."))
        if who == "other" and not self.cleaned_data.get("contact") and "contact" not in self.errors:
            self.add_error("contact", _("Choose who wrote it."))
        if who == "new":
            self._needs("name", _("Say what the person is called."))
            self._needs("email", _("Type the person's address."))
        if self.cleaned_data.get("where") == "other":
            self._clean_number()

    def asker(self) -> Contact | Newcomer:
        """Who speaks; asked once the form is valid."""
        given = self.cleaned_data
        others: Contact | None = given["contact"]
        known = {"said": self._said, "other": others}.get(given["who"])
        if known is not None:
            return known
        role = given["role"] or Contact.Role.USER
        return Newcomer(name=given["name"], email=given["email"], role=role)

    def ticket(self) -> Ticket | None:
        """Where; None: as a ticket of its own."""
        where = self.cleaned_data["where"]
        if where == "here":
            return self._ticket
        return self.cleaned_data.get("ticket") if where == "other" else None

    def _needs(self, name: str, otherwise: str) -> None:
        if name not in self.errors and markup.is_blank(str(self.cleaned_data.get(name) or "")):
            self.add_error(name, otherwise)

    def _clean_number(self) -> None:
        number = self.cleaned_data.get("number")
        found = Ticket.objects.filter(number=number).first() if number else None
        if found is None and "number" not in self.errors:
            self.add_error("number", _("There is no ticket with this number at this customer."))
        self.cleaned_data["ticket"] = found


class RefusalForm(forms.Form):
    """Why a mail becomes nothing."""

    reason = LineField(label=gettext_lazy("Why"), max_length=200)


class BlockForm(forms.Form):
    """Whose mail is refused from now on."""

    sender = LineField(
        label=gettext_lazy("Address or @domain"),
        max_length=254,
        widget=forms.TextInput(attrs={"placeholder": "@example.org", "autocomplete": "off"}),
    )
    reason = LineField(label=gettext_lazy("Why"), max_length=200, required=False)
