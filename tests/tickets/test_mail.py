"""What a customer's people find in their mail, and what never gets there."""

from __future__ import annotations

import re
import shutil
import uuid
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage as Parsed
from pathlib import Path
from typing import Any, cast

import pytest
from django.core import mail
from django.db import connections
from django.urls import resolve
from django.utils import translation

from accounts.models import User
from customers.brand import fit
from customers.models import Customer, Plan
from desk.models import OutboxItem
from desk.operations import outbox
from desk.operations.outbox import Drained
from servicedesk import env, messages, zones
from tests.cast import NINE, hours, make_ticket, minutes, say
from tests.doors import Inside
from tickets import operations
from tickets.codes import digits
from tickets.html import clean
from tickets.mail import addresses, rendering
from tickets.models import Attachment, Contact, Entry, Handling, Note, SignInCode, Ticket
from tickets.operations import delivering


def deliver(*, now: datetime = NINE) -> Drained:
    """Drain the outbox as the desk does, outside of any customer."""
    zones.use(zones.DESK)
    with delivering.senders(now=now) as senders:
        return outbox.drain(senders=senders, by="test", limit=100)


def go_to(customer: Customer) -> None:
    """Open the customer's schema, for the rest of the test or until mails are delivered."""
    cast(Any, connections["default"]).set_tenant(customer)


def arrived(number: int = -1) -> Parsed:
    """A mail as it arrives, parsed by somebody else's rules."""
    raw = mail.outbox[number].message().as_bytes()
    return message_from_bytes(raw, policy=policy.default)


def text_of(parsed: Parsed) -> str:
    part = parsed.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def html_of(parsed: Parsed) -> str:
    part = parsed.get_body(("html",))
    assert part is not None, "MJML refused it"
    return str(part.get_content())


def put_entry(entry: Entry, to: Contact, customer: Customer) -> None:
    outbox.put(
        customer_id=customer.pk,
        key=f"c{customer.pk}:entry:{entry.pk}:contact:{to.pk}",
        kind="entry",
        row=str(entry.pk),
        contact_id=to.pk,
        now=entry.written_at,
    )


def mailed(acme: Customer, uma: Contact, ada: User, body: str, **ticket: Any) -> Parsed:
    """A reply of Ada's to Uma, as it arrives."""
    zones.use(zones.DESK)
    go_to(acme)
    entry = say(make_ticket(requester=uma, **ticket), by=ada, body=body)
    put_entry(entry, uma, acme)
    assert deliver() == Drained(sent=1)
    return arrived()


# --- What it says ---------------------------------------------------------------------------------


def test_a_reply_arrives_with_its_words_and_the_way_to_answer(
    acme: Customer, uma: Contact, ada: User
) -> None:
    reply = mailed(acme, uma, ada, "<p>Pull the plug, <strong>then</strong> push it.</p>")

    assert reply["Subject"] == "[ACME-1] The printer smokes"
    assert reply["To"] == "Uma Usman <uma@acme.test>"
    assert "Ada Lind has answered ACME-1:" in text_of(reply)
    assert "Pull the plug, then push it." in text_of(reply)
    assert "http://acme.localhost:8000/tickets/1/" in text_of(reply)
    assert "<strong>then</strong>" in html_of(reply)
    assert 'href="http://acme.localhost:8000/tickets/1/"' in html_of(reply)


def test_an_answer_by_mail_is_invited_to_its_ticket(
    acme: Customer, uma: Contact, ada: User, inside_acme: Inside
) -> None:
    reply = mailed(acme, uma, ada, "<p>Yes.</p>")

    with inside_acme():
        ticket = Ticket.objects.get()
    where = addresses.answer_address(customer=acme, ticket=ticket)
    assert where.startswith("acme+1-")

    assert reply["From"] == "Servicedesk · Acme <acme@desk.example>"
    assert reply["Reply-To"] == f"Servicedesk · Acme <{where}>"
    assert "Answer this mail, or write in the portal: http://acme.localhost" in text_of(reply)
    assert "reaches nobody" not in text_of(reply) + html_of(reply)


def test_a_mail_without_a_ticket_says_that_an_answer_reaches_nobody(acme: Customer) -> None:
    ask(acme)
    deliver()

    assert arrived()["Reply-To"] == "Please answer in the portal <portal-only@desk.example>"
    assert "An answer to this mail reaches nobody." in text_of(arrived())


