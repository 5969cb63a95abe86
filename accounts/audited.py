"""The one base of what the admin shows and changes: whoever changes configuration is written down.

Each add, change and delete through an `AuditedAdmin` writes exactly one `AuditEvent`, in the same
transaction: who, when, from where, and each field's old and new value. Who may do what stands in
one table (`servicedesk.configuration`), which the console asks; rows may be narrowed further by
`rows_for`. A subclass says how a row reads in the log by `facts`, whom it is about by
`customer_code`, and does its writing in `write` (an operation, say, instead of `save`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, cast

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.utils import NestedObjects, unquote
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import router
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.addresses import client_address
from accounts.audited_forms import SEEN, AuditedForm
from accounts.listed import ListedAdmin
from accounts.models import AuditEvent, User
from accounts.operations.auditing import (
    By,
    Changes,
    Facts,
    changes_between,
    facts_of,
    fingerprint,
    record,
)
from accounts.words import action, kind, moment, said

PAGE_SIZE = 50

FILTER_ENDS = (
    "", "__exact", "__id__exact", "__isnull", "__isempty", "__icontains", "_from", "_to",
)  # fmt: skip
"""What a list's filters add to the name of their field in an address."""


def asker(request: HttpRequest) -> By:
    """Who makes this request, and from which address."""
    return By(cast(User, request.user), client_address(request))


