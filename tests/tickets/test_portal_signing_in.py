"""Signing in at the portal by a mailed code."""

import re
import uuid
from datetime import timedelta
from typing import Any

import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone

from customers.inside import schema_of
from customers.models import Customer
from customers.roles import OWNER
from servicedesk import zones
from tests.cast import NINE, minutes
from tests.doors import Inside, PortalClient
from tickets.codes import digits
from tickets.models import Contact, ContactSession, SignInCode


def asks(client: Client, email: str) -> Any:
    return client.post("/sign-in/", {"email": email}, follow=True)


def mailed(customer: Customer, inside: Inside) -> tuple[uuid.UUID, str]:
    """The id of the last request and the digits that its mail says."""
    with inside():
        asked = SignInCode.objects.latest("created_at")
        return asked.pk, digits(schema=str(customer.schema_name), code_id=asked.pk)


def shape(page: Any) -> str:
    """The page without what differs from visit to visit."""
    html = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page.content.decode())
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", html)


def test_uma_types_the_digits_of_her_mail_and_is_in(
    portal_client: PortalClient, acme: Customer, uma: Contact, inside_acme: Inside
) -> None:
    client = portal_client(at=acme)
    page = asks(client, "Uma@ACME.test ")
    code_id, typed = mailed(acme, inside_acme)

    answer = client.post("/sign-in/code/", {"id": code_id, "code": f"{typed[:3]} {typed[3:]}"})

    assert "uma@acme.test" in page.content.decode().lower()
    assert answer.status_code == 302
    assert client.get("/").context["contact"] == uma


def test_whose_sessions_were_ended_signs_in_anew(
    portal_client: PortalClient, acme: Customer, uma: Contact, inside_acme: Inside
) -> None:
    before, client = portal_client(uma), portal_client(at=acme)
    zones.use(OWNER)
    with schema_of(acme):
        Contact.objects.filter(pk=uma.pk).update(signed_out_at=timezone.now())
    assert before.get("/").status_code == 302

    asks(client, uma.email)
    code_id, typed = mailed(acme, inside_acme)
    client.post("/sign-in/code/", {"id": code_id, "code": typed})

    assert client.get("/").context["contact"] == uma


def test_a_stranger_gets_the_same_answer_and_no_code(
    portal_client: PortalClient, acme: Customer, uma: Contact, inside_acme: Inside
) -> None:
    known = asks(portal_client(at=acme), uma.email)
    unknown = asks(portal_client(at=acme), "nobody@acme.test")

    assert known.status_code == unknown.status_code == 200
    assert shape(unknown) == shape(known).replace(uma.email, "nobody@acme.test")
    with inside_acme():
        assert SignInCode.objects.count() == 1


def test_opening_the_mails_link_fills_the_code_in_and_signs_nobody_in(
    portal_client: PortalClient, acme: Customer, uma: Contact, inside_acme: Inside
) -> None:
    asks(portal_client(at=acme), uma.email)
    code_id, typed = mailed(acme, inside_acme)
    elsewhere = portal_client(at=acme)

    opened = elsewhere.get("/sign-in/code/", {"id": str(code_id), "code": typed})

    assert f'value="{typed}"' in opened.content.decode()
    assert elsewhere.get("/").status_code == 302
    elsewhere.post("/sign-in/code/", {"id": str(code_id), "code": typed})
    assert elsewhere.get("/").status_code == 200


def test_a_code_works_once(
    portal_client: PortalClient, acme: Customer, uma: Contact, inside_acme: Inside
) -> None:
    asks(portal_client(at=acme), uma.email)
    code_id, typed = mailed(acme, inside_acme)
    portal_client(at=acme).post("/sign-in/code/", {"id": str(code_id), "code": typed})

    again = portal_client(at=acme).post("/sign-in/code/", {"id": str(code_id), "code": typed})

    assert again.status_code == 422
    assert "wrong, used or too old" in again.content.decode()


def test_a_code_is_good_for_ten_minutes(
    portal_client: PortalClient, acme: Customer, uma: Contact, inside_acme: Inside
) -> None:
    with time_machine.travel(NINE, tick=False):
        asks(portal_client(at=acme), uma.email)
        code_id, typed = mailed(acme, inside_acme)

    with time_machine.travel(NINE + minutes(10), tick=False):
        late = portal_client(at=acme).post("/sign-in/code/", {"id": str(code_id), "code": typed})

    assert late.status_code == 422


