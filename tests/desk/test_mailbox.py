"""The demo's mailbox: each mail once, whole, and shown to whoever opens the page."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection

from accounts.models import User
from desk import mailbox
from tests.cast import NINE, minutes
from tests.doors import DeskClient, PortalClient
from tickets.models import Contact


@pytest.fixture(autouse=True)
def box(tmp_path: Path, settings: Any) -> Path:
    settings.MAILBOX_ROOT = tmp_path / "mail"
    settings.EMAIL_BACKEND = mailbox.BACKEND
    settings.DEMO = True
    return tmp_path / "mail"


def send(
    subject: str = "Hello",
    *,
    to: str = "uma@acme.test",
    minute: int = 0,
    key: str = "",
    html: str = "",
) -> None:
    headers = {
        "Message-ID": f"<{key or subject.replace(' ', '-')}@desk.example>",
        "Date": format_datetime(NINE + minutes(minute)),
    }
    message = EmailMultiAlternatives(
        subject,
        "See http://acme.localhost:8000/ 你好",
        "desk@desk.example",
        [to],
        headers=headers,
    )
    if html:
        message.attach_alternative(html, "text/html")
    get_connection(mailbox.BACKEND).send_messages([message])


def test_a_mail_is_one_whole_file(box: Path) -> None:
    send()

    (file,) = box.iterdir()
    assert file.suffix == ".eml"
    assert b"Subject: Hello" in file.read_bytes()


def test_the_same_mail_sent_again_is_there_once(box: Path) -> None:
    send("First", key="one")
    send("First", key="one")
    send("First", key="other")

    assert len(list(box.iterdir())) == 2


def test_a_stranger_reads_the_list_newest_first(desk_client: DeskClient) -> None:
    for minute in (1, 2, 3):
        send(f"Mail {minute}", minute=minute)

    page = desk_client().get("/mailbox/")

    assert page.status_code == 200
    words = page.content.decode()
    assert words.index("Mail 3") < words.index("Mail 2") < words.index("Mail 1")
    assert "everybody who can open this page can read them" in words


def test_staff_see_it_too(desk_client: DeskClient, ada: User) -> None:
    assert desk_client(ada).get("/mailbox/").status_code == 200


def test_an_empty_mailbox_says_what_is_next(desk_client: DeskClient) -> None:
    assert "Ask for a sign-in code" in desk_client().get("/mailbox/").content.decode()


def test_mails_are_found_by_recipient(desk_client: DeskClient) -> None:
    send("For Uma", to="Uma Usman <uma@acme.test>")
    send("For Eve", to="Eve <eve@globex.test>")

    found = desk_client().get("/mailbox/", {"to": "UMA"}).content.decode()

    assert "For Uma" in found
    assert "For Eve" not in found
    assert "No mail to them." in desk_client().get("/mailbox/?to=nobody").content.decode()


def test_fifty_mails_are_a_page(desk_client: DeskClient) -> None:
    for minute in range(51):
        send(f"Mail {minute:02}", minute=minute)

    first = desk_client().get("/mailbox/").content.decode()
    second = desk_client().get("/mailbox/?page=2").content.decode()

    assert "Mail 50" in first
    assert "Mail 00" not in first
    assert "Mail 00" in second


def test_a_mail_is_shown_with_headers_and_text(desk_client: DeskClient) -> None:
    send("打印机 <b>", html="<p>x</p>")
    (name,) = mailbox.names()

    words = desk_client().get(f"/mailbox/{name}/").content.decode()

    assert "打印机 &lt;b&gt;" in words
    assert "你好" in words
    assert '<a href="http://acme.localhost:8000/"' in words
    assert f'src="/mailbox/{name}/html/"' in words


def test_the_html_of_a_mail_may_do_nothing(desk_client: DeskClient) -> None:
    send(html="<p>Hi</p><script>alert(1)</script>")
    (name,) = mailbox.names()

    answer = desk_client().get(f"/mailbox/{name}/html/")

    assert "<script>" in answer.content.decode(), "as it was sent"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups" in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize(
    "name", ["nothing", "20260302T090000000000-00000000000000000000", "..", "%2e%2e"]
)
def test_what_is_not_there_is_not_found(name: str, desk_client: DeskClient, box: Path) -> None:
    (box.parent / "secret.eml").write_text("Subject: secret\n\nx")
    send("no html")

    assert desk_client().get(f"/mailbox/{name}/").status_code == 404
    assert desk_client().get(f"/mailbox/{name}/html/").status_code == 404
    assert desk_client().get(f"/mailbox/{mailbox.names()[0]}/html/").status_code == 404


@pytest.mark.parametrize(
    ("name", "value"),
    [("DEMO", False), ("EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")],
)
def test_without_a_demo_there_is_no_mailbox(
    name: str, value: object, desk_client: DeskClient, ada: User, settings: Any
) -> None:
    send()
    (mail,) = mailbox.names()
    setattr(settings, name, value)

    for page in ("/mailbox/", f"/mailbox/{mail}/", f"/mailbox/{mail}/html/"):
        assert desk_client(ada).get(page).status_code == 404
    assert 'href="/mailbox/"' not in desk_client(ada).get("/").content.decode()


def test_a_portal_has_no_mailbox(portal_client: PortalClient, uma: Contact) -> None:
    assert portal_client(uma).get("/mailbox/").status_code == 404


def test_a_mail_without_a_date_or_a_broken_one_is_shown_last(box: Path) -> None:
    send("dated")
    (box / "00000000T000000000000-00000000000000000000.eml").write_bytes(b"Date: yesterday\n\nhi")

    last = mailbox.listed(mailbox.names())[-1]

    assert (last.subject, last.text.strip()) == ("", "hi")
    assert NINE - last.at > timedelta(days=10_000)
