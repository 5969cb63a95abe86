"""Mail that waits, on the desk: its list, its page, its bytes, and what agents decide there."""

from __future__ import annotations

import re

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Team, User
from accounts.policy import Role
from customers.models import Customer
from customers.roles import DESK
from desk.models import BlockedSender, IncomingMail, MailDomain
from servicedesk import zones
from tests.cast import NINE, hours, make_staff, make_ticket, minutes
from tests.doors import DeskClient, Inside
from tests.inbound.coming import come, stored, written
from tests.inbound.letters import part, with_parts
from tickets.mail_read import READER
from tickets.models import Contact, Follower, Ticket
from tickets.views.agent import mails

NOW = NINE + hours(1)
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture(autouse=True)
def _at_ten(monkeypatch: pytest.MonkeyPatch) -> object:
    """Mails are read in this process; the one apart is met by the table of roles."""
    from tickets.inbound.reading import read

    monkeypatch.setattr(READER, "read", read)
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client(
    desk_client: DeskClient, ada: User, uma: Contact, ed: Contact, eve: Contact,
    acme: Customer, globex: Customer,
) -> Client:  # fmt: skip
    """Ada's, with everybody there; mail comes in as the desk."""
    zones.use(DESK)
    return desk_client(ada)


def nobodys(name: str = "zoe", **facts: str) -> IncomingMail:
    return come(written(sender=f"Zoe <{name}@newco.example>", proven=None, **facts), to="help")


def spoof(**facts: str) -> IncomingMail:
    return come(written(proven=None, **facts))


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def here(mail: IncomingMail, rest: str = "") -> str:
    return f"/mail/{mail.pk}/{rest}"


# --- The list -----------------------------------------------------------------------------------


def test_without_any_each_list_says_what_would_stand_there(client: Client) -> None:
    assert "Every mail has found its customer." in page(client, "/mail/")
    assert "No mail waits for a decision." in page(client, "/mail/?show=held")
    assert "No mail has come in for 90 days." in page(client, "/mail/?show=all")
    assert "No mail matches." in page(client, "/mail/?show=all&q=zzz&outcome=held&order=old")
    for query in ("?show=%00&q=%00&page=x&customer=%00&order=%00", "?refused=9&show=held"):
        assert client.get(f"/mail/{query}").status_code == 200


def test_what_waits_is_counted_beside_every_page_and_stands_in_its_list(client: Client) -> None:
    nobodys(subject="From nobody")
    spoof(subject="In her name")
    come(written(subject="Her own"))

    assert 'id="count-mail">2<' in page(client, "/")
    unrouted, held = page(client, "/mail/"), page(client, "/mail/?show=held")
    assert "From nobody" in unrouted
    assert "Unrouted 1" in unrouted
    assert "In her name" not in unrouted
    for words in ("In her name", "Unverified", "Nobody vouches for the sender", "Acme"):
        assert words in held, words
    everything = page(client, "/mail/?show=all")
    for words in ("From nobody", "In her name", "Her own", "ACME-1", "Opened a ticket"):
        assert words in everything, words


def test_what_is_held_comes_first_where_nothing_is_unrouted(client: Client) -> None:
    spoof(subject="In her name")
    assert "In her name" in page(client, "/mail/")


def test_the_list_is_searched_filtered_and_ordered(client: Client) -> None:
    nobodys("ann", subject="First")
    IncomingMail.objects.update(received_at=NINE - minutes(5))
    nobodys("bob", subject="Second")
    come(written(subject="Third"))

    assert "First" not in page(client, "/mail/?q=BOB")
    assert "Third" not in page(client, "/mail/?show=all&outcome=unrouted")
    assert "First" not in page(client, "/mail/?show=all&customer=acme")
    newest, oldest = page(client, "/mail/"), page(client, "/mail/?order=old")
    assert newest.index("Second") < newest.index("First")
    assert oldest.index("First") < oldest.index("Second")


