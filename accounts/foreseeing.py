"""What saving would do to others, said before it is done: the admin's "this will …" box.

A form that is right is not saved while something would follow that its sender has not been shown:
it comes back as it was typed, with what would follow, and the next sending does it. What has
changed meanwhile (a ticket more, a session less) is shown again. Who says what would follow stands
in `servicedesk.foreseen`, which the console asks; it reads and writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

from django.db.models import Model
from django.forms.utils import ErrorDict
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from unfold.admin import ModelAdmin

from accounts.models import User
from accounts.operations.auditing import fingerprint

AGREED = "_agreed"
"""Name of the hidden field that says what its sender was shown."""


@dataclass(frozen=True)
class Consequence:
    """One thing that would follow, in the reader's words; `href` opens the rows it is about."""

    what: str | Promise
    href: str = ""


@dataclass(frozen=True)
class Change:
    """A row as it is stored and as it would be saved, and the forms that say so, all right."""

    was: Model
    row: Model
    by: User
    said: Mapping[str, Any] = field(default_factory=dict)
    formsets: Sequence[Any] = ()

    def of(self, *names: str) -> bool:
        """Whether one of these fields would be another."""
        return any(getattr(self.was, name) != getattr(self.row, name) for name in names)


class LookFirst(Exception):
    """Something would follow that was not shown yet; nothing is saved."""

    def __init__(self, consequences: Sequence[Consequence]) -> None:
        self.consequences = consequences
        super().__init__([str(one.what) for one in consequences])


class ForeseeingAdmin(ModelAdmin):
    """The part of the audited base that has consequences looked at before a change is saved."""

    foresees_new: ClassVar[bool] = False
    """Whether a new row does something to others, too: it is then compared with an empty one."""

    def look_first(self, request: HttpRequest, row: Any, form: Any) -> None:
        """Raise LookFirst while what would follow was not shown as it is now."""
        console, model = cast(Any, self.admin_site), type(row)
        was = model._base_manager.get(pk=row.pk) if row.pk is not None else model()
        formsets = getattr(request, "formsets", ())
        change = Change(was, row, cast(User, request.user), form.cleaned_data, formsets)
        found: list[Consequence] = console.foresee(self.opts.label_lower, change)
        if found and request.POST.get(AGREED) != _agreed(found):
            raise LookFirst(found)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form as it was typed, and what would follow, when that was not seen yet."""
        try:
            return cast(HttpResponse, super().changeform_view(request, *args, **kwargs))
        except LookFirst as look:
            cast(Any, request).consequences = look.consequences
        return cast(HttpResponse, super().changeform_view(request, *args, **kwargs))

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        made = super().get_form(request, obj, change=change, **kwargs)
        waits = bool(getattr(request, "consequences", ()))
        return type(made.__name__, (made,), {"waits": waits})

    def _create_formsets(self, request: HttpRequest, obj: Any, change: bool) -> Any:
        made = super()._create_formsets(request, obj, change)
        cast(Any, request).formsets = made[0]
        return made

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With the box in place of an error: there is nothing wrong with the form."""
        found: Sequence[Consequence] = getattr(request, "consequences", ())
        if found:
            context["adminform"].form._errors = ErrorDict()
            context |= {"errors": [], "consequences": found, "agreed_field": AGREED}
            context["agreed"] = _agreed(found)
        shown: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return shown


def _agreed(found: Sequence[Consequence]) -> str:
    return fingerprint(facts={"will": [str(one.what) for one in found]})