def test_all_our_mail_carries_our_own_mark(acme: Customer, uma: Contact, ada: User) -> None:
    mark = mailed(acme, uma, ada, "<p>Yes.</p>")["X-Servicedesk"]

    assert addresses.is_own_mark(mark)
    assert not addresses.is_own_mark("f" * 32), "another installation's"


def test_an_item_keeps_the_id_of_its_first_try_when_the_key_changes(
    acme: Customer, uma: Contact, ada: User, settings: Any
) -> None:
    first = mailed(acme, uma, ada, "<p>Yes.</p>")["Message-ID"]
    OutboxItem.objects.update(state="sending", sent_at=None, lease_until=NINE)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new" * 20, [settings.SECRET_KEY]

    deliver(now=NINE + hours(3))

    assert arrived()["Message-ID"] == first
    assert f"<{OutboxItem.objects.get().mail_id}@desk.example>" == first


def test_a_person_on_staff_wrote_it_so_it_is_not_marked_automatic(
    acme: Customer, uma: Contact, ada: User
) -> None:
    assert mailed(acme, uma, ada, "<p>Yes.</p>")["Auto-Submitted"] is None


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("reply", "Ada Lind has answered ACME-1:"),
        ("holding", "Ada Lind is looking into ACME-1:"),
        ("resolved", "Does it work for you?"),
        ("reopened", "Ada Lind has taken up ACME-1 again."),
        ("correction", "Ada Lind has corrected an answer to ACME-1:"),
    ],
)
def test_each_kind_of_entry_has_words_of_its_own(
    kind: str, words: str, at_acme: Customer, uma: Contact, ada: User
) -> None:
    ticket = make_ticket(requester=uma)
    wrong = say(ticket, by=ada)
    facts = {"corrects": wrong} if kind == "correction" else {}
    entry = Entry.objects.create(
        ticket=ticket, kind=kind, author_kind="staff", author_name=ada.name, staff=ada,
        body="<p>So.</p>", written_at=NINE, **facts,
    )  # fmt: skip
    put_entry(entry, uma, at_acme)

    assert deliver() == Drained(sent=1)

    assert words in text_of(arrived())
    assert words in html_of(arrived())


def test_a_question_is_acknowledged_with_our_target_where_the_plan_tells_it(
    at_acme: Customer, uma: Contact
) -> None:
    Plan.objects.update(shows_targets=True)
    Contact.objects.filter(pk=uma.pk).update(time_zone="Europe/Berlin")
    ticket = make_ticket(requester=uma)
    operations.judge(customer=at_acme, ticket_id=ticket.pk, now=NINE)
    expected = Handling.objects.get(ticket=ticket).first_due_at
    assert expected == NINE + hours(1)

    assert deliver() == Drained(sent=1)

    received = arrived()
    assert "we have your question ACME-1: The printer smokes" in text_of(received)
    assert "by 2 Mar 2026, 11:00 (Europe/Berlin)" in text_of(received)
    assert "by 2 Mar 2026, 11:00 (Europe/Berlin)" in html_of(received)


def test_our_targets_stay_with_us_where_the_plan_does_not_tell_them(
    at_acme: Customer, uma: Contact
) -> None:
    ticket = make_ticket(requester=uma)
    operations.judge(customer=at_acme, ticket_id=ticket.pk, now=NINE)

    deliver()

    assert "Expect" not in text_of(arrived())


def test_an_acknowledgement_promises_nothing_that_was_not_judged(
    at_acme: Customer, uma: Contact
) -> None:
    Plan.objects.update(shows_targets=True)
    ticket = make_ticket(requester=uma)
    outbox.put(
        customer_id=at_acme.pk, key="r", kind="received", row=str(ticket.pk),
        contact_id=uma.pk, now=NINE,
    )  # fmt: skip

    deliver()

    assert "Expect" not in text_of(arrived())


# --- Promises -------------------------------------------------------------------------------------


@pytest.fixture
def promised(at_acme: Customer, uma: Contact) -> Ticket:
    """Uma's ticket 1, judged, its receipt sent; Uma is in Shanghai, our hours are in UTC."""
    Contact.objects.filter(pk=uma.pk).update(time_zone="Asia/Shanghai")
    ticket = make_ticket(requester=uma)
    operations.judge(customer=at_acme, ticket_id=ticket.pk, now=NINE)
    deliver()
    go_to(at_acme)
    return ticket