class AuditedAdmin(ListedAdmin):
    """Rows of one model, for those whom the console's table names; every change is written down."""

    form = AuditedForm
    unaudited: ClassVar[frozenset[str]] = frozenset()
    """Fields that change by themselves: no configuration, neither logged nor compared."""

    list_per_page = PAGE_SIZE
    list_max_show_all = 0
    compressed_fields = True
    warn_unsaved_form = True
    change_form_template = "admin/audited_form.html"
    save_as = False
    actions: ClassVar[Sequence[str] | None] = ()

    # --- What a subclass says ------------------------------------------------------------------

    def facts(self, row: Model) -> Facts:
        """The row as the log tells it."""
        facts = facts_of(row, without=self.unaudited)
        for inline in self.inlines:
            name, lines = inline.facts_of(row)  # an AuditedInline
            facts[name] = lines
        return facts

    def facts_gone(self, row: Model) -> Facts:
        """What the log keeps of a row that is deleted."""
        return self.facts(row)

    def customer_code(self, row: Any) -> str:
        """Whom the row is about; empty for what is about all."""
        customer = getattr(row, "customer", None)
        return str(customer.code) if customer is not None else ""

    def rows_for(self, user: User, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of the model that this person may see."""
        return rows

    def write(self, request: HttpRequest, row: Any, form: Any, change: bool) -> None:
        """Write the row; what it points to by many-to-many is written afterwards."""
        super().save_model(request, row, form, change)

    def follow(self, request: HttpRequest, row: Any, changes: Changes) -> None:
        """What follows from a change, in its transaction; nothing unless a subclass says so."""

    # --- Who may ---------------------------------------------------------------------------------

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._allows(request, "see")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._allows(request, "see")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._allows(request, "add")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._allows(request, "change")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._allows(request, "delete")

    def _allows(self, request: HttpRequest, verb: str) -> bool:
        return bool(cast(Any, self.admin_site).allows(request.user, self.model, verb))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return self.rows_for(cast(User, request.user), super().get_queryset(request))

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Only what the list's own filters ask: else any column could be guessed at by parts."""
        asked: set[str] = set()
        for one in self.get_list_filter(request):
            if isinstance(one, type) and issubclass(one, SimpleListFilter):
                asked.add(str(one.parameter_name))
            else:
                field = one[0] if isinstance(one, tuple | list) else one
                asked |= {f"{field}{end}" for end in FILTER_ENDS}
        return lookup in asked and "\x00" not in str(value)

    # --- Writing, and writing down ---------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Remember what the row said, then write it; `log_change` tells the difference.

        Raises LookFirst for what has consequences that were not shown yet.
        """
        if change or self.foresees_new:
            self.look_first(request, obj, form)
        cast(Any, request).said_before = self.facts(self._stored(obj)) if change else {}
        self.write(request, obj, form, change)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        self._record(request, obj, "added", {}, self.facts(self._stored(obj)))

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """One event for what differs; a form sent as it was shown changes nothing, and none."""
        before = cast(Any, request).said_before
        self._record(request, obj, "changed", before, self.facts(self._stored(obj)))

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Any]) -> None:
        for row in queryset:
            self._record(request, row, "deleted", self.facts_gone(row), {})

    def _record(
        self, request: HttpRequest, row: Model, what: str, before: Facts, after: Facts
    ) -> None:
        changes = changes_between(before=before, after=after)
        if changes or what != "changed":
            self.note(request, row, what, changes)

    def note(self, request: HttpRequest, row: Model, what: str, changes: Changes) -> None:
        """Do what follows from a change, then write the change down."""
        self.follow(request, row, changes)
        record(
            action=what,
            of=row,
            changes=changes,
            by=asker(request),
            now=timezone.now(),
            customer_code=self.customer_code(row),
        )

    def _stored(self, row: Model) -> Model:
        return type(row)._base_manager.get(pk=row.pk)

    # --- Pages -----------------------------------------------------------------------------------

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        made = super().get_form(request, obj, change=change, **kwargs)
        known = {"described_by": self, "asked_by": asker(request)}
        return type(made.__name__, (made,), known)

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Put the fingerprint of the row as it is shown (or as it is stored now) into the form."""
        row = kwargs.get("obj")
        if row is not None:
            shown = self._stored(row) if request.method == "POST" else row
            context |= {"seen_field": SEEN, "seen": fingerprint(facts=self.facts(shown))}
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Say how many of what would go or stand in the way: their names may be others' to read."""
        _named, counts, perms_needed, _protected = super().get_deleted_objects(objs, request)
        nested = NestedObjects(using=router.db_for_write(self.model))
        nested.collect(objs)
        kept = Counter(str(row._meta.verbose_name_plural) for row in nested.protected)
        in_the_way = [f"{kind}: {count}" for kind, count in sorted(kept.items())]
        return [str(row) for row in objs], counts, perms_needed, in_the_way

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """What the audit log says about this row, newest first."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return cast(
                HttpResponse, self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            )
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": _("History"),
            "subtitle": str(row),
            "object": row,
            "original": row,
            "opts": self.opts,
            **history(request, model=self.opts.label_lower, row=str(row.pk)),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/history.html", context)


class AuditedInline:
    """Rows that are edited on the page of another: what they say is told in that one's event."""

    fact = ""
    """What the rows are called in the event."""

    admin_site: Any
    model: type[Model]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.admin_site.allows(request.user, self.model, "see"))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.admin_site.allows(request.user, self.model, "add"))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.admin_site.allows(request.user, self.model, "change"))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.admin_site.allows(request.user, self.model, "delete"))

    @classmethod
    def facts_of(cls, parent: Model) -> tuple[str, list[str]]:
        """The name of the fact and a line for each row, in their order."""
        raise NotImplementedError  # each inline says its own


def history(request: HttpRequest, *, model: str, row: str) -> dict[str, Any]:
    """Context of a page of a row's events, newest first."""
    events = AuditEvent.objects.filter(model=model, row=row).order_by("-seq")
    page = Paginator(events, PAGE_SIZE).get_page(request.GET.get("p"))
    return {"page": page, "events": [told(event) for event in page]}


def told(event: AuditEvent) -> dict[str, Any]:
    """An event as a page shows it."""
    return {
        "event": event,
        "when": moment(event.at),
        "iso": event.at.isoformat(),
        "who": event.actor_name,
        "what": action(event.action),
        "kind": kind(event.model),
        "changes": list(said(event.model, event.changes)),
    }
