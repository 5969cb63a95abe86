"""Roles as what they are: sets of permissions, in words, read from the one policy layer."""

from __future__ import annotations

from django.conf import settings
from django.contrib.admin import site
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.policy import ROLE_NAMES, ROLE_PERMISSIONS, Permission, Role
from accounts.policy_words import permission


@require_safe
def roles(request: HttpRequest) -> HttpResponse:
    """Which role may do what. Nobody changes it here: it is a part of the program."""
    active = User.objects.filter(is_active=True)
    people = dict(active.values_list("role").annotate(n=Count("pk")).order_by())
    columns = [
        {
            "name": ROLE_NAMES[role],
            "people": people.get(role, 0),
            "needs_second_step": role in settings.REQUIRE_TOTP,
            "role": role,
        }
        for role in Role
    ]
    rows = [
        {"what": permission(one), "may": [one in ROLE_PERMISSIONS[role] for role in Role]}
        for one in Permission
    ]
    context = {
        **site.each_context(request),
        "title": _("Roles"),
        "columns": columns,
        "rows": rows,
        "some_need_second_step": any(column["needs_second_step"] for column in columns),
    }
    return TemplateResponse(request, "admin/roles.html", context)
