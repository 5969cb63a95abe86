"""Who shall follow a ticket: somebody of the customer by their address, or somebody new."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from tickets.portal_forms import LineField


class FollowerForm(forms.Form):
    """An address; a name as well where nobody at the customer has it yet."""

    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254)
    name = LineField(label=gettext_lazy("Name"), max_length=120, required=False)