def test_a_promise_says_the_time_on_the_readers_wall_and_on_ours_and_why(
    promised: Ticket, ada: User
) -> None:
    operations.promise(
        ticket=promised, by=ada, due_at=NINE + hours(96), reason="The part comes", now=NINE
    )

    deliver()

    got = arrived()
    assert got["Subject"] == "[ACME-1] Promised for Friday 6 Mar, 17:00: The printer smokes"
    for said in (text_of(got), html_of(got)):
        assert "Ada Lind has given you a time for ACME-1:" in said
        assert "We promise: Friday 6 Mar, 17:00 (your time)." in said
        assert "For us it is Friday 6 Mar, 09:00 in UTC." in said
        assert said.count("The part comes") >= 1
    assert text_of(got).count("The part comes") == 1


def test_a_reply_names_the_time_it_promises_in_the_readers_language(
    promised: Ticket, uma: Contact, ada: User
) -> None:
    Contact.objects.filter(pk=uma.pk).update(language="zh-hans")
    vow = operations.Vow(NINE + hours(96), "等待备件")
    operations.reply(
        ticket=promised, by=ada, body="<p>您好</p>", vow=vow, now=NINE, wait=minutes(0)
    )

    deliver()

    got = arrived()
    assert got["Subject"] == "[ACME-1] The printer smokes"
    for said in (text_of(got), html_of(got)):
        assert "17:00" in said
        assert "等待备件" in said
        assert "09:00" in said


def test_a_broken_promise_sends_nothing_by_itself(promised: Ticket, ada: User) -> None:
    operations.promise(ticket=promised, by=ada, due_at=NINE + hours(1), reason="Soon", now=NINE)
    deliver()
    told = len(mail.outbox)
    go_to(Customer.objects.get(code="acme"))
    operations.break_overdue(ticket=promised, now=NINE + hours(2))

    deliver(now=NINE + hours(2))

    assert len(mail.outbox) == told


def test_a_dismissal_says_that_it_is_closed_and_why(promised: Ticket, ada: User) -> None:
    operations.dismiss(ticket=promised, by=ada, reason="withdrawn", now=NINE)

    deliver()

    assert arrived()["Subject"] == "[ACME-1] Closed: The printer smokes"
    assert "Ada Lind has closed ACME-1 without an answer:" in text_of(arrived())
    assert "Closed: Withdrawn by the customer." in text_of(arrived())


def test_an_automatic_mail_says_so_to_other_machines(at_acme: Customer, uma: Contact) -> None:
    ticket = make_ticket(requester=uma)
    operations.judge(customer=at_acme, ticket_id=ticket.pk, now=NINE)

    deliver()

    assert arrived()["Auto-Submitted"] == "auto-generated"
    assert arrived()["X-Auto-Response-Suppress"] == "All"


def test_files_are_named_and_pictures_stay_in_the_portal(
    at_acme: Customer, uma: Contact, ada: User
) -> None:
    entry = say(
        make_ticket(requester=uma), by=ada,
        body='<p>See <img src="/files/00ff/" alt="a > b &quot;c&quot;"></p>'
        '<p><a href="/tickets/1/">there</a></p>',
    )  # fmt: skip
    Attachment.objects.create(
        entry=entry, name="0" * 32, filename="log <b>1.txt", content_type="text/plain", size=1,
        stored_at=NINE,
    )  # fmt: skip
    put_entry(entry, uma, at_acme)

    deliver()

    assert "- log <b>1.txt" in text_of(arrived())
    html = html_of(arrived())
    assert "log &lt;b&gt;1.txt" in html
    assert "<img" not in html
    assert "See [a &gt; b" in html
    assert 'href="http://acme.localhost:8000/tickets/1/"' in html


# --- Signing in -----------------------------------------------------------------------------------


def ask(acme: Customer, *, now: datetime = NINE) -> uuid.UUID:
    zones.use(zones.customer_zone(acme.pk))
    go_to(acme)
    return operations.ask_for_code(email="uma@acme.test", ip="10.0.0.1", now=now)


def test_a_sign_in_code_is_mailed_with_a_link_that_only_fills_it_in(acme: Customer) -> None:
    code_id = ask(acme)
    code = digits(schema=str(acme.schema_name), code_id=code_id)

    assert deliver(now=NINE + minutes(1)) == Drained(sent=1)

    letter = arrived()
    assert code in text_of(letter)
    assert code in html_of(letter)
    assert code not in letter["Subject"], "subjects stand in logs"
    assert f"/sign-in/code/?id={code_id}&code={code}" in text_of(letter)
    assert letter["Auto-Submitted"] == "auto-generated"