def test_the_sixth_guess_is_wrong_even_when_it_is_right(
    portal_client: PortalClient, acme: Customer, uma: Contact, inside_acme: Inside
) -> None:
    asks(portal_client(at=acme), uma.email)
    code_id, typed = mailed(acme, inside_acme)
    wrong = "000000" if typed != "000000" else "000001"
    client = portal_client(at=acme)
    for _ in range(5):
        assert client.post("/sign-in/code/", {"id": code_id, "code": wrong}).status_code == 422

    assert client.post("/sign-in/code/", {"id": code_id, "code": typed}).status_code == 422


def test_a_request_that_never_was_is_a_wrong_code(
    portal_client: PortalClient, acme: Customer
) -> None:
    for code_id in (str(uuid.uuid4()), "nonsense", ""):
        answer = portal_client(at=acme).post("/sign-in/code/", {"id": code_id, "code": "123456"})

        assert answer.status_code == 422
        assert "wrong, used or too old" in answer.content.decode()


def test_acmes_code_opens_nothing_at_globex(
    portal_client: PortalClient, acme: Customer, globex: Customer, uma: Contact, inside_acme: Inside
) -> None:
    asks(portal_client(at=acme), uma.email)
    code_id, typed = mailed(acme, inside_acme)

    answer = portal_client(at=globex).post("/sign-in/code/", {"id": str(code_id), "code": typed})

    assert answer.status_code == 422


def test_the_sixth_request_in_a_quarter_of_an_hour_is_told_when_to_come_back(
    portal_client: PortalClient, acme: Customer, uma: Contact
) -> None:
    client = portal_client(at=acme)
    with time_machine.travel(NINE, tick=False):
        for _ in range(5):
            asks(client, uma.email)
        sixth = asks(client, uma.email)

    assert sixth.status_code == 429
    assert sixth.headers["Retry-After"] == "900"
    assert "09:15" in sixth.content.decode()
    assert uma.email in sixth.content.decode()


def test_after_signing_in_uma_is_where_she_wanted_to_go(
    portal_client: PortalClient, acme: Customer, uma: Contact, inside_acme: Inside
) -> None:
    client = portal_client(at=acme)
    sent = client.get("/tickets/new/?refers=1")
    client.post("/sign-in/", {"email": uma.email, "next": "/tickets/new/?refers=1"})
    code_id, typed = mailed(acme, inside_acme)

    answer = client.post("/sign-in/code/", {"id": str(code_id), "code": typed})

    assert sent.headers["Location"] == "/sign-in/?next=%2Ftickets%2Fnew%2F%3Frefers%3D1"
    assert answer.headers["Location"] == "/tickets/new/?refers=1"


def test_nobody_is_sent_away_to_another_site(
    portal_client: PortalClient, acme: Customer, uma: Contact, inside_acme: Inside
) -> None:
    for wanted in ("https://evil.test/", "//evil.test/", "javascript:alert(1)"):
        client = portal_client(at=acme)
        client.post("/sign-in/", {"email": uma.email, "next": wanted})
        code_id, typed = mailed(acme, inside_acme)

        answer = client.post("/sign-in/code/", {"id": str(code_id), "code": typed})

        assert answer.headers["Location"] == "/"


def test_signing_in_gives_a_new_session_for_sixty_days(
    portal_client: PortalClient, acme: Customer, uma: Contact, inside_acme: Inside
) -> None:
    client = portal_client(at=acme)
    with time_machine.travel(NINE, tick=False):
        asks(client, uma.email)
        before = client.cookies[settings.SESSION_COOKIE_NAME].value
        code_id, typed = mailed(acme, inside_acme)
        client.post("/sign-in/code/", {"id": str(code_id), "code": typed})

    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie.value != before
    assert cookie["max-age"] == 60 * 24 * 3600
    zones.use(OWNER)
    with schema_of(acme):
        assert not ContactSession.objects.filter(pk=before).exists()
        kept = ContactSession.objects.get(pk=cookie.value)
        assert kept.expire_date == NINE + timedelta(days=60)


def test_signing_out_ends_the_session(
    portal_client: PortalClient, uma: Contact, inside_acme: Inside
) -> None:
    client = portal_client(uma)

    assert client.get("/sign-out/").status_code == 405
    client.post("/sign-out/")

    assert client.get("/").status_code == 302


def test_whoever_is_switched_off_is_out_at_once(
    portal_client: PortalClient, uma: Contact, inside_acme: Inside
) -> None:
    client = portal_client(uma)
    with inside_acme():
        Contact.objects.filter(pk=uma.pk).update(is_active=False)

    assert client.get("/").status_code == 302


def test_umas_cookie_is_nothing_at_globex(
    portal_client: PortalClient, uma: Contact, globex: Customer
) -> None:
    hers, there = portal_client(uma), portal_client(at=globex)
    there.cookies[settings.SESSION_COOKIE_NAME] = hers.cookies[settings.SESSION_COOKIE_NAME].value

    assert there.get("/").status_code == 302
