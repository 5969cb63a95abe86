"""How a letter looks: text and HTML, the customer's brand, the reader's language and time zone."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import format_datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation
from mjml import mjml2html

from accounts.time_zones import is_known
from tickets import portal_promises
from tickets.inbound.headers import OWN_HEADER
from tickets.mail import addresses
from tickets.mail.letters import Letter, Reader

log = logging.getLogger(__name__)


def render(letter: Letter, *, is_ours: bool = False) -> EmailMultiAlternatives:
    """The message, headers and all. The same letter gives the same Message-ID and Date.

    `is_ours`: to one of our own people.
    """
    with _as_read_by(letter.reader):
        context = {
            "letter": letter,
            "is_ours": is_ours,
            "matter": letter.matter,
            "said": letter.said,
            "promised": _promised(letter),
            "code": letter.code,
            "invitation": letter.invitation,
            "news": letter.news,
            "asked": letter.asked,
            "minutes": letter.minutes,
            "low": letter.low,
            "enclosed": letter.enclosed,
            "brand": letter.brand,
            "vendor": settings.VENDOR_NAME,
            "zone": timezone.get_current_timezone_name(),
            "language": translation.get_language(),
        }
        subject = render_to_string(f"mail/{letter.template}.subject.txt", context)
        message = EmailMultiAlternatives(
            subject=addresses.one_line(subject),
            body=_tidy(render_to_string(f"mail/{letter.template}.txt", context)),
            from_email=letter.sender,
            to=[addresses.person(letter.reader.name, letter.reader.email)],
            reply_to=[letter.answers_to or addresses.where_answers_go(is_ours=is_ours)],
            headers=_headers(letter),
        )
        html = _compiled(render_to_string(f"mail/{letter.template}.html", context), letter)
    if html:
        message.attach_alternative(html, "text/html")
    if letter.enclosed and letter.enclosed.content:
        message.attach(letter.enclosed.filename, letter.enclosed.content, letter.enclosed.mime)
    return message


def _promised(letter: Letter) -> dict[str, str] | None:
    """The time the letter gives, on the reader's wall and on ours where they differ, and why."""
    if letter.given is None:
        return None
    due, now = letter.given.due_at, letter.written_at
    there = portal_promises.elsewhere(due, now=now, zone=letter.given.ours)
    at = portal_promises.wall(due, now)
    return {"at": at, "there": there, "reason": letter.given.reason}


def _headers(letter: Letter) -> dict[str, str]:
    headers = {
        "Message-ID": letter.message_id,
        "Date": format_datetime(letter.written_at),
        "Content-Language": _language(letter.reader),
        OWN_HEADER: addresses.own_mark(),
    }
    if letter.references:
        headers["References"] = " ".join(letter.references)
        headers["In-Reply-To"] = letter.references[-1]
    if letter.is_automatic:
        headers["Auto-Submitted"] = "auto-generated"
        headers["X-Auto-Response-Suppress"] = "All"
    return headers


def _compiled(source: str, letter: Letter) -> str:
    """The HTML of rendered MJML; nothing when MJML refuses it: the text part says it all."""
    try:
        return str(mjml2html(source))
    except (ValueError, KeyError) as problem:
        log.error("%s goes out as text only: %s", letter.message_id, problem)
        return ""


def _tidy(text: str) -> str:
    """Without the blank lines that left-out parts leave behind."""
    lines = [line.rstrip() for line in text.strip().splitlines()]
    kept = [line for at, line in enumerate(lines) if line or (at and lines[at - 1])]
    return "\n".join(kept) + "\n"


def _language(reader: Reader) -> str:
    return reader.language if reader.language in dict(settings.LANGUAGES) else "en"


@contextmanager
def _as_read_by(reader: Reader) -> Iterator[None]:
    zone = ZoneInfo(reader.time_zone if is_known(reader.time_zone) else "UTC")
    with translation.override(_language(reader)), timezone.override(zone):
        yield