def test_a_code_that_is_too_old_is_not_sent(acme: Customer) -> None:
    ask(acme)

    assert deliver(now=NINE + minutes(11)) == Drained(not_needed=1)

    assert mail.outbox == []
    assert OutboxItem.objects.get().last_error == "not sent: the code was used or is too old"


def test_a_code_that_was_used_is_not_sent(acme: Customer) -> None:
    code_id = ask(acme)
    SignInCode.objects.filter(pk=code_id).update(used_at=NINE)

    assert deliver() == Drained(not_needed=1)


# --- Who reads it ---------------------------------------------------------------------------------


def test_a_contact_who_was_switched_off_is_not_written_to(
    at_acme: Customer, uma: Contact, ada: User
) -> None:
    put_entry(say(make_ticket(requester=uma), by=ada), uma, at_acme)
    Contact.objects.filter(pk=uma.pk).update(is_active=False)

    assert deliver() == Drained(not_needed=1)

    assert OutboxItem.objects.get().last_error == "not sent: the contact is gone or switched off"


@pytest.mark.parametrize("address", ["uma@acme.test, eve@globex.test", "uma@acme.test\nBcc: x@y.z"])
def test_an_address_that_is_two_is_none(
    address: str, at_acme: Customer, uma: Contact, ada: User
) -> None:
    put_entry(say(make_ticket(requester=uma), by=ada), uma, at_acme)
    Contact.objects.filter(pk=uma.pk).update(email=address)

    assert deliver() == Drained(not_needed=1)
    assert mail.outbox == []


def test_nobody_is_mailed_their_own_words(at_acme: Customer, uma: Contact, olga: Contact) -> None:
    entry = say(make_ticket(requester=uma), by=uma)
    put_entry(entry, uma, at_acme)
    put_entry(entry, olga, at_acme)

    assert deliver() == Drained(sent=1, not_needed=1)
    assert arrived()["To"] == "Olga Orlova <olga@acme.test>"
    assert "Uma Usman has written about ACME-1:" in text_of(arrived())


def test_a_reader_with_a_strange_zone_or_language_still_gets_their_mail(
    acme: Customer, uma: Contact, ada: User, inside_acme: Inside
) -> None:
    with inside_acme():
        Contact.objects.filter(pk=uma.pk).update(time_zone="Mars/Olympus", language="tlh")

    assert "Ada Lind has answered" in text_of(mailed(acme, uma, ada, "<p>Yes.</p>"))


# --- Its place in the trail -----------------------------------------------------------------------


def test_a_mail_refers_to_the_ticket_and_to_the_mails_before_it(
    at_acme: Customer, uma: Contact, olga: Contact, ada: User
) -> None:
    ticket = make_ticket(requester=uma)
    operations.judge(customer=at_acme, ticket_id=ticket.pk, now=NINE)
    for minute in (1, 2, 3):
        put_entry(say(ticket, by=ada, now=NINE + minutes(minute)), uma, at_acme)
    deliver()
    go_to(at_acme)
    late = say(ticket, by=ada, now=NINE + minutes(4))
    put_entry(late, olga, at_acme)
    deliver()

    received, *replies, to_olga = [arrived(number) for number in range(5)]
    thread = addresses.thread_id(customer_id=at_acme.pk, ticket_id=ticket.pk)
    trail = [thread, *(str(one["Message-ID"]) for one in (received, *replies))]
    for place, reply in enumerate((received, *replies)):
        assert str(reply["References"]).split() == trail[: place + 1]
        assert reply["In-Reply-To"] == trail[place]
    assert str(to_olga["References"]).split() == [thread], "she was sent none of them"
    assert len(set(trail)) == 5


def test_the_same_item_is_the_same_message_however_often_it_is_sent(
    acme: Customer, uma: Contact, ada: User
) -> None:
    first = mailed(acme, uma, ada, "<p>Yes.</p>")
    OutboxItem.objects.update(state="sending", sent_at=None, lease_until=NINE)

    deliver(now=NINE + hours(3))

    assert first["Message-ID"] == arrived()["Message-ID"]
    assert first["Date"] == arrived()["Date"]
    assert re.fullmatch(r"<[0-9a-f]{40}@desk\.example>", first["Message-ID"])


# --- What never gets in ---------------------------------------------------------------------------


