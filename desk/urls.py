"""Addresses of the workspace that are about no single customer."""

from django.urls import path

from desk.views import (
    asks,
    bells,
    customers,
    incoming,
    mailbox,
    me,
    my_customers,
    promises,
    queue,
    security,
    tokens,
)

app_name = "desk"

urlpatterns = [
    path("", queue.queue, name="queue"),
    path("queue/rows/", queue.rows, name="rows"),
    path("customers/", customers.customers, name="customers"),
    path("my-customers/", my_customers.my_customers, name="my_customers"),
    path("asks/", asks.asks, name="asks"),
    path("bells/", bells.bells, name="bells"),
    path("bells/clear/", bells.clear_all, name="clear_bells"),
    path("bells/<int:bell_id>/clear/", bells.clear_one, name="clear_bell"),
    path("promises/", promises.calendar, name="promises"),
    path("mail/", incoming.mails, name="incoming"),
    path("me/", me.me, name="me"),
    path("me/absence/", me.absence, name="absence"),
    path("me/tokens/", tokens.tokens, name="tokens"),
    path("me/tokens/<int:token_id>/revocation/", tokens.revocation, name="token_revocation"),
    path("me/security/", security.security, name="security"),
    path("me/security/totp/", security.set_up, name="second_step"),
    path("me/security/totp/removal/", security.switch_off, name="second_step_off"),
    path("me/security/recovery-codes/", security.recovery_codes, name="recovery_codes"),
    path(
        "me/security/recovery-codes/receipt/",
        security.hide_recovery_codes,
        name="recovery_codes_receipt",
    ),
    path("me/security/recovery-codes.txt", security.recovery_codes_file, name="recovery_codes_txt"),
    path("me/security/password/", security.password, name="password"),
    path("me/security/sessions/others/ending/", security.end_other_sessions, name="end_others"),
    path("me/security/sessions/<int:session_id>/ending/", security.end_session, name="end_session"),
    path("mailbox/", mailbox.mails, name="mails"),
    path("mailbox/<slug:name>/", mailbox.mail, name="mail"),
    path("mailbox/<slug:name>/html/", mailbox.mail_html, name="mail_html"),
]
