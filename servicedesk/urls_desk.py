"""Every address of the desk's host."""

from allauth.account.views import LoginView, LogoutView
from django.urls import URLPattern, URLResolver, include, path

from accounts.views.handing_over import depart
from accounts.views.passwords import SetPassword
from accounts.views.signing_in import second_step

urlpatterns: list[URLPattern | URLResolver] = [
    path("sign-in/", LoginView.as_view(), name="account_login"),
    path("sign-out/", LogoutView.as_view(), name="account_logout"),
    path("password/<uidb64>/<token>/", SetPassword.as_view(), name="set_password"),
    path("sign-in/code/", second_step, name="mfa_authenticate"),
    path("hand-overs/", depart, name="hand_overs"),
    path("", include("desk.urls")),
    path("", include("tickets.urls")),
    path("", include("tickets.urls_mail")),
    path("", include("product.urls")),
    path("", include("followups.urls")),
    path("", include("desk.api.urls")),
    path("", include("product.api.urls")),
    path("", include("tickets.api.urls_desk")),
    path("", include("followups.api.urls_desk")),
    path("", include("accounts.api.urls")),
]
handler400 = "servicedesk.errors.bad_request"
handler404 = "servicedesk.errors.not_found"
handler500 = "servicedesk.errors.failure"
