"""Mail in the admin: mailboxes and their secrets, whose mail is, blocked senders, what came in."""

from __future__ import annotations

import csv
import io
import json
import logging
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Team, User
from accounts.policy import Role
from accounts.sealing import seal, unseal
from customers.models import Customer
from desk.mailbox_secrets import opened, seal_mailboxes_anew
from desk.models import BlockedSender, IncomingMail, MailAddress, Mailbox, MailDomain
from servicedesk import zones
from tests.admin.conftest import ConsoleClient
from tests.admin.pages import agree, events, form_of, said, send, shown, will
from tests.cast import NINE, days, make_staff, minutes
from tests.inbound.dovecot import PASSWORD, dovecot
from tickets import tasks

SECRET = "ca9ary-Hunter2"
BOX, RULES = "/desk/mailbox/", {"domain": "/desk/maildomain/", "address": "/desk/mailaddress/"}
TYPED = {
    "name": "Support", "address": "Support@Vendor.test", "host": "imap.vendor.test",
    "login": "support", "password": SECRET,
}  # fmt: skip


def mailbox(**facts: Any) -> Mailbox:
    """A mailbox that lets in with SECRET, at which nobody answers."""
    zones.use(zones.OWNER)
    usual = {
        "name": "Support", "host": "127.0.0.1", "port": 1, "security": "none", "login": "x",
        "address": "x@vendor.test", "secret": seal(SECRET), "created_at": NINE,
    }  # fmt: skip
    return Mailbox.objects.create(**usual | facts)


def mail(key: str, **facts: Any) -> IncomingMail:
    """A mail that waits unrouted, unless these facts say otherwise."""
    zones.use(zones.OWNER)
    usual: dict[str, Any] = {
        "key": key, "way": "smtp", "size": 4, "sha256": "0" * 64, "received_at": NINE,
        "state": "done", "worked_at": NINE, "outcome": "unrouted", "reason": "unknown_recipient",
        "sender": "eve@initech.test", "is_verified": True, "recipient": "x@vendor.test",
        "subject": key,
    }  # fmt: skip
    facts = usual | facts
    return IncomingMail.objects.create(raw=None if facts.get("customer") else b"mail", **facts)


def stored(row: Any) -> Any:
    """The row as it is now, as the owner sees it."""
    zones.use(zones.OWNER)
    return type(row).objects.get(pk=row.pk)


def wrong(response: Any) -> dict[str, str]:
    """Field → what the form that came back says about it."""
    form = response.context["adminform"].form
    return {name: " ".join(str(one) for one in found) for name, found in form.errors.items()}


def text_of(response: Any) -> str:
    """A page or a streamed file, in full."""
    if response.streaming:
        return b"".join(response.streaming_content).decode()
    return str(response.content.decode())


# --- A mailbox and its secret ---------------------------------------------------------------------