def test_neither_the_list_nor_the_counts_ask_more_for_more_mails(client: Client) -> None:
    def statements(address: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            page(client, address)
        return len(asked)

    nobodys("zoe0")
    spoof()
    few = [statements(one) for one in ("/mail/", "/mail/?show=held", "/mail/?show=all", "/")]
    for place in range(1, 6):
        nobodys(f"zoe{place}")
        spoof(subject=f"No. {place}")
    assert [
        statements(one) for one in ("/mail/", "/mail/?show=held", "/mail/?show=all", "/")
    ] == few


def test_another_teams_mail_is_not_there_and_nobodys_is(
    client: Client, desk_client: DeskClient, acme: Customer
) -> None:
    theirs, mine = spoof(subject="Theirs"), nobodys(subject="Nobody's own")
    zones.use(zones.OWNER)
    Customer.objects.filter(pk=acme.pk).update(team=Team.objects.create(name="North"))
    nia = desk_client(make_staff(name="Nia", email="nia@desk.test", serves_all=False))

    assert "Theirs" not in page(nia, "/mail/?show=all")
    assert 'id="count-mail">1<' in page(nia, "/")
    assert page(nia, here(mine))
    for rest in ("", "raw/", "eml/", "files/0/"):
        assert nia.get(here(theirs, rest)).status_code == 404
    for rest in ("routing/", "sending-back/", "acceptance/", "refusal/", "spam/", "return/"):
        assert nia.post(here(theirs, rest), {"reason": "x"}).status_code == 404
    refused = nia.post(here(mine, "routing/"), {"customer": "acme"})
    assert refused.status_code == 422, "a customer of others is no customer"
    assert "There is no such customer." in refused.content.decode()


def test_who_may_not_route_mail_sees_none_of_it(client: Client, desk_client: DeskClient) -> None:
    mail = nobodys()
    zones.use(zones.OWNER)
    finn = desk_client(make_staff(name="Finn", email="finn@desk.test", role=Role.ENGINEER))
    for address in ("/mail/", "/mail/blocked/", here(mail), here(mail, "raw/")):
        assert finn.get(address).status_code == 403
    assert finn.post(here(mail, "refusal/"), {"reason": "x"}).status_code == 403
    assert 'href="/mail/"' not in page(finn, "/")


# --- A mail -------------------------------------------------------------------------------------


def test_a_spoof_says_that_it_is_unverified_why_and_what_one_can_do(client: Client) -> None:
    mail = come(
        written("Authentication-Results: mx.evil.example; dmarc=pass header.from=acme.test",
                proven=None)
    )  # fmt: skip
    shown = page(client, here(mail))
    for words in (
        "Unverified", "anybody could have written this name and address",
        "Only another server vouches for it", "mx.evil.example; dmarc=pass",
        "Uma Usman", "nothing in the mail proves it",
    ):  # fmt: skip
        assert words in shown, words
    assert not re.search(r'name="who" value="said"[^>]* checked', shown), "nobody is supposed"


def test_what_a_mail_says_is_shown_as_text(client: Client) -> None:
    mail = come(
        with_parts(
            part(f"{EVIL}\n".encode()),
            part(b"<img src='https://spy.example/x.png'>", "text/html"),
            part(b"x", f'text/csv; name="{EVIL.replace(chr(34), "")}.csv"'),
            From=f'"{EVIL}" <zoe@newco.example>', Subject=EVIL, Message_ID="<x@y>",
        ),
        to="help",
    )  # fmt: skip
    for address in ("/mail/", "/mail/?show=all", here(mail)):
        shown = page(client, address)
        assert "<script>alert" not in shown
        assert "<img src=x" not in shown
        assert "&lt;script&gt;alert(1)" in shown
    assert "spy.example" not in page(client, here(mail))
    assert "They are never fetched" in page(client, here(mail))


def test_its_bytes_are_text_or_a_download_and_run_nowhere(client: Client) -> None:
    raw = with_parts(
        part(b"Hello.\n"), part(b"a,b\n", "text/csv; name=a.csv"),
        part(b"<script>alert(1)</script>", "text/html; name=page.html",
             'Content-Disposition: attachment; filename="page.html"'),
        part(b"MZ\x00", "application/octet-stream; name=run.exe"),
    )  # fmt: skip
    mail = come(raw, to="help")

    shown = page(client, here(mail))
    assert "run.exe" in shown
    assert f'href="{here(mail, "files/0/")}"' in shown
    answers = {
        rest: client.get(here(mail, rest)) for rest in ("raw/", "eml/", "files/0/", "files/1/")
    }
    for answer in answers.values():
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answers["raw/"].headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answers["raw/"].content == raw
    assert answers["eml/"].content == raw
    for rest in ("eml/", "files/0/", "files/1/"):
        assert answers[rest].headers["Content-Disposition"].startswith("attachment")
    assert answers["files/1/"].headers["Content-Type"] == "application/octet-stream"
    assert client.get(here(mail, "files/2/")).status_code == 404, "a program"
    assert client.get(here(mail, "files/9/")).status_code == 404


def test_a_very_long_mail_is_cut_in_its_text_view_alone(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = nobodys(body="x" * 900)
    monkeypatch.setattr(mails, "SHOWN_RAW", 500)
    cut = client.get(here(mail, "raw/")).content
    assert len(cut) < 600
    assert b"more bytes: download the mail" in cut
    assert len(client.get(here(mail, "eml/")).content) > 900


def test_a_mail_that_nobody_has_read_yet_says_so(client: Client) -> None:
    mail = stored(written(subject="Just in"), now=NOW)
    shown = page(client, here(mail))
    assert "It is being read." in shown
    assert "Not explained" not in shown
    assert "Being read" in page(client, "/mail/?show=all")
    for rest in ("routing/", "refusal/", "spam/", "return/", "sending-back/", "acceptance/"):
        told = {"customer": "acme", "reason": "x"}
        assert client.post(here(mail, rest), told)["Location"] == here(mail)
    assert IncomingMail.objects.get().state == "new"


def test_a_mail_that_cannot_be_read_is_shown_all_the_same(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tickets.inbound.apart import Unreadable

    mail = spoof()

    def broken(_raw: bytes) -> None:
        raise Unreadable("too slow")

    monkeypatch.setattr(READER, "read", broken)
    assert "We could not read it." in page(client, here(mail))
    assert client.post(here(mail, "acceptance/"), {}).status_code == 302
    assert client.post(here(mail, "refusal/"), {"reason": "broken"}).status_code == 302


# --- Deciding -----------------------------------------------------------------------------------


def test_it_is_routed_by_its_number_and_one_is_back_in_the_list_at_the_next(
    client: Client, acme: Customer, inside_acme: Inside
) -> None:
    MailDomain.objects.create(domain="newco.example", customer=acme, created_at=NINE)
    first, second = nobodys("zoe"), nobodys("yan")

    shown = page(client, "/mail/")
    assert (
        shown.count('value="acme" title="Its people write from this domain" data-choice="1"') == 2
    )
    below = re.findall(r'name="next" value="([^"]+)"', shown)
    assert f"#mail-{first.pk}" in below[0] or f"#mail-{second.pk}" in below[0]
    told = {"customer": "acme", "next": "?show=unrouted&page=1#mail-1"}
    answer = client.post(here(first, "routing/"), told)

    assert answer["Location"] == f"/mail/?show=unrouted&page=1&routed={first.pk}#mail-1"
    mail = IncomingMail.objects.get(pk=first.pk)
    assert (mail.customer, mail.outcome, mail.reason) == (acme, "held", "stranger")
    shown = page(client, answer["Location"])
    assert "Routed to Acme, where it is held." in shown
    assert f'action="{here(first, "sending-back/")}"' in shown
    assert "Not this customer" in page(client, here(first))

    assert client.post(here(first, "sending-back/"))["Location"] == here(first)
    shown = page(client, here(first))
    assert "Not the customer&#x27;s that it was taken for" in shown
    assert client.post(here(first, "sending-back/"), follow=True).status_code == 200
    assert IncomingMail.objects.get(pk=first.pk).customer is None


def test_routing_never_leads_elsewhere(client: Client) -> None:
    for asked in (
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "?x\r\nSet-Cookie: a",
    ):
        answer = client.post(here(nobodys(), "routing/"), {"customer": "acme", "next": asked})
        assert answer["Location"].startswith("/mail/")
        IncomingMail.objects.all().delete()


def test_who_comes_second_is_told_who_was_first(
    client: Client, desk_client: DeskClient, carl: User
) -> None:
    mail, second = nobodys(), desk_client(carl)
    client.post(here(mail, "refusal/"), {"reason": "An advert"})
    for rest, form in (
        ("routing/", {"customer": "acme"}), ("refusal/", {"reason": "x"}), ("spam/", {}),
    ):  # fmt: skip
        answer = second.post(here(mail, rest), form, follow=True)
        assert "Ada Lind refused it" in answer.content.decode()
        assert "An advert" in answer.content.decode()


def test_a_held_mail_becomes_the_words_of_whom_the_agent_chose(
    client: Client, ed: Contact, uma: Contact, inside_acme: Inside
) -> None:
    mail = spoof()
    with inside_acme():
        ticket = make_ticket(requester=uma)
    nothing = client.post(here(mail, "acceptance/"), {"where": "other", "number": "77"})
    assert nothing.status_code == 422
    for words in ("Say who wrote it.", "There is no ticket with this number"):
        assert words in nothing.content.decode()

    told = {"who": "other", "contact": ed.pk, "where": "other", "number": ticket.number}
    answer = client.post(here(mail, "acceptance/"), told)
    assert answer["Location"] == f"/at/acme/tickets/{ticket.number}/"
    trail = page(client, answer["Location"])
    assert "Ada Lind accepted a mail from uma@acme.test as words of Ed Engel" in trail
    with inside_acme():
        assert Follower.objects.get(ticket=ticket).contact == ed
    assert "has taken it in as ACME-1" in page(client, here(mail))


def test_a_stranger_becomes_a_contact_by_a_form_that_keeps_what_was_typed(
    client: Client, uma: Contact, inside_acme: Inside
) -> None:
    mail = come(written(sender="Zoe <zoe@newco.example>", proven="newco.example"))
    form = {"who": "new", "name": "Zoe Zhang", "email": uma.email, "role": "executor",
            "where": "new"}  # fmt: skip
    taken = client.post(here(mail, "acceptance/"), form)
    assert taken.status_code == 422
    assert "Uma Usman has this address." in taken.content.decode()
    assert 'value="Zoe Zhang"' in taken.content.decode()
    missing = client.post(here(mail, "acceptance/"), {"who": "new", "name": " ", "where": "new"})
    assert "Say what the person is called." in missing.content.decode()

    assert (
        client.post(here(mail, "acceptance/"), form | {"email": "zoe@newco.example"}).status_code
        == 302
    )
    with inside_acme():
        assert Ticket.objects.get().requester.name == "Zoe Zhang"


def test_spam_blocks_its_sender_and_one_key_takes_it_back(client: Client) -> None:
    mail = nobodys()
    answer = client.post(here(mail, "spam/"), {"blocks": "@newco.example"})
    assert BlockedSender.objects.get().sender == "@newco.example"
    shown = page(client, answer["Location"])
    assert "Marked as spam: mail of zoe@newco.example." in shown
    assert f'action="{here(mail, "return/")}"' in shown
    assert 'data-key="u"' in shown

    client.post(here(mail, "return/"))
    assert not BlockedSender.objects.exists()
    assert IncomingMail.objects.waiting().get() == mail


def test_only_what_was_offered_is_blocked(client: Client) -> None:
    client.post(here(nobodys(), "spam/"), {"blocks": "@gmail.com"})
    assert not BlockedSender.objects.exists()


def test_senders_are_blocked_and_let_in_again_on_a_page(client: Client) -> None:
    assert "Nobody is blocked." in page(client, "/mail/blocked/")
    for typed in ("", "gmail", "@gmail.com"):
        assert client.post("/mail/blocked/", {"sender": typed}).status_code == 422
    client.post("/mail/blocked/", {"sender": "@Spam.example", "reason": EVIL})
    row, shown = BlockedSender.objects.get(), page(client, "/mail/blocked/")
    assert "@spam.example" in shown
    assert "<script>alert" not in shown
    assert "No blocked sender matches." in page(client, "/mail/blocked/?q=zzz")
    for _twice in range(2):
        client.post(f"/mail/blocked/{row.pk}/lifting/")
    assert not BlockedSender.objects.exists()


def test_each_form_asks_for_its_token(client: Client, desk_client: DeskClient, ada: User) -> None:
    mail = nobodys()
    strict = desk_client(ada)
    strict.handler.enforce_csrf_checks = True
    for rest in ("routing/", "acceptance/", "refusal/", "spam/", "return/"):
        assert strict.post(here(mail, rest), {"customer": "acme"}).status_code == 403
    assert IncomingMail.objects.waiting().count() == 1


def test_who_comes_back_from_signing_in_stands_on_the_mail(client: Client) -> None:
    mail = nobodys()
    for rest in ("routing/", "acceptance/", "refusal/", "spam/", "return/"):
        assert client.get(here(mail, rest))["Location"] == here(mail)
    assert client.get("/mail/blocked/1/lifting/")["Location"] == "/mail/blocked/"
    assert client.get("/mail/1/").status_code == 404
    assert timezone.now() == NOW
