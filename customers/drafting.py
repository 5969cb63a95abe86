"""New customers in the admin: drafts, which have a row and a host; their group is opened later."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from customers.admin_forms import BEFORE, CustomerForm
from customers.listing import CustomersFile
from customers.models import Customer, Domain
from customers.operations import draft
from customers.operations.laying import may_be_code
from customers.operations.staging import begin


class DraftForm(CustomerForm):
    """What is known of a customer before its group opens."""

    code = forms.CharField(
        label=gettext_lazy("Customer code"),
        max_length=24,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy(
            "1 to 24 of a-z, 0-9 and -: it becomes the host and begins each ticket's number."
            " It stands for ever."
        ),
    )
    stage = forms.ChoiceField(
        label=gettext_lazy("Stage"),
        choices=[(stage.value, stage.label) for stage in BEFORE],
        widget=UnfoldAdminSelectWidget,
    )

    like = forms.ModelChoiceField(
        label=gettext_lazy("Take over the set-up of"),
        queryset=Customer.objects.none(),
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=gettext_lazy("A similar customer. You are shown what would be taken first."),
    )

    class Meta(CustomerForm.Meta):
        fields = ("code", *CustomerForm.Meta.fields)  # type: ignore[assignment]  # one more

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        like: Any = self.fields["like"]
        like.queryset = self._others().order_by("name", "pk")

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"]).strip().lower()
        if not may_be_code(code):
            raise ValidationError(_("That cannot be a host: use a-z, 0-9 and -, no name of ours."))
        if Customer.objects.filter(code=code).exists():
            raise ValidationError(_("There is a customer of that code already."))
        if Domain.objects.filter(host=f"{code}.{settings.BASE_DOMAIN}").exists():
            raise ValidationError(_("Another customer's portal answers at that host already."))
        return code


class DraftingAdmin(CustomersFile):
    """The part of the customers' admin that makes new ones and says how far their opening is."""

    draft_fieldsets = (
        (None, {"fields": ("name", "code", "parent", "like")}),
        (
            gettext_lazy("What is agreed"),
            {
                "fields": (
                    ("plan", "stage"),
                    "is_vip",
                    ("consultant", "team"),
                    "product_manager",
                )
            },
        ),
        (gettext_lazy("Who they are"), {"fields": (("region", "industry"),)}),
        (
            gettext_lazy("Their portal"),
            {"fields": (("language", "time_zone"), "brand_colour")},
        ),
    )

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is None:
            kwargs["form"] = DraftForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.draft_fieldsets if obj is None else super().get_fieldsets(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else super().get_readonly_fields(request, obj)

    def get_inline_instances(self, request: HttpRequest, obj: Any = None) -> Any:
        return [] if obj is None else super().get_inline_instances(request, obj)

    def write(self, request: HttpRequest, row: Any, form: Any, change: bool) -> None:
        """A new one is drafted, in its stage: nothing is laid before its group is opened."""
        if change:
            super().write(request, row, form, change)
            return
        now, facts = timezone.now(), {**form.cleaned_data}
        facts.pop("like", None)
        made = draft(now=now, by=None, **facts)
        begin(customer=made, by=None, now=now)
        row.pk = made.pk
        row._state.adding = False

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: Any = None
    ) -> HttpResponse:
        """On to what would be taken over, else to the checklist of its opening."""
        like = request.POST.get("like", "")
        if like:
            return redirect(f"{reverse('customer_set_up', args=[obj.pk])}?of={like}")
        return redirect("open_group", customer_id=obj.pk)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """A draft leads back to its checklist, which says what is missing still."""
        answer = cast(HttpResponse, super().response_change(request, obj))
        goes_elsewhere = {"_continue", "_addanother", "_popup"} & request.POST.keys()
        if obj.laid_at is not None or goes_elsewhere:
            return answer
        return redirect("open_group", customer_id=obj.pk)

    @admin.display(description=gettext_lazy("checklist"))
    def opening_done(self, customer: Customer) -> str:
        """How much of the checklist is done; nothing where the group is open."""
        if customer.laid_at is not None:
            return "–"
        done, total = cast(Any, self.admin_site).opening_of(customer)
        where = reverse("open_group", args=[customer.pk])
        return format_html('<a href="{}">{}/{}</a>', where, done, total)
