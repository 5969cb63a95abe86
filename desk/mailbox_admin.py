"""The admin of mailboxes: where mail is fetched, how each stands, and whether it lets us in."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.audited import AuditedAdmin, asker
from accounts.operations.auditing import record
from accounts.words import moment
from desk.mail_providers import PROVIDERS
from desk.mailbox_forms import MailboxForm
from desk.mailbox_health import Behind, behind, behind_said, health_of
from desk.models import Mailbox

READ_FROM = ("host", "port", "login", "folder")
"""What says which folder is read: by another one, what was read so far means nothing."""

_BY_OAUTH = "sign_in != 'password'"


@admin.register(Mailbox)
class MailboxAdmin(AuditedAdmin):
    """Where mail is fetched from, and how that goes. A worker writes what it saw beside us."""

    form = MailboxForm
    unaudited = frozenset(
        {
            "secret", "uid_validity", "last_uid", "lease_until", "checked_at", "last_mail_at",
            "failed_since", "last_error", "created_at",
        }
    )  # fmt: skip
    foresees_new = True
    list_display = ("name", "address", "server", "stands", "asked", "newest", "waits")
    list_filter = ("is_active", ("failed_since", admin.EmptyFieldListFilter), "sign_in", "security")
    search_fields = ("name", "address", "host", "login", "folder")
    search_help_text = gettext_lazy("name, address, server, login or folder")
    empty_says = gettext_lazy(
        "A mailbox that customers write to: add it, and its mail is fetched twice a minute. Mail"
        " may also come from your mail server by SMTP."
    )
    ordering = ("name", "pk")
    actions = ("pause", "resume")
    change_form_template = "admin/mailbox_form.html"
    change_form_outer_before_template = "admin/mailbox_health.html"
    conditional_fields = {
        "password": "sign_in == 'password'",
        "client_id": _BY_OAUTH,
        "client_secret": _BY_OAUTH,
        "refresh_token": _BY_OAUTH,
        "tenant": "sign_in == 'microsoft'",
        "done_folder": "afterwards == 'move'",
    }
    fieldsets = (
        (None, {"fields": ("name", "address", "is_active")}),
        (gettext_lazy("Where it is"), {"fields": ("host", ("port", "security"), "folder")}),
        (
            gettext_lazy("How we sign in"),
            {
                "fields": (
                    "sign_in", "login", "password", "client_id", "client_secret", "refresh_token",
                    "tenant",
                )
            },
        ),
        (gettext_lazy("What becomes of mail there"), {"fields": ("afterwards", "done_folder")}),
        (gettext_lazy("Whom we believe"), {"fields": ("authserv_id",)}),
    )  # fmt: skip

    def write(self, request: HttpRequest, row: Any, form: Any, change: bool) -> None:
        """Only what was typed: a worker may be writing how far it has read, or a newer token."""
        cast(Any, request).seals = form.seals
        if not change:
            row.created_at = timezone.now()
            super().write(request, row, form, change)
            return
        written = {*MailboxForm.Meta.fields, *(["secret"] if form.seals else [])}
        if set(READ_FROM) & set(form.changed_data):
            row.uid_validity, row.last_uid = None, 0
            written |= {"uid_validity", "last_uid"}
        row.save(update_fields=sorted(written))

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        self._record(request, obj, "added", {}, self.facts(self._stored(obj)) | {"secret": "new"})

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """A typed secret is said to be another, and nothing else of it."""
        before, after = cast(Any, request).said_before, self.facts(self._stored(obj))
        if cast(Any, request).seals:
            before, after = before | {"secret": "old"}, after | {"secret": "new"}
        self._record(request, obj, "changed", before, after)

    # --- The list --------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Without what is sealed: a list needs none of it."""
        return super().get_queryset(request).defer("secret")

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """With what waits of those of the page: one statement."""
        shown = cast(Any, super().get_changelist_instance(request))
        shown.result_list = list(shown.result_list)
        waiting = behind(shown.result_list)
        for row in shown.result_list:
            row.behind = waiting.get(row.pk, Behind())
        return shown

    @admin.display(description=gettext_lazy("server"), ordering="host")
    def server(self, mailbox: Mailbox) -> str:
        said = f"{mailbox.host}:{mailbox.port}"
        if mailbox.security != Mailbox.Security.NONE:
            return said
        mark = '<div>{} <span class="tag is-warning">{}</span></div>'
        return format_html(mark, said, _("not encrypted"))

    @admin.display(description=gettext_lazy("how it stands"))
    def stands(self, mailbox: Mailbox) -> str:
        health = health_of(mailbox, now=timezone.now())
        tone = "is-warning" if health.is_amiss else "" if mailbox.is_active else "is-off"
        said = '<div><span class="tag {}">{}</span> {}</div>'
        return format_html(said, tone, health.mark, health.says)

    @admin.display(description=gettext_lazy("last asked"), ordering="checked_at")
    def asked(self, mailbox: Mailbox) -> str:
        return moment(mailbox.checked_at) if mailbox.checked_at else "–"

    @admin.display(description=gettext_lazy("last mail"), ordering="last_mail_at")
    def newest(self, mailbox: Mailbox) -> str:
        return moment(mailbox.last_mail_at) if mailbox.last_mail_at else "–"

    @admin.display(description=gettext_lazy("waits to be worked on"))
    def waits(self, mailbox: Any) -> str:
        return behind_said(getattr(mailbox, "behind", Behind()), now=timezone.now())

    @admin.action(description=gettext_lazy("Pause"), permissions=["change"])
    def pause(self, request: HttpRequest, chosen: QuerySet[Mailbox]) -> None:
        """Ask them no more; their mail stays where it is."""
        turned = self._turn(request, chosen, is_active=False)
        said = ngettext("%(n)s mailbox is paused.", "%(n)s mailboxes are paused.", turned)
        self.message_user(request, said % {"n": turned}, _level(turned))

    @admin.action(description=gettext_lazy("Resume"), permissions=["change"])
    def resume(self, request: HttpRequest, chosen: QuerySet[Mailbox]) -> None:
        """Ask them again, from where they were left."""
        turned = self._turn(request, chosen, is_active=True)
        said = ngettext("%(n)s mailbox is asked again.", "%(n)s mailboxes are asked again.", turned)
        self.message_user(request, said % {"n": turned}, _level(turned))

    @transaction.atomic
    def _turn(self, request: HttpRequest, chosen: QuerySet[Mailbox], *, is_active: bool) -> int:
        now, turned = timezone.now(), 0
        for mailbox in chosen.order_by("pk"):
            rows = Mailbox.objects.filter(pk=mailbox.pk, is_active=not is_active)
            if rows.update(is_active=is_active):
                turned += 1
                action = "continued" if is_active else "paused"
                record(action=action, of=mailbox, changes={}, by=asker(request), now=now)
        return turned

    # --- Its page --------------------------------------------------------------------------------

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What is known of the provider that the address names."""
        provider = PROVIDERS.get(request.GET.get("provider", ""))
        return dict(provider.begins) if provider else {}

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With the providers beside a new one, and how it stands beside one that is there."""
        row = kwargs.get("obj")
        if row is None:
            context |= {"providers": PROVIDERS, "chosen": request.GET.get("provider", "")}
        else:
            context |= self._health(row)
        return super().render_change_form(request, context, *args, **kwargs)

    def _health(self, mailbox: Mailbox) -> dict[str, Any]:
        now = timezone.now()
        waits = behind([mailbox]).get(mailbox.pk, Behind())
        return {
            "health": health_of(mailbox, now=now),
            "asked": self.asked(mailbox),
            "newest": self.newest(mailbox),
            "behind": behind_said(waits, now=now),
        }

    def get_urls(self) -> list[Any]:
        page = path(
            "<int:mailbox_id>/test/",
            self.admin_site.admin_view(self.test),
            name="desk_mailbox_test",
        )
        return [page, *super().get_urls()]

    def test(self, request: HttpRequest, mailbox_id: int) -> HttpResponse:
        """Sign in there as a worker would, once asked for by POST, and say what happened."""
        mailbox = cast("Mailbox | None", self.get_object(request, str(mailbox_id)))
        if not self.has_change_permission(request, mailbox):
            raise PermissionDenied
        if mailbox is None:
            gone = self._get_obj_does_not_exist_redirect(request, self.opts, str(mailbox_id))
            return cast(HttpResponse, gone)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Test"),
            "subtitle": mailbox.name,
            "original": mailbox,
            "opts": self.opts,
            "tried": self._try(request, mailbox) if request.method == "POST" else None,
            "mail_domain": settings.MAIL_DOMAIN,
        }
        return TemplateResponse(request, "admin/mailbox_test.html", context)

    def _try(self, request: HttpRequest, mailbox: Mailbox) -> Any:
        """What the console's probe says, and its event: somebody used what is kept sealed."""
        tried = cast(Any, self.admin_site).probe(mailbox)
        said = "let in" if tried.is_ok else "failed"
        now, by = timezone.now(), asker(request)
        record(action="tested", of=mailbox, changes={"result": [None, said]}, by=by, now=now)
        return tried


def _level(count: int) -> int:
    return messages.SUCCESS if count else messages.WARNING
