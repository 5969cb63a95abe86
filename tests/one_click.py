"""Every link of the product that opens something by what stands in it, and what presses its button.

Programs that check mails and chats open all of them, many times, some with a browser.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.contrib.auth.tokens import default_token_generator
from django.db import connection
from django.utils import timezone
from django.utils.http import urlsafe_base64_encode

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from desk.models import CallbackPlan
from followups.links import CALLBACK, FEED, NOTICE, REPORT, token
from followups.models import Feed, Notice, ReportShare
from followups.operations.asking import Whose, ask
from followups.operations.telling import tell
from product.operations.problems import make_problem
from product.operations.publishing import go_live
from product.operations.releases import make_release
from tests.cast import hours, make_ticket, minutes
from tests.isolation.targets import reported
from tickets.codes import digits
from tickets.models import Contact, SignInCode
from tickets.operations.reporting import report

PREFETCHES = ({"Purpose": "prefetch"}, {"Sec-Purpose": "prefetch;prerender"})
PASSWORD = "another horse battery staple"


@dataclass(frozen=True)
class Link:
    """One link: its door and route in `urls.toml`, where it leads, and what its button sends.

    `status` is what a look at it gets; without `sends` it has no button.
    """

    door: str
    route: str
    path: str
    sends: dict[str, str] | None = field(default=None)

    def __str__(self) -> str:
        return f"{self.door}:/{self.route}"


def lay_links(acme: Customer, *, ada: User, pia: User) -> list[Link]:
    """Uma was told what is live and asked how we did, signs in and has a feed; Ada sets a password.

    Olga shared a report.

    Written by whatever login there is.
    """
    now, schema = timezone.now(), str(acme.schema_name)
    problem = make_problem(key="LINK-1", title="x", by=pia, now=now)
    with schema_of(acme):
        uma = Contact.objects.get(email="uma@acme.test")
        report(ticket=make_ticket(requester=uma, now=now), problem=problem, by=pia, now=now)
    release = make_release(
        key="links", version="1", notes_en="x", problems=[problem], by=pia, now=now
    )
    go_live(release=release, by=pia, now=now)
    with schema_of(acme):
        tell(customer=acme, release_id=release.pk, now=now)
        notice = Notice.objects.get(contact=uma)
        callback = ask(
            customer=acme, plan=CallbackPlan.objects.get(kind="periodic"), contact=uma, period="x",
            whose=Whose(), now=now - hours(1),
        )  # fmt: skip
        assert callback is not None
        feed = Feed.objects.create(contact=uma, created_at=now)
        olga = Contact.objects.get(email="olga@acme.test")
        shared = ReportShare.objects.get(pk=reported(acme, olga)["share_id"])
        code = SignInCode.objects.create(contact=uma, created_at=now, expires_at=now + minutes(10))
    typed = {"id": str(code.pk), "code": digits(schema=schema, code_id=code.pk)}
    ours = urlsafe_base64_encode(str(ada.pk).encode())
    told, asked, fed, read = (
        token(schema=schema, purpose=purpose, row=row)
        for purpose, row in (
            (NOTICE, notice.secret), (CALLBACK, callback.secret), (FEED, feed.pk),
            (REPORT, shared.secret),
        )
    )  # fmt: skip
    question, how = f"notices/{notice.pk}/{told}/", f"callbacks/{callback.pk}/{asked}/"
    return [
        Link("portal", "notices/<int:notice_id>/<token>/", f"{question}?say=works",
             {"say": "works"}),
        Link("portal", "callbacks/<int:callback_id>/<token>/", f"{how}?score=5",
             {"score-service": "5"}),
        Link("portal", "callbacks/<int:callback_id>/<token>/stop/", f"{how}stop/", {}),
        Link("portal", "sign-in/code/", f"sign-in/code/?{urlencode(typed)}", typed),
        Link("portal", "news/feed/<uuid:feed_id>/<token>.atom", f"news/feed/{feed.pk}/{fed}.atom"),
        Link("portal", "shared/<int:share_id>/<token>/", f"shared/{shared.pk}/{read}/"),
        Link("desk", "password/<uidb64>/<token>/",
             f"password/{ours}/{default_token_generator.make_token(ada)}/",
             {"new_password1": PASSWORD, "new_password2": PASSWORD}),
    ]  # fmt: skip


def rows() -> dict[str, str]:
    """A hash of every table that there is, whoever's: for the owner's login."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_schema, table_name FROM information_schema.tables"
            " WHERE table_type = 'BASE TABLE'"
            " AND table_schema NOT IN ('pg_catalog', 'information_schema')"
        )
        found = {}
        for schema, table in cursor.fetchall():
            whole = "md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), ''))"
            cursor.execute(f'SELECT {whole} FROM "{schema}"."{table}" t')  # noqa: S608  our names
            found[f"{schema}.{table}"] = cursor.fetchone()[0]
    return found


def written() -> dict[str, int]:
    """How many rows this transaction wrote so far, table by table, even if it took them back."""
    return _counted("pg_stat_xact_user_tables")


def ever_written() -> dict[str, int]:
    """How many rows were ever written, by whomever; told some seconds late."""
    return _counted("pg_stat_user_tables")


def _counted(view: str) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT schemaname || '.' || relname, n_tup_ins + n_tup_upd + n_tup_del"  # noqa: S608
            f" FROM {view} WHERE n_tup_ins + n_tup_upd + n_tup_del > 0"
        )
        return dict(cursor.fetchall())
