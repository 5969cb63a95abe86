"""The demo's post office: each mail becomes a file that a page shows, and none leaves the machine.

Files are named by the time of arrival and the hash of the Message-ID; the same mail sent again
replaces itself, in the mailbox as with a reader.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage as Parsed
from email.policy import default
from email.utils import parsedate_to_datetime
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

BACKEND = "desk.mailbox.MailboxBackend"

_NAME = re.compile(r"[0-9]{8}T[0-9]{12}-[0-9a-f]{20}")
_SHOWN_HEADERS = (
    "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References",
    "Auto-Submitted",
)  # fmt: skip
_SEARCHED = 2000  # the newest so many are looked through for a recipient


class MailboxBackend(BaseEmailBackend):
    """Django's way out for mails: into the mailbox. A reader of it never sees half a mail."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write each mail whole. Returns how many."""
        root = Path(settings.MAILBOX_ROOT)
        root.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            raw = message.message().as_bytes()
            draft = root / f".{secrets.token_hex(8)}.draft"
            draft.write_bytes(raw)
            draft.replace(_place_of(raw, root))
        return len(email_messages)


@dataclass(frozen=True)
class Mail:
    """A mail in the mailbox, in words: what its list and its page show."""

    name: str
    to: str
    sender: str
    subject: str
    at: datetime
    headers: tuple[tuple[str, str], ...] = ()
    text: str = ""
    html: str = ""


def is_open() -> bool:
    """Whether there is a mailbox to look into: in a demo that sends its mails there."""
    return bool(settings.DEMO) and settings.EMAIL_BACKEND == BACKEND


def names() -> list[str]:
    """The names of all mails, newest first."""
    return sorted((path.stem for path in _root().glob("*-*.eml")), reverse=True)


def names_to(recipient: str) -> list[str]:
    """The newest first of the last 2,000 mails whose recipient contains the word, case aside."""
    word = recipient.casefold()
    return [mail.name for mail in _mails(names()[:_SEARCHED]) if word in mail.to.casefold()]


def listed(wanted: Sequence[str]) -> list[Mail]:
    """These mails, without the ones that are gone meanwhile."""
    return list(_mails(wanted))


def read(name: str) -> Mail | None:
    """The mail of that name; None when there is none."""
    path = _root() / f"{name}.eml"
    if not _NAME.fullmatch(name) or not path.is_file():
        return None
    return _mail(name, path.read_bytes())


def _mails(wanted: Sequence[str]) -> Iterator[Mail]:
    for name in wanted:
        if mail := read(name):
            yield mail


def _mail(name: str, raw: bytes) -> Mail:
    parsed = _parsed(raw)
    text, html = parsed.get_body(("plain",)), parsed.get_body(("html",))
    return Mail(
        name=name,
        to=str(parsed["To"] or ""),
        sender=str(parsed["From"] or ""),
        subject=str(parsed["Subject"] or ""),
        at=_date_of(parsed),
        headers=tuple((key, str(parsed[key])) for key in _SHOWN_HEADERS if parsed[key]),
        text=str(text.get_content()) if text else "",
        html=str(html.get_content()) if html else "",
    )


def _place_of(raw: bytes, root: Path) -> Path:
    """Where the mail goes: where it was put before, if it was."""
    key = str(_parsed(raw)["Message-ID"] or raw)
    digest = hashlib.sha256(key.encode()).hexdigest()[:20]
    before = sorted(root.glob(f"*-{digest}.eml"))
    return before[0] if before else root / f"{timezone.now():%Y%m%dT%H%M%S%f}-{digest}.eml"


def _date_of(parsed: Parsed) -> datetime:
    try:
        at = parsedate_to_datetime(str(parsed["Date"]))
    except ValueError:
        return datetime.fromtimestamp(0, UTC)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _parsed(raw: bytes) -> Parsed:
    parsed = message_from_bytes(raw, policy=default)
    assert isinstance(parsed, Parsed)  # noqa: S101  the policy says so, the type does not
    return parsed


def _root() -> Path:
    return Path(settings.MAILBOX_ROOT)
