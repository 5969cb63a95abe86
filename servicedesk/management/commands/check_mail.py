"""`manage.py check_mail --to ADDRESS`: whether mails leave this installation, and why not."""

from __future__ import annotations

import smtplib
import socket
import ssl
from argparse import ArgumentParser
from email.utils import format_datetime
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from desk import mailbox
from tickets.inbound.headers import OWN_HEADER
from tickets.mail import addresses

REASONS: tuple[tuple[type[Exception], str], ...] = (
    (smtplib.SMTPAuthenticationError, "it refuses our user or password"),
    (smtplib.SMTPSenderRefused, "it refuses the sender: may we send for SERVICEDESK_MAIL_DOMAIN?"),
    (smtplib.SMTPRecipientsRefused, "it refuses the recipient"),
    (smtplib.SMTPNotSupportedError, "it has no TLS or no sign-in: try smtp:// or smtp+tls://"),
    (smtplib.SMTPServerDisconnected, "it hung up: does the port fit smtp:// or smtp+tls://?"),
    (smtplib.SMTPException, "it refuses the mail"),
    (ssl.SSLError, "its certificate is not to be trusted, or it speaks no TLS there"),
    (socket.gaierror, "no such host"),
    (TimeoutError, "it does not answer: is there a firewall between us?"),
    (ConnectionRefusedError, "nobody listens there"),
    (OSError, "it cannot be reached"),
)


class Command(BaseCommand):
    """Sends one mail past the outbox, by the configured server, and says what became of it."""

    help = "Send one test mail by the configured server and say what happened."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", required=True, help="your own address")

    def handle(self, *args: Any, **options: Any) -> None:
        message = self._message(options["to"])
        if settings.EMAIL_BACKEND == mailbox.BACKEND:
            self.stdout.write("No mail server is named: the mail goes to the demo's mailbox page.")
        else:
            self.stdout.write(f"Sending by {_server()} …")
        way = get_connection()
        try:
            way.send_messages([message])
        except Exception as problem:
            raise CommandError(_said(problem)) from None
        finally:
            way.close()
        self.stdout.write(
            f"Accepted: {message.extra_headers['Message-ID']} from {message.from_email}.\n"
            "If it does not arrive, look at the server's log, and at SPF, DKIM and DMARC of"
            f" {settings.MAIL_DOMAIN}."
        )

    def _message(self, to: str) -> EmailMessage:
        now = timezone.now()
        return EmailMessage(
            subject=f"Test mail of {settings.VENDOR_NAME}",
            body=f"Sent by manage.py check_mail at {now:%Y-%m-%d %H:%M:%S} UTC. Mails leave.\n",
            from_email=addresses.person(settings.VENDOR_NAME, f"check@{settings.MAIL_DOMAIN}"),
            to=[addresses.one_line(to)],
            headers={
                "Message-ID": addresses.message_id(f"check:{uuid4()}"),
                "Date": format_datetime(now),
                "Auto-Submitted": "auto-generated",
                "X-Auto-Response-Suppress": "All",
                OWN_HEADER: addresses.own_mark(),
            },
        )


def _server() -> str:
    secured = "with" if settings.EMAIL_USE_TLS else "without"
    who = f" as {settings.EMAIL_HOST_USER}" if settings.EMAIL_HOST_USER else ", without sign-in"
    return f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT} {secured} TLS{who}"


def _said(problem: Exception) -> str:
    """What went wrong, in our words and the server's. Raises what is no matter of mail."""
    for kind, words in REASONS:
        if isinstance(problem, kind):
            return f"The mail was not sent: {words}. It said: {problem}"
    raise problem
