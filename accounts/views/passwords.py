"""The page on which somebody of ours sets their password, by a link that an operator gave them.

Looking at it keeps nothing, not even in a session: programs open links that people send each other.
"""

from __future__ import annotations

from typing import Any, cast

from django.contrib.auth.views import PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from django.views.generic import FormView

from accounts.addresses import client_address
from accounts.models import User
from accounts.operations import By, set_password


@method_decorator(require_http_methods(["GET", "HEAD", "POST"]), name="dispatch")
class SetPassword(PasswordResetConfirmView):
    """One link, one password. A used, late or forged link says so and lets nobody in."""

    template_name = "account/set_password.html"
    http_method_names = ("get", "head", "post", "options")
    request: HttpRequest

    @method_decorator(sensitive_post_parameters())
    @method_decorator(never_cache)
    def dispatch(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show the form at the link's own address; Django's would keep the link in a session.

        It did so lest the address be told by a Referer: our pages send none to other hosts.
        """
        self.user = self.get_user(kwargs["uidb64"])
        self.validlink = self.user is not None and self.token_generator.check_token(
            self.user, kwargs["token"]
        )
        if not self.validlink:
            return self.render_to_response(self.get_context_data())
        return super(FormView, self).dispatch(*args, **kwargs)

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
        return redirect("account_login")
