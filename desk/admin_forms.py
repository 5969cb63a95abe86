"""Forms of the admin about when we are open: calendars in words, closures, years of holidays."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext
from unfold.forms import PaginationInlineFormSet
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from accounts.audited_forms import AuditedForm
from accounts.staff_forms import time_zone_field
from desk import hours_text
from desk.holiday_file import MOST_BYTES
from desk.models import Calendar, Closure, CustomerHours
from desk.operations.public_holidays import NoSuchCountry, check_country

if TYPE_CHECKING:
    Closures = BaseInlineFormSet[Closure, Calendar, Any]
    ClosureBase = forms.ModelForm[Closure]
else:
    Closures = PaginationInlineFormSet
    ClosureBase = forms.ModelForm

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
ALL_DAY = [["00:00", "24:00"]]
LONGEST_CLOSURE = timedelta(days=366)


class CountryField(forms.CharField):
    """A country's code, with a region or without; cleaned into CN or DE-BY."""

    widget = UnfoldAdminTextInputWidget

    def __init__(self, **how: Any) -> None:
        super().__init__(max_length=8, **how)

    def clean(self, value: Any) -> Any:
        country = str(super().clean(value)).strip().upper()
        try:
            if country:
                check_country(country)
        except NoSuchCountry as unknown:
            raise ValidationError(str(unknown)) from None
        return country


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
    country = CountryField(
        label=_("Public holidays of"),
        required=False,
        help_text=_("A country's code, with a region where that matters: CN, DE-BY. Empty: none."),
    )
    is_always = forms.BooleanField(
        label=_("Around the clock, every day (24 × 7)"),
        required=False,
        widget=UnfoldBooleanWidget,
        help_text=_(
            "In place of the hours below. Without public holidays unless we are closed then."
        ),
    )
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
        fields = ("name", "zone", "country")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.weekly:
            week = [hours_text.write_day(day) for day in self.instance.weekly]
        else:
            week = DEFAULT_WEEK
        for (name, _label), hours in zip(WEEKDAYS, week, strict=True):
            self.initial.setdefault(name, hours)
        self.initial.setdefault("is_always", self.instance.weekly == [ALL_DAY] * 7)
        closed = pgettext("of a day", "closed")
        days = hours_text.write_special_days(self.instance.days or {}, closed=closed)
        self.initial.setdefault("special", days)

    def clean(self) -> dict[str, Any] | None:
        """Around the clock fills in the week; a week that opens at no time is refused."""
        cleaned = super().clean()
        said, names = self.cleaned_data, [name for name, _label in WEEKDAYS]
        if said.get("is_always") and not self._was_typed_over():
            for name in names:
                self.errors.pop(name, None)
                said[name] = ALL_DAY
        if all(said.get(name) == [] for name in names):
            self.add_error("monday", _("Opens at no time: write hours for at least one day."))
        return cleaned

    def _was_typed_over(self) -> bool:
        """Whether it was around the clock already and hours of a day are others now."""
        was = bool(self.initial.get("is_always"))
        return was and any(name in self.changed_data for name, _label in WEEKDAYS)

    def _post_clean(self) -> None:
        """Put the hours into the row before it is judged as a whole."""
        said = self.cleaned_data
        if all(name in said for name, _label in WEEKDAYS):
            self.instance.weekly = [said[name] for name, _label in WEEKDAYS]
        if "special" in said:
            self.instance.days = said["special"]
        super()._post_clean()  # type: ignore[misc]  # of ModelForm, without a type


class ClosureForm(ClosureBase):
    """Days on which we are closed, past ones as well, and why."""

    class Meta:
        model = Closure
        fields = ("first_on", "last_on", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():  # a table's head is no label to a screen reader
            field.widget.attrs["aria-label"] = field.label

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        first, last = self.cleaned_data.get("first_on"), self.cleaned_data.get("last_on")
        if first and last and not first <= last:
            self.add_error("last_on", _("The last day is before the first."))
        elif first and last and last - first > LONGEST_CLOSURE:
            self.add_error("last_on", _("That is more than a year: check the dates."))
        return cleaned


class ClosureFormSet(Closures):
    """All closures of a calendar: no day stands in two of them."""

    def clean(self) -> None:
        super().clean()
        kept = sorted(self.kept(), key=lambda closure: (closure.first_on, closure.last_on))
        for before, after in pairwise(kept):
            if after.first_on <= before.last_on:
                said = _("“%(before)s” and “%(after)s” overlap: let each day stand in one closure.")
                told = {"before": _in_words(before), "after": _in_words(after)}
                raise ValidationError(said, params=told)

    def kept(self) -> list[Closure]:
        """What will stand there: valid, filled in and not to be deleted."""
        return [form.instance for form in self.forms if not form.errors and self._stays(form)]

    def _stays(self, form: Any) -> bool:
        is_filled = form.instance.pk is not None or form.has_changed()
        formset: Any = self
        return is_filled and not (self.can_delete and formset._should_delete_form(form))


def _in_words(closure: Closure) -> str:
    return f"{closure.first_on} – {closure.last_on} {closure.reason}"


class HolidayFileForm(forms.Form):
    """A year of holidays, as a file or as text."""

    country = CountryField(label=_("Country"), initial="CN")
    file = forms.FileField(
        label=_("File"),
        required=False,
        widget=UnfoldAdminFileFieldWidget,
        help_text=_("A year in the form of holiday-cn, such as 2027.json."),
    )
    text = forms.CharField(
        label=_("Or its text"),
        required=False,
        max_length=MOST_BYTES,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6}),
    )

    def clean_file(self) -> Any:
        """Refuse what is too large before it is read."""
        file = self.cleaned_data["file"]
        if file is not None and file.size > MOST_BYTES:
            raise ValidationError(_("The file is too large to be a year of holidays."))
        return file

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if not self.errors and bool(self.cleaned_data["file"]) == bool(self.cleaned_data["text"]):
            self.add_error("file", _("Choose a file, or paste its text: one of the two."))
        return cleaned

    @property
    def place(self) -> str:
        """The field that holds the document."""
        return "file" if self.cleaned_data.get("file") else "text"

    def document(self) -> tuple[str | bytes, str]:
        """The document, and what it is called."""
        file = self.cleaned_data["file"]
        if file:
            return file.read(), str(file.name)
        return str(self.cleaned_data["text"]), ""


class CustomerHoursForm(AuditedForm):
    """A customer that is served by another calendar than its policy's."""

    class Meta:
        model = CustomerHours
        fields = ("customer", "calendar")
        error_messages = {
            "customer": {"unique": _("This customer has hours of its own already: change those.")}
        }
