"""Mail that a visitor of the demo writes: a real one, as a person's mail program would send it.

What a relay of ours would find is put on top, in the name `RELAY`: that the sender's domain vouches
for the mail, or, as a forger would have it, that nothing does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid, parseaddr

from django.conf import settings
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from desk.mailbox import Mail

RELAY = "relay.demo.example"
"""Whose Authentication-Results the demo trusts; no server has this name."""


@dataclass(frozen=True)
class Attached:
    """A file of a mail, as its writer chose it."""

    name: str
    content: bytes
    content_type: str = "application/octet-stream"


@dataclass(frozen=True)
class Letter:
    """What somebody writes. `answers`: the Message-IDs it goes on from, the last one answered."""

    writer: Address
    recipient: str
    subject: str
    text: str
    copies: tuple[str, ...] = ()
    files: tuple[Attached, ...] = field(default=())
    answers: tuple[str, ...] = ()
    is_forged: bool = False


def composed(letter: Letter, *, now: datetime) -> bytes:
    """The mail as it comes in here, lines ended as SMTP has it."""
    mail = EmailMessage(policy=SMTP)
    found = "fail" if letter.is_forged else "pass"
    mail["Authentication-Results"] = f"{RELAY}; dmarc={found} header.from={letter.writer.domain}"
    mail["From"] = letter.writer
    mail["To"] = letter.recipient
    if letter.copies:
        mail["Cc"] = ", ".join(letter.copies)
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = make_msgid(domain=letter.writer.domain)
    if letter.answers:
        mail["In-Reply-To"] = letter.answers[-1]
        mail["References"] = " ".join(letter.answers)
    mail.set_content(letter.text)
    for file in letter.files:
        kind, _slash, sort = file.content_type.partition("/")
        mail.add_attachment(
            file.content,
            maintype=kind if sort else "application",
            subtype=sort or "octet-stream",
            filename=file.name,
        )
    return mail.as_bytes()


def answer_to(
    mail: Mail, *, text: str, is_forged: bool, files: tuple[Attached, ...] = ()
) -> Letter:
    """What the mail's recipient answers, with the mail quoted below. Raises NoAnswer."""
    headers = dict(mail.headers)
    writer = written_by(mail.to)
    recipient = parseaddr(headers.get("Reply-To") or mail.sender)[1]
    if writer is None or "@" not in recipient:
        raise NoAnswer(mail.name)
    before = headers.get("References", "").split()
    said = _("On %(date)s, %(name)s wrote:") % {
        "date": date_format(localtime(mail.at), "DATETIME_FORMAT"),
        "name": mail.sender,
    }
    quoted = "\n".join(f"> {line}".rstrip() for line in mail.text.strip().splitlines())
    return Letter(
        writer=writer,
        recipient=recipient,
        subject=mail.subject if mail.subject[:3].lower() == "re:" else f"Re: {mail.subject}",
        text=f"{text}\n\n{said}\n{quoted}\n",
        files=files,
        answers=tuple(one for one in (*before, headers.get("Message-ID", "")) if one),
        is_forged=is_forged,
    )


class NoAnswer(ValueError):
    """The mail names nobody who could answer it, or nowhere to answer to."""


def written_by(text: str) -> Address | None:
    """A person as ``Name <address>`` or an address alone; None where that is none."""
    name, address = parseaddr(text)
    try:
        return Address(display_name=name, addr_spec=address) if "@" in address else None
    except (ValueError, IndexError):
        return None


def customers_address(code: str) -> str:
    """Where a customer's people write to."""
    return f"{code}@{settings.MAIL_DOMAIN}"
