"""Every address of the admin's host: the sign-in, people at a customer, and the admin itself."""

from allauth.account import views as account
from django.contrib import admin
from django.urls import URLPattern, URLResolver, path

from accounts.views.handing_over import arrive
from accounts.views.signing_in import second_step

urlpatterns: list[URLPattern | URLResolver] = [
    path("sign-in/", account.login, name="account_login"),
    path("sign-in/code/", second_step, name="mfa_authenticate"),
    path("hand-over/", arrive, name="hand_over"),
    path("sign-out/", account.logout, name="account_logout"),
    path("", admin.site.urls),
]