def test_a_secret_is_typed_once_and_stands_nowhere_after(
    console: ConsoleClient, mei: User, oskar: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = console(mei)

    refused = send(client, f"{BOX}add/", **TYPED | {"port": "143"})

    assert wrong(refused) == {"port": "TLS is at 993, STARTTLS at 143: change one of them."}
    assert SECRET not in said(refused)
    assert 'value="imap.vendor.test"' in said(refused), "nothing typed is lost"
    again = {name: value for name, value in form_of(refused).items() if value is not None}
    assert client.post(f"{BOX}add/", again | {"port": "993"}).status_code == 302
    zones.use(zones.OWNER)
    box = Mailbox.objects.get()
    assert (unseal(box.secret), box.address) == (SECRET, "support@vendor.test")
    (event,) = events(model="desk.mailbox")
    assert event.changes["secret"] == [None, "•"]

    page = f"{BOX}{box.pk}/"
    pages = [
        BOX, f"{BOX}csv/", f"{page}change/", f"{page}history/", f"{page}delete/", f"{page}test/",
        "/accounts/auditevent/", "/accounts/auditevent/csv/", "/start/", f"/search/?s={SECRET}",
        f"/accounts/auditevent/{event.pk}/change/",
    ]  # fmt: skip
    for by, paths in ((client, pages), (console(oskar), pages[2:4])):
        for path in paths:
            answer = by.get(path)
            assert answer.status_code == 200, path
            text = text_of(answer).replace(f"s={SECRET}", "")
            assert SECRET not in text, path
            assert box.secret not in text, path
    assert SECRET not in caplog.text
    assert SECRET not in json.dumps([one.changes for one in events()])


def test_what_is_left_empty_stays_and_what_is_typed_is_said_to_be_another(
    console: ConsoleClient, mei: User
) -> None:
    box = mailbox()
    client, page = console(mei), f"{BOX}{box.pk}/change/"

    assert send(client, page, name="Help").status_code == 302
    assert stored(box).secret == box.secret
    assert send(client, page, password="another").status_code == 302

    assert opened(stored(box)) == {"password": "another"}
    (named, sealed) = events(action="changed", model="desk.mailbox")
    assert named.changes == {"name": ["Support", "Help"]}
    assert sealed.changes == {"secret": ["•", "•"]}


def test_what_follows_is_shown_before_and_takes_along_what_was_typed(
    console: ConsoleClient, mei: User, carl: User
) -> None:
    box = mailbox()
    client, page = console(mei), f"{BOX}{box.pk}/change/"

    first = send(client, page, password="another", folder="Work", authserv_id="MX.vendor.test;")

    assert "“Work” at 127.0.0.1 is read from its beginning" in will(first)
    assert "Senders are verified by what “mx.vendor.test” says" in will(first)
    assert "another" not in form_of(first).values()
    assert client.post(page, form_of(first)).status_code == 302
    now = stored(box)
    assert (opened(now), now.folder) == ({"password": "another"}, "Work")

    foreign = {"form": ["mailbox", box.pk, carl.pk], "typed": {"password": "carl's"}}
    for typed in (seal(json.dumps(foreign)), seal("x"), "x"):
        assert send(client, page, name="Again", typed=typed).status_code in (200, 302)
        assert opened(stored(box)) == {"password": "another"}, "only what one typed oneself"


def test_oauth_says_what_is_lacking_and_keeps_the_rest(console: ConsoleClient, mei: User) -> None:
    client = console(mei)
    fresh = shown(client, f"{BOX}add/?provider=google")
    assert (fresh["host"], fresh["sign_in"]) == ("imap.gmail.com", ["google"])
    assert fresh["authserv_id"] == "mx.google.com"
    typed = {**fresh, **TYPED, "host": fresh["host"], "client_id": "me", "client_secret": "shh"}

    lacking = client.post(f"{BOX}add/", typed)
    assert list(wrong(lacking)) == ["refresh_token"]
    whole = form_of(lacking) | {"refresh_token": "r1"}
    assert client.post(f"{BOX}add/", whole).status_code == 302
    zones.use(zones.OWNER)
    box = Mailbox.objects.get()
    kept = {"client_id": "me", "client_secret": "shh", "refresh_token": "r1"}
    assert opened(box) == kept

    page = f"{BOX}{box.pk}/change/"
    assert send(client, page, client_secret="new").status_code == 302
    assert opened(stored(box)) == kept | {"client_secret": "new"}
    assert list(wrong(send(client, page, sign_in="password"))) == ["password"]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"host": "imap://x"}, "host"),
        ({"host": "a b"}, "host"),
        ({"port": "0"}, "port"),
        ({"security": "none"}, "security"),
        ({"afterwards": "move"}, "done_folder"),
        ({"afterwards": "move", "done_folder": "INBOX"}, "done_folder"),
        ({"login": "a\r\nb"}, "login"),
        ({"authserv_id": "mx.test; dmarc=pass"}, "authserv_id"),
        ({"password": ""}, "password"),
    ],
)
def test_what_cannot_work_is_said_at_its_field(
    console: ConsoleClient, mei: User, typed: dict[str, str], field: str
) -> None:
    assert list(wrong(send(console(mei), f"{BOX}add/", **TYPED | typed))) == [field]


def test_saving_leaves_alone_what_a_worker_writes_meanwhile(
    console: ConsoleClient, mei: User
) -> None:
    box = mailbox(uid_validity=7, last_uid=70)
    client, page = console(mei), f"{BOX}{box.pk}/change/"
    form = shown(client, page)
    zones.use(zones.OWNER)
    rotated = seal("rotated")
    Mailbox.objects.filter(pk=box.pk).update(last_uid=90, checked_at=NINE, secret=rotated)

    assert client.post(page, form | {"name": "Help"}).status_code == 302
    now = stored(box)
    assert (now.last_uid, now.checked_at, now.secret, now.name) == (90, NINE, rotated, "Help")
    assert agree(client, page, folder="Other").status_code == 302
    assert (stored(box).uid_validity, stored(box).last_uid) == (None, 0)


