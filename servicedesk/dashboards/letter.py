"""The mail that brings one of us a dashboard of the week or month that just ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone, translation

from accounts.hosts import admin_origin
from accounts.models import User
from accounts.policy import Permission, may
from accounts.time_zones import is_known
from customers.brand import fit
from desk.dashboards import Asked, BadAsk, NoSuchFigure, asked_from, labels
from desk.models import FigureMail, OutboxItem
from desk.operations.figure_mails import period_before
from desk.operations.outbox import NotNeeded
from desk.pdf import can_print
from servicedesk.dashboards import export, picker
from servicedesk.dashboards.words import days
from tickets.mail import addresses
from tickets.mail.enclosed import Enclosed
from tickets.mail.letters import Branding, Letter, Reader
from tickets.mail.minutes import OURS

MIMES = {FigureMail.Format.PDF: "application/pdf", FigureMail.Format.CSV: "text/csv"}


def dashboard(item: OutboxItem) -> Letter:
    """Write it in the reader's language and zone; figures as they are now. Raises NotNeeded.

    Where no PDF can be made at all a CSV goes; one that fails is tried again like any mail.
    """
    mail_id, _colon, day = item.row.partition(":")
    mail = FigureMail.objects.select_related("user").filter(pk=mail_id, ended_at=None).first()
    if mail is None or item.user is None:
        raise NotNeeded("it was stopped")
    user = item.user
    if not may(user, Permission.SEE_SERVICE):
        raise NotNeeded("the person may not see figures any more")
    brand, home = fit(OURS), f"{admin_origin()}/"
    name = str(settings.VENDOR_NAME)
    with _as_read_by(user):
        enclosed = _enclosed(mail, user, date.fromisoformat(day))
    return Letter(
        template="dashboard",
        message_id=addresses.id_of(item),
        sender=addresses.person(name, f"desk@{settings.MAIL_DOMAIN}"),
        brand=Branding(name, brand.light, brand.on_light, home, addresses.host_of(home)),
        reader=Reader(user.name, user.email, user.language, user.time_zone),
        written_at=item.created_at,
        is_automatic=True,
        enclosed=enclosed,
    )


def _enclosed(mail: FigureMail, user: User, day: date) -> Enclosed:
    name, now = mail.dashboard, timezone.now()
    asked = _asked(mail, day)
    known: dict[str, Any] = {"user": user, "asked": asked, "now": now}
    form = FigureMail.Format(mail.format) if not can_print() else FigureMail.Format.CSV
    try:
        if form == FigureMail.Format.PDF:
            content = export.as_pdf(name, **known)
        else:
            content = export.as_csv(name, **known).encode()
    except NoSuchFigure as gone:
        raise NotNeeded("there is no such dashboard any more") from gone
    return Enclosed(
        filename=export.filename(name, asked, form.value),
        content=content,
        mime=MIMES[form],
        title=str(labels()[name]),
        period=days(asked),
        url=f"{admin_origin()}/dashboards/{name}/?{picker.query(asked)}",
    )


def _asked(mail: FigureMail, day: date) -> Asked:
    """The days that ended before that one, with the filters that the mail was asked with."""
    first, last = period_before(day, every=mail.every)
    kept = {"from": first.isoformat(), "to": last.isoformat()}
    try:
        return asked_from(dict(parse_qsl(mail.query)) | kept, today=day)
    except BadAsk as problem:
        raise NotNeeded("its filters mean nothing any more") from problem


@contextmanager
def _as_read_by(user: User) -> Iterator[None]:
    zone = ZoneInfo(user.time_zone if is_known(user.time_zone) else "UTC")
    language = user.language if user.language in dict(settings.LANGUAGES) else "en"
    with translation.override(language), timezone.override(zone):
        yield
