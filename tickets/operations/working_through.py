"""Working through mail that came in: one after the other, each within its tries."""

from __future__ import annotations

import logging
import os
import socket
import time
from datetime import datetime

from desk.models import IncomingMail
from tickets.inbound.apart import Reader
from tickets.operations import receiving, working_mail

log = logging.getLogger(__name__)

_AT_ONCE = 5


class DiedEachTime(RuntimeError):
    """Every try has ended its process without a word."""


def work_through(*, reader: Reader, seconds: float, now: datetime) -> bool:
    """Work on mails that wait, for about so many seconds. Says whether the time ended it."""
    by, ends = who(), time.monotonic() + seconds
    try:
        while mails := receiving.claim(limit=_AT_ONCE, by=by):
            for mail in mails:
                if time.monotonic() > ends:
                    return True
                if receiving.begin(mail=mail):
                    try_once(mail=mail, reader=reader, now=now)
    finally:
        receiving.give_back(by=by)
    return False


def work_one(*, mail: IncomingMail, reader: Reader, now: datetime) -> IncomingMail:
    """Work on this mail now, unless somebody is at it: then wait for them. As it stands then."""
    if receiving.take(mail=mail, by=who()) and receiving.begin(mail=mail):
        try_once(mail=mail, reader=reader, now=now)
    return IncomingMail.objects.select_related("customer").defer("raw").get(pk=mail.pk)


def try_once(*, mail: IncomingMail, reader: Reader, now: datetime) -> None:
    """One try at a mail that was begun. Raises where the database is away, and nothing else."""
    try:
        if mail.attempts > receiving.TRIES:
            raise DiedEachTime(f"{receiving.TRIES} tries ended without a word")
        working_mail.work(mail_id=mail.pk, reader=reader, now=now)
    except Exception as problem:
        log.exception("mail %d failed", mail.pk)
        receiving.fail(mail=mail, error=f"{type(problem).__name__}: {problem}", now=now)


def who() -> str:
    """This process, as shown with a mail it holds."""
    return f"{socket.gethostname()[:30]}:{os.getpid()}"
