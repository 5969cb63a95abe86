from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.audit_log import AuditLog
from accounts.audited import AuditedAdmin, asker
from accounts.hosts import desk_origin
from accounts.models import Team, User
from accounts.operations import amend_staff, invite_staff
from accounts.operations.auditing import Facts, record
from accounts.staff_file import StaffFile
from accounts.staff_forms import StaffForm

__all__ = ["AuditLog", "StaffAdmin", "TeamAdmin"]


@admin.register(User)
class StaffAdmin(StaffFile):
    """Our people: who they are and what they may do. They set their passwords themselves."""

    form = StaffForm
    unaudited = frozenset(
        {"last_login", "groups", "user_permissions", "is_superuser", "theme", "has_keys"}
    )
    list_display = ("name", "email", "role", "team_names", "serves_all", "is_active", "last_login")
    list_filter = ("is_active", "role", "teams", "serves_all")
    search_fields = ("name", "email")
    ordering = ("-is_active", "name", "pk")
    filter_horizontal = ()
    readonly_fields = ("joined_at", "last_login")
    fieldsets = (
        (None, {"fields": ("name", "email", ("language", "time_zone"))}),
        (
            gettext_lazy("What they may do"),
            {"fields": ("role", "teams", "serves_all", "is_active", "takes_over")},
        ),
        (gettext_lazy("Being away"), {"fields": ("away_from", "away_until", "deputy")}),
        (gettext_lazy("Traces"), {"fields": (("joined_at", "last_login"),)}),
    )
    add_fieldsets = (
        (None, {"fields": ("name", "email", ("language", "time_zone"))}),
        (gettext_lazy("What they may do"), {"fields": ("role", "teams", "serves_all")}),
    )
    change_form_outer_before_template = "admin/staff_password.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("teams")

    @admin.display(description=gettext_lazy("teams"))
    def team_names(self, user: User) -> str:
        return ", ".join(sorted(team.name for team in user.teams.all()))

    def write(self, request: HttpRequest, row: User, form: Any, change: bool) -> None:
        if change:
            amend_staff(user=row, by=asker(request), now=timezone.now())
            self._handed_over(request, row, form.cleaned_data.get("takes_over"))
        else:
            invite_staff(user=row, now=timezone.now())

    def _handed_over(self, request: HttpRequest, row: User, taker: User | None) -> None:
        """What they look after goes to the colleague, with their being switched off."""
        if taker is not None and not row.is_active:
            cast(Any, self.admin_site).hand_over(giver=row, taker=taker, by=asker(request))

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: Any = None
    ) -> HttpResponse:
        """On to the link by which they set a password: until then they cannot sign in."""
        answer = cast(HttpResponse, super().response_add(request, obj, post_url_continue))
        if {"_continue", "_addanother", "_popup"} & request.POST.keys():
            return answer
        return redirect("admin:accounts_user_password_link", obj.pk)

    def get_urls(self) -> list[Any]:
        link = path(
            "<int:user_id>/password-link/",
            self.admin_site.admin_view(self.password_link),
            name="accounts_user_password_link",
        )
        return [link, *super().get_urls()]

    def password_link(self, request: HttpRequest, user_id: int) -> HttpResponse:
        """Show, once asked for by POST, a link by which the person sets a password.

        It holds three days, until it is used or they sign in; nothing of it is stored but that
        it was made, and by whom.
        """
        user = cast("User | None", self.get_object(request, str(user_id)))
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        if user is None or not user.is_active:
            return cast(
                HttpResponse,
                self._get_obj_does_not_exist_redirect(request, self.opts, str(user_id)),
            )
        context = {
            **self.admin_site.each_context(request),
            "title": _("Link to set a password"),
            "subtitle": user.name,
            "original": user,
            "opts": self.opts,
            "link": _new_link(request, user) if request.method == "POST" else "",
            "days": settings.PASSWORD_RESET_TIMEOUT // 86_400,
        }
        return TemplateResponse(request, "admin/password_link.html", context)


def _new_link(request: HttpRequest, user: User) -> str:
    """A link, and its event: whoever has the link may become that person."""
    record(action="password_link_made", of=user, changes={}, by=asker(request), now=timezone.now())
    return _password_link(user)


def _password_link(user: User) -> str:
    who = urlsafe_base64_encode(force_bytes(user.pk))
    secret = default_token_generator.make_token(user)
    return f"{desk_origin()}/password/{who}/{secret}/"


@admin.register(Team)
class TeamAdmin(AuditedAdmin):
    """Who looks after whom. People are put into teams on their own pages."""

    list_display = ("name", "lead", "people", "customers")
    list_select_related = ("lead",)
    search_fields = ("name",)
    ordering = ("name",)
    fields = ("name", "lead")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        counted = super().get_queryset(request)
        counted = counted.annotate(
            n_people=Count("members", distinct=True), n_customers=Count("customer", distinct=True)
        )
        return cast("QuerySet[Any]", counted)

    @admin.display(description=gettext_lazy("people"), ordering="n_people")
    def people(self, team: Any) -> int:
        return int(team.n_people)

    @admin.display(description=gettext_lazy("customers"), ordering="n_customers")
    def customers(self, team: Any) -> int:
        return int(team.n_customers)

    def facts_gone(self, row: Model) -> Facts:
        members = cast(Team, row).members.order_by("name")
        return {**super().facts_gone(row), "members": [user.name for user in members]}