def test_a_mailbox_is_tried_and_says_what_happened(console: ConsoleClient, mei: User) -> None:
    box = mailbox()
    client, page = console(mei), f"{BOX}{box.pk}/test/"
    assert "Nothing is fetched or changed there" in said(client.get(page))

    answer = said(client.post(page))

    assert "127.0.0.1:1 cannot be reached" in answer
    assert "Compare server, port, login and folder" in answer
    (event,) = events(action="tested")
    assert (event.row, event.changes) == (str(box.pk), {"result": [None, "failed"]})


def test_a_mailbox_that_lets_us_in_says_how_much_lies_there(
    console: ConsoleClient, mei: User, settings: Any
) -> None:
    with dovecot() as server:
        settings.MAIL_CA = str(server.authority)
        server.put(b"From: eve@initech.test\r\n\r\nHello\r\n")
        box = mailbox(
            host="localhost", port=server.tls_port, security="tls", login="box",
            secret=seal(PASSWORD), is_active=False,
        )  # fmt: skip
        answer = said(console(mei).post(f"{BOX}{box.pk}/test/"))
        assert server.flags() == [""], "looked at, not read"
    for words in ("Connected to localhost.", "Signed in as box.", "“INBOX” has 1 mail."):
        assert words in answer, words
    assert "It is paused: resume it to fetch." in answer
    (event,) = events(action="tested")
    assert event.changes == {"result": [None, "let in"]}


def test_mailboxes_are_paused_and_say_how_they_stand(console: ConsoleClient, oskar: User) -> None:
    now = timezone.now()
    fine = mailbox(name="Fine", checked_at=now)
    ill = mailbox(name="Ill", checked_at=now, failed_since=NINE, last_error="No route")
    mailbox(name="Silent", checked_at=now - minutes(30))
    mail("late", state="new", worked_at=None, outcome="", reason="", mailbox=fine)
    client = console(oskar)

    told = said(client.get(BOX))
    for words in ("works", "fails", "No route", "see whether workers run", "1 mail, for"):
        assert words in told, words
    start = said(client.get("/start/"))
    for words in ("Mailbox “Ill”: fails", "Mailbox “Silent”: silent", "1 mail is not worked on"):
        assert words in start, words

    asked = {"action": "pause", "_selected_action": [fine.pk, ill.pk]}
    client.post(BOX, asked)
    assert not stored(fine).is_active
    assert len(events(action="paused", model="desk.mailbox")) == 2
    client.post(BOX, asked | {"action": "resume", "_selected_action": [ill.pk]})
    assert [one.row for one in events(action="continued")] == [str(ill.pk)]


def test_another_secret_key_opens_what_it_sealed_anew(settings: Any, db: None) -> None:
    box = mailbox()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "k" * 64, [settings.SECRET_KEY]
    tasks.sweep_settled()
    assert seal_mailboxes_anew() == (0, 0)
    settings.SECRET_KEY_FALLBACKS = []
    assert opened(stored(box)) == {"password": SECRET}


# --- Whose mail is --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "typed", "says"),
    [
        ("domain", "@QQ.com", "Anybody can write from qq.com"),
        ("domain", "gmail.com", "Anybody can write from gmail.com"),
        ("domain", "com.cn", "Many companies write from below com.cn"),
        ("domain", "desk.test", "Our own people write from that domain."),
        ("domain", "acme", "A domain is what stands behind the @"),
        ("domain", "a@acme.test", "A domain is what stands behind the @"),
        ("domain", "globex.test", "It is Globex's already"),
        ("address", "help@globex.test", "It is Globex's already"),
        ("address", "ada@desk.test", "one of our own people"),
        ("address", "acme@MAIL", "is each customer's by itself"),
    ],
)
def test_what_is_not_the_customers_is_refused_with_the_reason(
    console: ConsoleClient, carl: User, ada: User, acme: Customer, globex: Customer, kind: str,
    typed: str, says: str,
) -> None:  # fmt: skip
    zones.use(zones.OWNER)
    Customer.objects.filter(pk=globex.pk).update(name="Globex")
    MailDomain.objects.create(domain="globex.test", customer=globex, created_at=NINE)
    MailAddress.objects.create(address="help@globex.test", customer=globex, created_at=NINE)
    typed = typed.replace("MAIL", settings.MAIL_DOMAIN)
    refused = send(console(carl), f"{RULES[kind]}add/", **{kind: typed, "customer": acme.pk})
    assert says in wrong(refused)[kind]


