"""Forms of the admin about service: calendars in words, policies with times as people say them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from accounts.audited_forms import AuditedForm
from accounts.staff_forms import time_zone_field
from desk import hours_text
from desk.models import Calendar, CustomerHours

WEEKDAYS = (
    ("monday", _("Monday")),
    ("tuesday", _("Tuesday")),
    ("wednesday", _("Wednesday")),
    ("thursday", _("Thursday")),
    ("friday", _("Friday")),
    ("saturday", _("Saturday")),
    ("sunday", _("Sunday")),
)
DEFAULT_WEEK = ["09:00-18:00"] * 5 + ["", ""]


class DayField(forms.CharField):
    """A day's hours as text; cleaned into ranges. Shows what was typed when it is wrong."""

    widget = UnfoldAdminTextInputWidget

    def __init__(self, **how: Any) -> None:
        super().__init__(required=False, max_length=120, **how)

    def clean(self, value: Any) -> Any:
        try:
            return hours_text.read_day(super().clean(value))
        except hours_text.NoHours as wrong:
            raise ValidationError(str(wrong)) from None


class SpecialDaysField(forms.CharField):
    """Days that are different, one a line; cleaned into ISO date → ranges."""

    def clean(self, value: Any) -> Any:
        try:
            return hours_text.read_special_days(super().clean(value))
        except hours_text.NoHours as wrong:
            raise ValidationError(str(wrong)) from None


class CalendarForm(AuditedForm):
    """When we are open: a line for each weekday, and days that are different."""

    zone = time_zone_field()
    monday = DayField(label=_("Monday"))
    tuesday = DayField(label=_("Tuesday"))
    wednesday = DayField(label=_("Wednesday"))
    thursday = DayField(label=_("Thursday"))
    friday = DayField(label=_("Friday"))
    saturday = DayField(label=_("Saturday"))
    sunday = DayField(label=_("Sunday"))
    special = SpecialDaysField(
        label=_("Special days"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 8}),
        help_text=_(
            "One a line: 2026-10-01 closed, or 2026-10-10 09:00-18:00 (a make-up working day), or"
            " several alike: 2026-10-01 - 2026-10-07 closed."
        ),
    )

    class Meta:
        model = Calendar
        fields = ("name", "zone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.weekly:
            week = [hours_text.write_day(day) for day in self.instance.weekly]
        else:
            week = DEFAULT_WEEK
        for (name, _label), hours in zip(WEEKDAYS, week, strict=True):
            self.initial.setdefault(name, hours)
        closed = pgettext("of a day", "closed")
        days = hours_text.write_special_days(self.instance.days or {}, closed=closed)
        self.initial.setdefault("special", days)

    def _post_clean(self) -> None:
        """Put the hours into the row before it is judged as a whole."""
        said = self.cleaned_data
        if all(name in said for name, _label in WEEKDAYS):
            self.instance.weekly = [said[name] for name, _label in WEEKDAYS]
        if "special" in said:
            self.instance.days = said["special"]
        super()._post_clean()  # type: ignore[misc]  # of ModelForm, without a type


class CustomerHoursForm(AuditedForm):
    """A customer that is served by another calendar than its policy's."""

    class Meta:
        model = CustomerHours
        fields = ("customer", "calendar")
        error_messages = {
            "customer": {"unique": _("This customer has hours of its own already: change those.")}
        }
