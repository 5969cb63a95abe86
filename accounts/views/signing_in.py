"""The second step of signing in, on the desk's host and the admin's."""

from __future__ import annotations

from typing import Any

from allauth.mfa.base.views import AuthenticateView

from accounts.forms import SecondStepForm


class SecondStepView(AuthenticateView):
    """Asks for a code when the password was right; a code of the app or a recovery code."""

    template_name = "account/sign_in_code.html"

    def _build_forms(self) -> Any:
        """The one form there is, whatever was posted; allauth would take some for a passkey's."""
        posted = self.request.POST if self.request.method == "POST" else None
        self.auth_form = SecondStepForm(user=self.stage.login.user, data=posted)
        self.webauthn_form = None
        return self.auth_form


second_step = SecondStepView.as_view()
