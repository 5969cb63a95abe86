"""What every list of the admin has: the filters' rows as CSV, and a word where there are none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import unescape
from itertools import islice
from typing import Any, ClassVar, TypeVar, cast

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import label_for_field, lookup_field
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from accounts.csv_rows import Value
from accounts.csv_rows import lines as as_lines
from accounts.foreseeing import ForeseeingAdmin

Page = TypeVar("Page", bound=Callable[..., Any])

page_action = cast("Callable[..., Callable[[Page], Page]]", action)
"""The theme's decorator of a list's own pages, with the type that it leaves a method."""

MOST = 100_000
"""Lines of one file; what is longer is taken along by parts, filtered."""

Row = tuple[Value, ...]


class ListedAdmin(ForeseeingAdmin):
    """The part of the audited base that lists rows and gives them away as a file."""

    empty_says: ClassVar[str | Promise] = ""
    """What an empty list is for, and what to do."""

    actions_list: ClassVar[Sequence[str]] = ("as_csv",)

    def csv_rows(self, request: HttpRequest, rows: QuerySet[Any]) -> Iterator[Row]:
        """The file's header and lines: what the list shows, without its marks."""
        names = [name for name in self.get_list_display(request) if name != "action_checkbox"]
        yield tuple(str(label_for_field(name, self.model, self)) for name in names)
        for row in rows.iterator(chunk_size=1000) if _may_stream(rows) else rows:
            yield tuple(self._cell(name, row) for name in names)

    def _cell(self, name: str, row: Model) -> Value:
        field, _attribute, value = cast(Any, lookup_field)(name, row, self)
        choices = dict(getattr(field, "flatchoices", ()) or ())
        if choices:
            return str(choices.get(value, value))
        if isinstance(value, SafeString):
            return unescape(strip_tags(value)).strip()
        is_plain = isinstance(value, bool | int | float | None) or hasattr(value, "isoformat")
        return value if is_plain else str(value)

    @page_action(description=_("As CSV"), icon="download", url_path="csv")
    def as_csv(self, request: HttpRequest) -> HttpResponseBase:
        """The rows that the filters and the search leave, in the list's order."""
        if not cast(Any, self).has_view_permission(request):
            raise PermissionDenied
        try:
            shown = self.get_changelist_instance(request)
            rows = cast(Any, shown).get_queryset(request)
        except IncorrectLookupParameters:
            where = f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"
            return redirect(f"{reverse(where)}?e=1")
        lines = islice(self.csv_rows(request, rows), MOST + 1)
        answer = StreamingHttpResponse(
            as_lines(lines, is_for_excel=True), content_type="text/csv; charset=utf-8"
        )
        named = slugify(str(self.opts.verbose_name_plural)) or self.opts.model_name
        answer["Content-Disposition"] = f'attachment; filename="{named}.csv"'
        return answer

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The way to the file asks for what the list shows."""
        shown = super().changelist_view(request, extra_context)
        if isinstance(shown, TemplateResponse) and shown.context_data and request.GET:
            for one in shown.context_data.get("actions_list") or ():
                if str(one.get("path", "")).endswith("/csv/"):
                    one["path"] += f"?{request.GET.urlencode()}"
        return cast(HttpResponse, shown)


def _may_stream(rows: QuerySet[Any]) -> bool:
    """Rows with others fetched beside them are fetched at once; a mere list piece by piece."""
    return not cast(Any, rows)._prefetch_related_lookups  # Django says it nowhere else
