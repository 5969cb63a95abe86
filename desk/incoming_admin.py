"""The admin of mail that came in: found, filtered, read; what failed is tried again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from accounts.audit_log import DayFilter
from accounts.audited import AuditedAdmin, asker
from accounts.hosts import desk_origin
from accounts.listed import Row
from accounts.models import User
from accounts.operations.auditing import Facts, record
from accounts.policy import Permission, may
from accounts.words import moment
from desk import mail_words, places
from desk.mail_admin import OfCustomerFilter
from desk.models import IncomingMail
from desk.models.mail import IncomingMailQuerySet
from desk.operations.working_anew import work_anew

COLUMNS = (
    "received", "sender", "sender_name", "verified", "subject", "recipient", "outcome", "reason",
    "customer", "ticket", "way", "bytes",
)  # fmt: skip


class WaitsFilter(admin.SimpleListFilter):
    """What a person or a worker has to do still."""

    title = gettext_lazy("what is to be done")
    parameter_name = "waits"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("decision", _("waits for a decision")),
            ("work", _("not worked on yet")),
            ("failed", _("could not be worked on")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        mails = cast(Any, queryset)
        if self.value() == "decision":
            return mails.waiting()
        if self.value() == "work":
            return mails.filter(state=IncomingMail.State.NEW)
        return mails.waiting().filter(reason="failed") if self.value() == "failed" else mails


class WayFilter(admin.SimpleListFilter):
    """By which way it came."""

    title = gettext_lazy("came by")
    parameter_name = "way"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(IncomingMail.Way.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        return queryset.filter(way=self.value()) if self.value() else queryset


class ReasonFilter(admin.SimpleListFilter):
    """Why it is where it is."""

    title = gettext_lazy("why")
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(code, why.short) for code, why in mail_words.WHYS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        return queryset.filter(reason=self.value()) if self.value() else queryset


@admin.register(IncomingMail)
class IncomingMailAdmin(AuditedAdmin):
    """Each mail to each of ours, newest first. What is decided about it is decided at the desk."""

    list_display = (
        "arrived", "from_whom", "subject", "recipient", "became_because", "whose",
    )  # fmt: skip
    list_display_links = ("arrived",)
    list_filter = (
        WaitsFilter, "outcome", ReasonFilter, WayFilter, OfCustomerFilter, "is_verified",
        ("received_at", DayFilter),
    )  # fmt: skip
    list_filter_submit = True
    list_fullwidth = True
    list_select_related = ("customer",)
    search_fields = ("sender", "sender_name", "subject", "recipient")
    search_help_text = gettext_lazy("sender, subject or recipient")
    empty_says = gettext_lazy("Every mail that comes in stands here, with what became of it.")
    ordering = ("-received_at", "-pk")
    actions = ("try_again",)
    fields = (
        "arrived", "from_whom", "verified", "subject", "recipient", "of", "became",
        "because_whole", "at_ticket", "came_by", "size", "sha256", "worked", "tries",
        "settled", "at_the_desk",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Without the bytes."""
        return super().get_queryset(request).defer("raw")

    def rows_for(self, user: User, rows: QuerySet[Any]) -> QuerySet[Any]:
        return cast(IncomingMailQuerySet, rows).served_by(user)

    def facts(self, row: Model) -> Facts:
        """Nobody changes it here."""
        return {}

    def csv_rows(self, request: HttpRequest, rows: QuerySet[Any]) -> Iterator[Row]:
        """Each fact in a column of its own, codes as programs know them."""
        yield COLUMNS
        for mail in rows.iterator(chunk_size=1000):
            ticket = f"{mail.customer.prefix}-{mail.number}" if mail.number else ""
            yield (
                mail.received_at, mail.sender, mail.sender_name, mail.is_verified, mail.subject,
                mail.recipient, mail.refusal or mail.outcome, mail.reason,
                mail.customer.code if mail.customer else "", ticket, mail.way, mail.size,
            )  # fmt: skip

    def has_set_up_permission(self, request: HttpRequest) -> bool:
        """Who sees to mailboxes sees to what got stuck behind them."""
        return may(cast(User, request.user), Permission.SET_UP_MAIL)

    # --- In words --------------------------------------------------------------------------------

    @admin.display(description=pgettext_lazy("mail", "received"), ordering="received_at")
    def arrived(self, mail: IncomingMail) -> str:
        return moment(mail.received_at)

    @admin.display(description=pgettext_lazy("mail", "from"), ordering="sender")
    def from_whom(self, mail: IncomingMail) -> str:
        if not mail.sender:
            return "–"
        return f"{mail.sender_name} <{mail.sender}>" if mail.sender_name else mail.sender

    @admin.display(description=gettext_lazy("outcome"))
    def became(self, mail: IncomingMail) -> str:
        """What became of it, and what a person made of that."""
        if mail.state == IncomingMail.State.NEW:
            return _("not worked on yet")
        waits = mail.settled_at is None and mail.outcome in ("held", "unrouted")
        tone = "is-warning" if waits else ""
        said = mail.get_refusal_display() if mail.refusal else mail.get_outcome_display()
        return format_html('<span class="tag {}">{}</span>', tone, said)

    @admin.display(description=gettext_lazy("outcome"), ordering="outcome")
    def became_because(self, mail: IncomingMail) -> str:
        """With why, shortly."""
        because = mail_words.why(mail).short if mail.reason else ""
        return format_html("<div>{} {}</div>", self.became(mail), because)

    @admin.display(description=gettext_lazy("why"))
    def because_whole(self, mail: IncomingMail) -> str:
        """With what can be done about it, and what the last try said."""
        if not mail.reason:
            return mail.last_error or "–"
        why = mail_words.why(mail)
        return " ".join(str(one) for one in (why.short, why.whole, mail.last_error) if one)

    @admin.display(description=gettext_lazy("customer"), ordering="customer__name")
    def whose(self, mail: IncomingMail) -> str:
        """With its ticket."""
        if mail.number is None:
            return self.of(mail)
        return format_html("<div>{} {}</div>", self.of(mail), self.at_ticket(mail))

    @admin.display(description=gettext_lazy("customer"))
    def of(self, mail: IncomingMail) -> str:
        return mail.customer.name if mail.customer else "–"

    @admin.display(description=gettext_lazy("ticket"))
    def at_ticket(self, mail: IncomingMail) -> str:
        """Its name, and the way to it at the desk."""
        if mail.customer is None or mail.number is None:
            return "–"
        where = desk_origin() + places.ticket(mail.customer.code, mail.number)
        return format_html('<a href="{}">{}-{}</a>', where, mail.customer.prefix, mail.number)

    @admin.display(description=gettext_lazy("sender"))
    def verified(self, mail: IncomingMail) -> str:
        return str(mail_words.mark(mail).word)

    @admin.display(description=gettext_lazy("came by"))
    def came_by(self, mail: IncomingMail) -> str:
        """The way, and from which mailbox."""
        of = f": {mail.mailbox.name}" if mail.mailbox else ""
        return f"{mail.get_way_display()}{of}"

    @admin.display(description=gettext_lazy("worked on"))
    def worked(self, mail: IncomingMail) -> str:
        return moment(mail.worked_at) if mail.worked_at else "–"

    @admin.display(description=gettext_lazy("tries"))
    def tries(self, mail: IncomingMail) -> int:
        return mail.attempts

    @admin.display(description=gettext_lazy("decided"))
    def settled(self, mail: IncomingMail) -> str:
        """Who decided about it, when, and with which words."""
        if mail.settled_at is None:
            return "–"
        who = mail.settled_by.name if mail.settled_by else "–"
        return f"{who}, {moment(mail.settled_at)} {mail.refusal_words}".strip()

    @admin.display(description=pgettext_lazy("mail", "at the desk"))
    def at_the_desk(self, mail: IncomingMail) -> str:
        """Its page there: what it says, how its sender was judged, and what can be decided."""
        where = desk_origin() + places.mail(mail.pk)
        return format_html('<a href="{}">{}</a>', where, _("Read it and decide"))

    # --- Once more -------------------------------------------------------------------------------

    @admin.action(description=gettext_lazy("Try again"), permissions=["set_up"])
    def try_again(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        """Have what failed, or is nobody's, worked on anew; each is one event of the log."""
        count = sum(self._retry(request, mail) for mail in chosen.order_by("pk"))
        said = ngettext("%(n)s mail is worked on anew.", "%(n)s mails are worked on anew.", count)
        level = messages.SUCCESS if count else messages.WARNING
        self.message_user(request, said % {"n": count}, level)

    @transaction.atomic
    def _retry(self, request: HttpRequest, mail: IncomingMail) -> int:
        was = mail.outcome
        count = work_anew(mails=IncomingMail.objects.filter(pk=mail.pk))
        if count:
            now, by = timezone.now(), asker(request)
            changes = {"outcome": [was, ""]}
            record(action="retried", of=mail, changes=changes, by=by, now=now)
        return count
