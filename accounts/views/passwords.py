"""The page on which somebody of ours sets their password, by a link that an operator gave them."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.auth.views import PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods

from accounts.addresses import client_address
from accounts.models import User
from accounts.operations import By, set_password


@method_decorator(require_http_methods(["GET", "HEAD", "POST"]), name="dispatch")
class SetPassword(PasswordResetConfirmView):
    """One link, one password. A used, late or forged link says so and lets nobody in."""

    template_name = "account/set_password.html"
    http_method_names = ("get", "head", "post", "options")
    request: HttpRequest

    def get_user(self, uidb64: str) -> Any:
        user = super().get_user(uidb64)
        return user if user is not None and user.is_active else None

    def form_valid(self, form: Any) -> HttpResponse:
        user = cast(User, self.user)
        set_password(
            user=user,
            password=form.cleaned_data["new_password1"],
            by=By(user, client_address(self.request)),
            now=timezone.now(),
        )
        self.request.session.pop("_password_reset_token", None)
        return redirect("account_login")
