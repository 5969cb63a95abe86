"""Settings that contradict each other; told before anything starts with them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from desk import mailbox

TAG = "servicedesk"


def mail_has_a_way_out(**_asked: Any) -> list[CheckMessage]:
    """Real work needs a mail server: the mailbox page is the demo's and is closed without it."""
    if settings.DEMO or settings.EMAIL_BACKEND != mailbox.BACKEND:
        return []
    return [
        Error(
            "SERVICEDESK_DEMO=0, and no mail server is named: no mail would reach anybody.",
            hint="Set SERVICEDESK_SMTP_URL, such as smtp+tls://user:password@mail.example.com:587.",
            id="servicedesk.E001",
        )
    ]


def https_comes_through_a_proxy(**_asked: Any) -> list[CheckMessage]:
    """Only a proxy can tell us that a request came by TLS: else every page sends in circles."""
    if settings.SCHEME != "https" or settings.TRUSTED_PROXIES > 0:
        return []
    return [
        Error(
            "SERVICEDESK_SCHEME=https, and no proxy is trusted to say what came by TLS.",
            hint="Put a proxy in front (docs/operating.md) and set SERVICEDESK_PROXIES=1.",
            id="servicedesk.E003",
        )
    ]


def a_demo_is_not_published(**_asked: Any) -> list[CheckMessage]:
    """A demo shows everybody's mails, sign-in codes included, to whoever opens the mailbox."""
    if not settings.DEMO or settings.SCHEME != "https":
        return []
    return [
        Error(
            "SERVICEDESK_SCHEME=https with a demo: its mailbox would publish sign-in codes.",
            hint="Set SERVICEDESK_DEMO=0 and SERVICEDESK_SMTP_URL, or leave SERVICEDESK_SCHEME.",
            id="servicedesk.E002",
        )
    ]


ALL = (mail_has_a_way_out, a_demo_is_not_published, https_comes_through_a_proxy)
