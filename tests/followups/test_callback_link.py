"""The link of a mail asks one person how we did; looking says nothing, one button says it once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from desk.models import CallbackItem, Due, OutboxItem, RescueItem
from followups.links import NOTICE
from followups.models import Callback
from followups.operations.recalling import recall
from followups.operations.scoring import give
from servicedesk import zones
from tests.cast import days, hours, minutes
from tests.doors import Inside, PortalClient
from tests.followups.asking import answers_at, asked_after, asked_this_quarter, link_to
from tickets.models import Contact, Entry

GOOD = {"score-service": "5", "words": "Quick and clear"}


@pytest.fixture
def asked(acme: Customer, ada: User, uma: Contact) -> Callback:
    """Uma was asked an hour ago."""
    return asked_after(acme, uma, by=ada, now=timezone.now() - hours(1))


def page_of(response: Any) -> str:
    return str(response.content.decode())


def test_the_mails_number_is_chosen_already_and_nothing_is_said_by_looking(
    asked: Callback, acme: Customer, portal_client: PortalClient
) -> None:
    response = portal_client(at=acme).get(f"{link_to(acme, asked)}?score=4")

    page = page_of(response)
    assert response.status_code == 200
    assert re.search(r'name="score-service" value="4"[^>]* checked', page)
    assert len(re.findall(r'type="radio"', page)) == 5 + 7
    assert len(re.findall(r" checked", page)) == 1
    for words in ("ACME-1", "Uma Usman", "Very satisfied", "Very hard", "No more such questions"):
        assert words in page
    assert response.headers["Cache-Control"] == "no-store, private"
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert settings.SESSION_COOKIE_NAME not in response.cookies
    assert answers_at(acme) == []


def test_a_number_that_is_none_chooses_nothing(
    asked: Callback, acme: Customer, portal_client: PortalClient
) -> None:
    for score in ("9", "x", "", "0", "\uff14", "5;--"):
        response = portal_client(at=acme).get(link_to(acme, asked), {"score": score})
        assert (response.status_code, " checked" in page_of(response)) == (200, False)


def test_an_answer_is_thanked_for_and_may_be_changed_for_an_hour(
    asked: Callback, acme: Customer, portal_client: PortalClient, inside_acme: Inside
) -> None:
    link, client = link_to(acme, asked), portal_client(at=acme)

    response = client.post(link, {**GOOD, "call": "on"})

    assert (response.status_code, response.headers["Location"]) == (302, link)
    thanks = page_of(client.get(link))
    with inside_acme():
        said = Callback.objects.get(pk=asked.pk)
        assert said.answered_at is not None
        until = timezone.localtime(said.answered_at + hours(1)).strftime("%H:%M")
        entry = Entry.objects.get(kind=Entry.Kind.RATED)
    assert (said.scores, said.words) == (
        {"service": 5}, "Quick and clear\n\nPlease call me back.",
    )  # fmt: skip
    assert "5 of 5" in entry.body
    for words in ("Thank you!", f"until {until}", "Quick and clear", "5 of 5"):
        assert words in thanks
    change = page_of(client.get(f"{link}?change=1"))
    assert "Quick and clear</textarea>" in change
    assert re.search(r'name="call"[^>]* checked', change)
    client.post(link, {"score-service": "1", "words": "No"})
    assert [(one.scores, one.via) for one in answers_at(acme)] == [
        ({"service": 5}, "mail"), ({"service": 1}, "mail"),
    ]  # fmt: skip
    assert RescueItem.objects.get().customer == acme


def test_after_the_hour_it_says_what_was_said_and_takes_no_more(
    asked: Callback, acme: Customer, portal_client: PortalClient, inside_acme: Inside
) -> None:
    with inside_acme():
        give(
            callback=asked, scores={"service": 4}, words="Fine", via="portal",
            now=timezone.now() - minutes(61),
        )  # fmt: skip
    link, client = link_to(acme, asked), portal_client(at=acme)

    late = client.post(link, {"score-service": "1", "words": "After all"})

    assert (client.get(link).status_code, late.status_code) == (410, 410)
    for words in ("This question is closed", "Fine", "After all</textarea>", "?refers=1"):
        assert words in page_of(late)
    assert len(answers_at(acme)) == 1


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"voided_at": timezone.now()}, "We took it back"),
        ({"expires_at": timezone.now()}, "It could be answered until"),
    ],
)
def test_one_that_is_over_says_so_and_where_to_write(
    asked: Callback, acme: Customer, portal_client: PortalClient, inside_acme: Inside,
    facts: dict[str, Any], words: str,
) -> None:  # fmt: skip
    with inside_acme():
        Callback.objects.update(**facts)
    client, link = portal_client(at=acme), link_to(acme, asked)
    for response in (client.get(link), client.post(link, GOOD)):
        assert response.status_code == 410
        assert words in page_of(response)
        assert "/tickets/new/?refers=1" in page_of(response)
    assert answers_at(acme) == []


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"words": "  "}, "Choose a score, or write a word."),
        ({"score-service": "6", "words": "Kept"}, "Choose one of these scores."),
        ({"score-effort": "0", "words": "Kept"}, "Choose one of these scores."),
        ({"score-service": "1", "words": "Kept" + "x" * 4_000}, "at most 3900 characters"),
    ],
)
def test_what_cannot_be_meant_is_said_at_its_question_and_the_words_stay(
    asked: Callback, acme: Customer, portal_client: PortalClient, sent: dict[str, str], words: str
) -> None:
    response = portal_client(at=acme).post(link_to(acme, asked), sent)

    assert response.status_code == 422
    assert words in page_of(response)
    assert f"{sent['words'].strip()}</textarea>" in page_of(response)
    assert answers_at(acme) == []


def test_a_looker_without_the_forms_token_says_nothing(asked: Callback, acme: Customer) -> None:
    client = Client(HTTP_HOST="acme.localhost", enforce_csrf_checks=True)
    for link in (link_to(acme, asked), link_to(acme, asked) + "stop/"):
        assert client.post(link, GOOD).status_code == 403
    assert answers_at(acme) == []


def test_what_comes_at_once_is_asked_for_again(
    asked: Callback, acme: Customer, portal_client: PortalClient
) -> None:
    link, client = link_to(acme, asked), portal_client(at=acme)
    OutboxItem.objects.filter(kind="callback").update(state="sent", sent_at=timezone.now())
    client.post(link, {"score-service": "1", "words": "Slow"})

    page = page_of(client.get(link))

    assert "Was this you?" in page
    assert re.search(r'name="score-service" value="1"[^>]* checked', page)
    assert not RescueItem.objects.exists()
    OutboxItem.objects.filter(kind="callback").update(sent_at=timezone.now() - minutes(1))
    client.post(link, {"score-service": "1", "words": "Slow"})
    assert "Thank you!" in page_of(client.get(link))
    assert RescueItem.objects.exists()


def test_one_address_answers_ten_times_a_minute(
    asked: Callback, acme: Customer, portal_client: PortalClient
) -> None:
    link, client = link_to(acme, asked), portal_client(at=acme)

    said = [
        client.post(
            link, {"score-service": f"{1 + one % 5}"}, headers={"X-Forwarded-For": f"{one}"}
        )
        for one in range(13)
    ]

    assert [one.status_code for one in said] == [302] * 10 + [429] * 3
    assert 0 < int(said[-1].headers["Retry-After"]) <= 60
    assert len(answers_at(acme)) == 10
    assert portal_client(at=acme).get(link).status_code == 200


def _wrong(acme: Customer, globex: Customer, asked: Callback, eves: Callback) -> Iterator[str]:
    """Links that open nothing at Acme."""
    right = link_to(acme, asked)
    yield right[:-2] + "/"
    yield right.replace(f"/{asked.pk}/", f"/{asked.pk + 1000}/")
    yield link_to(globex, eves)
    yield link_to(globex, asked)
    yield link_to(acme, asked, purpose=NOTICE)
    yield link_to(acme, asked, key="another key")
    yield f"/callbacks/{asked.pk}/{'é' * 43}/"
    yield f"/callbacks/{'9' * 30}/{'A' * 43}/"


def test_every_wrong_link_looks_the_same(
    asked: Callback, acme: Customer, globex: Customer, ada: User, eve: Contact,
    portal_client: PortalClient,
) -> None:  # fmt: skip
    eves = asked_after(globex, eve, by=ada, now=timezone.now())
    wrong, client = list(_wrong(acme, globex, asked, eves)), portal_client(at=acme)

    answers = [client.get(link) for link in wrong] + [client.post(link, GOOD) for link in wrong]
    answers += [client.post(f"{link}stop/") for link in wrong]

    assert {one.status_code for one in answers} == {404}
    assert len({page_of(one) for one in answers}) == 1
    assert answers_at(acme) == answers_at(globex) == []


def test_it_ends_with_its_person_and_is_no_colleagues(
    asked: Callback, acme: Customer, uma: Contact, olga: Contact, portal_client: PortalClient,
    inside_acme: Inside,
) -> None:  # fmt: skip
    link = link_to(acme, asked)
    for path in (link, f"{link}stop/"):
        assert portal_client(olga).get(path).status_code == 404
        assert portal_client(uma).get(path).status_code == 200
    with inside_acme():
        Contact.objects.filter(pk=uma.pk).update(is_active=False)
    assert portal_client(at=acme).get(link).status_code == 404


def test_it_speaks_its_readers_language_and_asks_what_their_role_is_asked(
    acme: Customer, dan: Contact, portal_client: PortalClient, inside_acme: Inside
) -> None:
    with inside_acme():
        Contact.objects.filter(pk=dan.pk).update(language="zh-hans", theme="dark")
    asked = asked_this_quarter(acme, dan, now=timezone.now() - days(1))

    response = portal_client(at=acme).get(f"{link_to(acme, asked)}?score=9")

    page = page_of(response)
    assert response.headers["Content-Language"] == "zh-hans"
    assert '<html lang="zh-hans" data-theme="dark">' in page
    assert "您有多大可能把我们推荐给同行？" in page
    assert "您对我们的产品满意吗" not in page
    assert re.search(r'name="score-nps" value="9"[^>]* checked', page)
    assert CallbackItem.objects.get().number is None


def test_no_more_such_questions_takes_one_button_and_back_what_is_open(
    asked: Callback, acme: Customer, uma: Contact, portal_client: PortalClient,
    inside_acme: Inside,
) -> None:  # fmt: skip
    link, client = link_to(acme, asked), portal_client(at=acme)
    assert "Do not ask me any more" in page_of(client.get(f"{link}stop/"))
    assert _is_asked(acme, uma)

    client.post(f"{link}stop/")

    assert not _is_asked(acme, uma)
    assert "We will not ask you any more" in page_of(client.get(f"{link}stop/"))
    assert client.get(link).status_code == 410
    _work_due(acme)
    item = CallbackItem.objects.get()
    assert (item.void_reason, item.voided_at is not None) == ("opted_out", True)
    with inside_acme():
        Callback.objects.update(expires_at=timezone.now() - days(30))
    assert client.get(f"{link}stop/").status_code == 200


def _is_asked(customer: Customer, contact: Contact) -> bool:
    zones.use(zones.OWNER)
    with schema_of(customer):
        return Contact.objects.get(pk=contact.pk).is_asked


def _work_due(customer: Customer) -> None:
    """Do what is due now, as the judge does."""
    zones.use(zones.DESK)
    now = timezone.now()
    with schema_of(customer):
        for row in Due.objects.filter(customer=customer, kind=Due.Kind.RECALL, due_at__lte=now):
            recall(customer=customer, callback_id=row.row_id, now=now)
