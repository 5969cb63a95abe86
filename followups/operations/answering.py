"""What the customer's people do with a notice. Runs as the customer's own login, or as the desk."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from accounts.limits import Allowance, count_try
from followups.models import Notice
from tickets import html
from tickets.models import Entry, Limit
from tickets.operations.writing import entry_by_contact, ring_judge

PER_NOTICE = Allowance(tries=20, window=timedelta(hours=1))
"""How often somebody may change their mind."""


class NoticeOver(Exception):
    """It was ended without an answer, or is too old; a new question may refer to its tickets."""


@transaction.atomic
def answer(*, notice: Notice, works: bool, words: str, now: datetime) -> Notice:
    """Say whether it works: at each of the notice's tickets, by triggers also for its state.

    *Works* closes those that are resolved; *does not work* opens them all again, with the words
    (plain text, may be empty), but for what was withdrawn or dismissed: that stays closed. The same
    answer again changes nothing; another one is a new answer.
    Raises NoticeOver.
    """
    locked = Notice.objects.select_for_update(of=("self",)).select_related("contact")
    notice = locked.get(pk=notice.pk)
    if notice.is_over(now):
        raise NoticeOver(notice.pk)
    said = Notice.Answer.WORKS if works else Notice.Answer.NOT_WORKING
    if notice.answer == said:
        return notice
    body = html.clean(html.from_text(words.strip())) if words.strip() else ""
    kind = Entry.Kind.WORKS if works else Entry.Kind.NOT_WORKING
    for row in notice.tickets.select_related("ticket").order_by("ticket"):
        entry_by_contact(ticket=row.ticket, kind=kind, contact=notice.contact, body=body, now=now)
    notice.answer, notice.answered_at = said, now
    notice.read_at = notice.read_at or now
    notice.save(update_fields=["answer", "answered_at", "read_at"])
    ring_judge()
    return notice


def answer_by_form(*, notice: Notice, works: bool, words: str, now: datetime) -> Notice:
    """The same on a page, which a link opens to whoever holds it: so often in an hour and no more.

    Raises NoticeOver and TooManyTries.
    """
    count_try(Limit, key=f"notice:{notice.pk}", allowance=PER_NOTICE, now=now)
    return answer(notice=notice, works=works, words=words, now=now)


def read(*, notices: Iterable[Notice], now: datetime) -> None:
    """Note that the contact, signed in, looked at the notices; of each the first time only."""
    unread = [one.pk for one in notices if one.read_at is None]
    if unread:
        Notice.objects.filter(pk__in=unread, read_at__isnull=True).update(read_at=now)