def test_a_domain_of_a_customer_one_does_not_serve_is_somebodys(
    console: ConsoleClient, acme: Customer, globex: Customer
) -> None:
    zones.use(zones.OWNER)
    Customer.objects.filter(pk=globex.pk).update(team=Team.objects.create(name="South"))
    MailDomain.objects.create(domain="globex.test", customer=globex, created_at=NINE)
    nia = make_staff(name="Nia", email="nia@desk.test", role=Role.CONSULTANT, serves_all=False)
    typed = {"domain": "globex.test", "customer": acme.pk}
    refused = send(console(nia), "/desk/maildomain/add/", **typed)
    assert "another customer's already, whom you do not serve" in wrong(refused)["domain"]
    assert "Globex" not in said(refused)


def test_a_new_domain_says_what_waits_for_it_and_has_it_worked_on(
    console: ConsoleClient, carl: User, acme: Customer
) -> None:
    waits = [mail("one"), mail("two")]
    others = [
        mail("unsure", is_verified=False),
        mail("else", sender="eve@not-initech.test"),
        mail("settled", settled_at=NINE, settled_by=carl, refusal="refused"),
        mail("held", outcome="held", reason="stranger", customer=acme),
    ]
    client = console(carl)
    own = f"{RULES['domain']}add/?customer=acme"
    assert shown(client, own)["customer"] == [str(acme.pk)]

    first = send(client, own, domain="Initech.test")

    assert "2 mails that wait unrouted are worked on at once" in will(first)
    assert "1 mail from there is held at" in will(first)
    assert stored(waits[0]).state == "done"
    assert client.post(own, form_of(first)).status_code == 302
    assert [stored(one).state for one in waits] == ["new", "new"]
    assert {stored(one).state for one in others} == {"done"}

    (rule,) = MailDomain.objects.all()
    late = mail("three")
    client.post(RULES["domain"], {"action": "route_anew", "_selected_action": [rule.pk]})
    assert stored(late).state == "new"
    (event,) = events(action="worked_anew")
    assert (event.customer_code, event.changes) == ("acme", {"mails": [None, 1]})
    assert client.post(f"{RULES['domain']}{rule.pk}/delete/", {"post": "yes"}).status_code == 302


def test_addresses_and_domains_come_from_a_file_after_a_trial(
    console: ConsoleClient, carl: User, acme: Customer, globex: Customer
) -> None:
    client, page = console(carl), "/desk/maildomain/import/"
    mail("one")
    text = "domain,customer\ninitech.test,acme\nGmail.com,acme\n"
    trial = client.post(page, {"text": text})
    assert [(line.key, line.does) for line in trial.context["lines"]] == [
        ("initech.test", "added"), ("gmail.com", "refused"),
    ]  # fmt: skip
    assert "1 mail that waits unrouted is worked on at once" in said(trial)

    trial = client.post(page, {"text": text.replace("Gmail.com", "acme.test")})
    again = {"agreed": trial.context["agreed"], "text": form_of(trial)["text"]}
    assert client.post(page, again).status_code == 302
    assert len(events(model="desk.maildomain", action="added")) == 2
    zones.use(zones.OWNER)
    assert IncomingMail.objects.get().state == "new"

    address = client.post("/desk/mailaddress/import/", {"text": "address,customer\nH@x.test,acme"})
    assert [line.does for line in address.context["lines"]] == ["added"]
    rows = csv.DictReader(io.StringIO(text_of(client.get("/desk/maildomain/csv/?customer=acme"))))
    assert [row["customer"] for row in rows] == ["acme", "acme"]


def test_a_customers_page_says_which_mail_is_theirs(
    console: ConsoleClient, carl: User, acme: Customer
) -> None:
    zones.use(zones.OWNER)
    MailDomain.objects.create(domain="acme.test", customer=acme, created_at=NINE)
    told = said(console(carl).get(f"/customers/customer/{acme.pk}/change/"))
    for words in (f"acme@{settings.MAIL_DOMAIN}", "acme.test</a>", "maildomain/add/?customer=acme"):
        assert words in told, words


# --- Blocked senders, and what came in ------------------------------------------------------------


