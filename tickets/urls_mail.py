"""Addresses of the desk's host that are about mail that came in."""

from django.urls import path

from tickets.views.agent import mail_blocking, mail_deciding, mails

app_name = "mails"

_MAIL = "mail/<int:incoming_id>/"

urlpatterns = [
    path("mail/blocked/", mail_blocking.blocked_senders, name="blocked_senders"),
    path("mail/blocked/<int:blocked_id>/lifting/", mail_blocking.lifting, name="block_lifting"),
    path(_MAIL, mails.mail, name="mail"),
    path(f"{_MAIL}raw/", mails.raw, name="raw"),
    path(f"{_MAIL}eml/", mails.eml, name="eml"),
    path(f"{_MAIL}files/<int:place>/", mails.file, name="file"),
    path(f"{_MAIL}routing/", mail_deciding.routing, name="routing"),
    path(f"{_MAIL}sending-back/", mail_deciding.sending_back, name="sending_back"),
    path(f"{_MAIL}acceptance/", mail_deciding.acceptance, name="acceptance"),
    path(f"{_MAIL}refusal/", mail_deciding.refusal, name="refusal"),
    path(f"{_MAIL}spam/", mail_deciding.spam, name="spam"),
    path(f"{_MAIL}return/", mail_deciding.take_back, name="return"),
]