def test_no_note_and_no_event_reaches_a_mail(
    at_acme: Customer, uma: Contact, ada: User, carl: User
) -> None:
    ticket = make_ticket(requester=uma)
    canary = {field: f"canary-{field}" for field in ("surface_request", "need", "cause")}
    Handling.objects.filter(ticket=ticket).update(
        **canary, rationale="canary-r", prevention="canary-p"
    )
    operations.note(ticket=ticket, by=carl, body="<p>canary-note</p>", now=NINE)
    Note.objects.create(
        ticket=ticket, kind="event", author_name="canary-author", field="owner",
        old="canary-old", new="canary-new", body="canary-body", written_at=NINE,
    )  # fmt: skip
    operations.judge(customer=at_acme, ticket_id=ticket.pk, now=NINE)
    operations.acknowledge(ticket=ticket, by=ada, now=NINE + minutes(1), wait=minutes(0))
    reply = operations.reply(
        ticket=ticket, by=ada, body="<p>Yes.</p>", now=NINE + minutes(2), wait=minutes(0)
    )
    assert reply.entry is not None
    operations.correct(entry=reply.entry, by=ada, body="<p>No.</p>", now=NINE + minutes(3))
    operations.resolve(ticket=ticket, by=ada, now=NINE + minutes(4), cause="canary-cause")
    operations.reopen(ticket=Ticket.objects.get(), by=ada, now=NINE + minutes(5))

    assert deliver(now=NINE + minutes(6)).sent == len(mail.outbox) == 6

    for number in range(6):
        everything = mail.outbox[number].message().as_string()
        assert "canary" not in everything + text_of(arrived(number)) + html_of(arrived(number))
        assert "Carl" not in everything


@pytest.mark.parametrize("kind", ["note", "event"])
def test_a_notes_number_in_the_outbox_sends_no_note(
    kind: str, at_acme: Customer, uma: Contact
) -> None:
    note = Note.objects.create(
        ticket=make_ticket(requester=uma), kind=kind, author_name="Carl", field="owner",
        body="canary", written_at=NINE,
    )  # fmt: skip
    outbox.put(
        customer_id=at_acme.pk, key="n", kind="note", row=str(note.pk), contact_id=uma.pk, now=NINE
    )

    assert deliver() == Drained(failed=1)
    assert mail.outbox == []


def test_a_line_break_in_a_name_or_subject_makes_no_header(
    acme: Customer, uma: Contact, ada: User, inside_acme: Inside
) -> None:
    zones.use(zones.OWNER)
    Customer.objects.filter(pk=acme.pk).update(name="Acme\r\nBcc: eve@globex.test")
    with inside_acme():
        Contact.objects.filter(pk=uma.pk).update(name='Uma"\nX-Evil: 1, <eve@globex.test>')

    got = mailed(acme, uma, ada, "<p>Yes.</p>", subject="Hi\r\nX-Evil: 1\u2028\x01\x85there")

    assert got["X-Evil"] is None
    assert got["Bcc"] is None
    assert got["Subject"] == "[ACME-1] Hi X-Evil: 1 there"
    assert [address.addr_spec for address in got["To"].addresses] == ["uma@acme.test"]
    assert [address.addr_spec for address in got["From"].addresses] == ["acme@desk.example"]


def test_what_people_write_is_no_markup_of_ours(acme: Customer, uma: Contact, ada: User) -> None:
    evil = "</mj-text><mj-raw><script>x</script> {{ letter }} {% now 'Y' %} 5 < 6 & ]]>"

    got = mailed(acme, uma, ada, "<p>5 &lt; 6 &amp; ]]&gt; {{ brand }}</p>", subject=evil)

    assert "<script" not in html_of(got)
    assert "{{ letter }} {% now 'Y' %} 5 < 6 & ]]>" in str(got["Subject"])
    assert "5 &lt; 6 &amp; ]]&gt; {{ brand }}" in html_of(got)


@pytest.mark.parametrize(
    "body",
    [
        "<p>a<br>b</p><hr><ul><li>1<ul><li>2</li></ul></li></ul><ol start='3'><li>c</li></ol>",
        "<pre><code>if a &lt; b: pass\n  &amp;nbsp;</code></pre><blockquote><p>q</p></blockquote>",
        "<table><thead><tr><th colspan='2'>h</th></tr></thead><tbody><tr><td>d</td></tr></tbody>"
        "</table>",
        "<h3>t</h3><h4>u</h4><p><em>e</em><u>u</u><s>s</s><a href='https://x.test/?a=1&amp;b=2'>l</a>"
        "&nbsp;“打印机”冒烟 😀</p>",
        "just words & signs",
        "",
    ],
)
def test_every_tag_we_allow_passes_the_mail_layout(
    body: str, acme: Customer, uma: Contact, ada: User
) -> None:
    assert "<mj-" not in html_of(mailed(acme, uma, ada, clean(body)))