def test_a_sender_is_blocked_knowingly_and_let_go(
    console: ConsoleClient, carl: User, ada: User, acme: Customer
) -> None:
    zones.use(zones.OWNER)
    MailDomain.objects.create(domain="acme.test", customer=acme, created_at=NINE)
    client, page = console(carl), "/desk/blockedsender/"
    for sender in ("spam.test", "@gmail.com", "ada@desk.test", f"@{settings.MAIL_DOMAIN}", "@x@y"):
        assert list(wrong(send(client, f"{page}add/", sender=sender))) == ["sender"], sender

    first = send(client, f"{page}add/", sender="@ACME.test", reason="Too loud")
    assert "all their mail is refused" in will(first)
    assert client.post(f"{page}add/", form_of(first)).status_code == 302
    zones.use(zones.OWNER)
    blocked = BlockedSender.objects.get()
    assert (blocked.sender, blocked.blocked_by) == ("@acme.test", carl)
    assert client.post(f"{page}{blocked.pk}/delete/", {"post": "yes"}).status_code == 302
    assert [one.action for one in events(model="desk.blockedsender")] == ["added", "deleted"]


def test_mail_is_found_by_whom_one_serves(
    console: ConsoleClient, carl: User, acme: Customer, globex: Customer
) -> None:
    page = "/desk/incomingmail/"
    zones.use(zones.OWNER)
    Customer.objects.filter(pk=globex.pk).update(team=Team.objects.create(name="South"))
    nia = make_staff(name="Nia", email="nia@desk.test", role=Role.CONSULTANT, serves_all=False)
    mail("dead", outcome="held", reason="failed")
    held = mail("theirs", outcome="held", reason="stranger", customer=globex)
    mail("mine", outcome="opened", reason="new", customer=acme, ticket_id=1, number=7)
    mail("gone", received_at=NINE - days(9), outcome="refused", reason="blocked", way="imap")

    def found(query: str, by: User = carl) -> list[str]:
        rows = console(by).get(f"{page}{query}").context["cl"].result_list
        return sorted(row.subject for row in rows)

    assert found("", nia) == ["dead", "gone", "mine"]
    assert console(nia).get(f"{page}{held.pk}/change/").status_code == 302
    assert found("?waits=decision") == ["dead", "theirs"]
    assert found("?waits=failed") == found("?reason=failed") == ["dead"]
    assert (
        found("?customer=acme") == found("?outcome__exact=opened") == found("?q=mine") == ["mine"]
    )
    assert found("?way=imap") == ["gone"]
    assert found(f"?received_at_from={NINE:%Y-%m-%d}") == ["dead", "mine", "theirs"]


def test_what_failed_is_tried_again_by_who_keeps_mailboxes(
    console: ConsoleClient, carl: User, oskar: User, acme: Customer
) -> None:
    page = "/desk/incomingmail/"
    failed = mail("dead", outcome="held", reason="failed", attempts=8, last_error="Boom")
    held = mail("theirs", outcome="held", reason="stranger", customer=acme)
    mine = mail("mine", outcome="opened", reason="new", customer=acme, ticket_id=1, number=7)
    told = said(console(carl).get(f"{page}{mine.pk}/change/"))
    assert f"/mail/{mine.pk}/" in told
    assert "ACME-7" in told
    assert "Boom" in said(console(carl).get(f"{page}{failed.pk}/change/"))
    asked = {"action": "try_again", "_selected_action": [failed.pk, mine.pk, held.pk]}
    console(carl).post(page, asked)
    assert stored(failed).state == "done", "consultants do not"
    console(oskar).post(page, asked)
    assert (stored(failed).state, stored(failed).attempts) == ("new", 0)
    assert stored(held).state == stored(mine).state == "done"
    assert [one.row for one in events(action="retried")] == [str(failed.pk)]


def test_no_list_of_mail_asks_more_often_when_it_is_longer_nor_for_bytes(
    console: ConsoleClient, mei: User, acme: Customer
) -> None:
    client = console(mei)

    def lay(first: int) -> None:
        for number in range(first, first + 4):
            facts = {"customer": acme, "outcome": "opened", "reason": "new"}
            mail(f"m{number}", mailbox=mailbox(name=f"B{number}"), **facts if number % 2 else {})

    def cost(path: str) -> int:
        with CaptureQueriesContext(connection) as told:
            assert client.get(path).status_code == 200
        text = " ".join(one["sql"] for one in told)
        assert '"desk_incomingmail"."raw"' not in text
        assert '"desk_mailbox"."secret"' not in text
        return len(told)

    lay(0)
    few = {path: cost(path) for path in (BOX, "/desk/incomingmail/")}
    lay(4)
    assert {path: cost(path) for path in few} == few


def test_the_start_says_what_waits(console: ConsoleClient, carl: User, acme: Customer) -> None:
    mail("dead", outcome="held", reason="failed")
    mail("waits")
    told = said(console(carl).get("/"))
    assert "1 mail could not be worked on" in told
    assert "2 mails wait for a decision" in told