def test_a_layout_that_fails_still_sends_the_text(
    acme: Customer, uma: Contact, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: str) -> str:
        raise ValueError("unable to parse")

    monkeypatch.setattr(rendering, "mjml2html", refuse)

    got = mailed(acme, uma, ada, "<p>Yes.</p>")

    assert got.get_body(("html",)) is None
    assert "Yes." in text_of(got)


# --- How it looks ---------------------------------------------------------------------------------


def test_a_mail_wears_the_customers_colour_made_legible(
    acme: Customer, uma: Contact, ada: User
) -> None:
    zones.use(zones.OWNER)
    Customer.objects.filter(pk=acme.pk).update(brand_colour="#e8a317")

    html = html_of(mailed(acme, uma, ada, "<p>Yes.</p>"))

    assert "#e8a317" not in html
    assert f"background-color:{fit('#e8a317').light}" in html


def test_nothing_is_fetched_from_elsewhere(acme: Customer, uma: Contact, ada: User) -> None:
    html = html_of(mailed(acme, uma, ada, "<p>Yes.</p>"))

    hosts = set(re.findall(r"https?://([^/\"' >]+)", html))
    assert hosts == {"acme.localhost:8000", "www.w3.org"}, "the latter names XML's vocabulary"
    assert not re.search(r"<(img|link|script|iframe)\b|url\(|@import", html)


@pytest.fixture
def _chinese(tmp_path: Path, settings: Any) -> None:
    """The translations as they are written now, compiled for this test alone."""
    shutil.copytree(messages.LOCALE, tmp_path / "locale")
    messages.compile_stale(tmp_path / "locale")
    settings.LOCALE_PATHS = [tmp_path / "locale"]


@pytest.mark.usefixtures("_chinese")
def test_a_chinese_reader_gets_it_all_in_chinese(
    acme: Customer, uma: Contact, ada: User, inside_acme: Inside
) -> None:
    with inside_acme():
        Contact.objects.filter(pk=uma.pk).update(language="zh-hans", time_zone="Asia/Shanghai")

    got = mailed(acme, uma, ada, "<p>好了。</p>", subject="打印机冒烟")

    assert got["Subject"] == "[ACME-1] 打印机冒烟"
    assert 'lang="zh-hans"' in html_of(got)
    assert "Ada Lind 回复了 ACME-1：" in text_of(got)
    for ours in (
        text_of(got),
        re.sub(r"(?s)<style.*?</style>|<!--.*?-->|<[^>]+>", "", html_of(got)),
    ):
        left = ours.replace("Uma Usman", "").replace("Ada Lind", "").replace("Servicedesk", "")
        assert not re.search(r"[A-Za-z]{3,} [A-Za-z]{2,}", left), "English words are left"


MAIL_TEMPLATES = sorted(path.name for path in (env.BASE_DIR / "templates/mail").glob("*"))


@pytest.mark.parametrize("name", MAIL_TEMPLATES)
@pytest.mark.usefixtures("_chinese")
def test_every_text_of_a_mail_has_its_chinese(name: str) -> None:
    source = (env.BASE_DIR / "templates/mail" / name).read_text()
    texts = re.findall(r"""{% translate (?:"([^"]*)"|'([^']*)') %}""", source)
    blocks = re.findall(r"(?s){% blocktranslate[^%]*%}(.*?){% endblocktranslate %}", source)
    wanted = ["".join(text) for text in texts]
    forms = [re.sub(r"{{ (\w+) }}", r"%(\1)s", block).split("{% plural %}") for block in blocks]
    wanted += [form for (form, *more) in forms if not more]
    with translation.override("zh-hans"):
        assert [text for text in wanted if translation.gettext(text) == text] == []
        several = [(form[0], form[1]) for form in forms if len(form) > 1]
        assert [form for form in several if translation.ngettext(form[0], form[1], 2) in form] == []


def test_addresses_in_mails_are_pages_of_the_portal(acme: Customer) -> None:
    page = addresses.ticket_page(acme, 7).partition("localhost:8000")[2]
    code = addresses.code_page(acme, uuid.uuid4(), "123456").partition("localhost:8000")[2]

    assert resolve(page, urlconf="servicedesk.urls_portal").view_name == "portal:ticket"
    assert (
        resolve(code.partition("?")[0], urlconf="servicedesk.urls_portal").view_name
        == "portal:code"
    )
    assert translation.get_language() == "en"
