"""Programs of a customer's people read what they are asked, and say how we did."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from customers.models import Customer
from desk.models import RescueItem
from followups.models import Callback
from tests.api.conftest import Ask
from tests.cast import days, hours
from tests.doors import Inside
from tests.followups.asking import answers_at, asked_after, asked_this_quarter
from tickets.models import Contact, Entry

CALLBACKS = "/api/v1/callbacks/"


@pytest.fixture
def asked(acme: Customer, ada: User, uma: Contact) -> Callback:
    """Uma was asked two days ago about her ticket 1."""
    return asked_after(acme, uma, by=ada, now=timezone.now() - days(2))


def test_one_reads_what_one_is_asked_in_ones_language(
    asked: Callback, acme: Customer, portal_api: Ask, uma: Contact, dan: Contact, olga: Contact,
    eve: Contact, inside_acme: Inside,
) -> None:  # fmt: skip
    (shown,) = portal_api(uma).get(CALLBACKS).json()["results"]

    assert (shown["id"], shown["number"], shown["answered_at"]) == (asked.pk, 1, None)
    assert shown["questions"] == [
        {"key": "service", "kind": "csat", "min": 1, "max": 5,
         "text": "How satisfied are you with how we helped?"},
        {"key": "effort", "kind": "ces", "min": 1, "max": 7,
         "text": "How easy was it to get this solved?"},
        {"key": "words", "kind": "text", "min": None, "max": None,
         "text": "What should we do better?"},
    ]  # fmt: skip
    with inside_acme():
        Contact.objects.filter(pk=dan.pk).update(language="zh-hans")
    asked_this_quarter(acme, dan, now=timezone.now() - days(1))
    (other,) = portal_api(dan).get(CALLBACKS).json()["results"]
    assert (other["number"], other["questions"][0]["min"]) == (None, 0)
    assert other["questions"][0]["text"] == "您有多大可能把我们推荐给同行？"
    for contact in (olga, eve):
        assert portal_api(contact).get(CALLBACKS).json() == {"results": [], "next": None}


def test_saying_it_once_opens_the_rescue_once(
    asked: Callback, acme: Customer, portal_api: Ask, uma: Contact, inside_acme: Inside
) -> None:
    program, path = portal_api(uma), f"{CALLBACKS}{asked.pk}/answer/"
    sent = {"scores": {"service": 1, "effort": 3.0}, "words": "Too late."}

    said = [program.send(path, sent, key=key) for key in ("k", "k", "")]

    assert [one.status_code for one in said] == [200, 200, 200]
    assert said[0].json()["scores"] == {"service": 1, "effort": 3}
    assert said[1].json() == said[0].json() == said[2].json()
    assert said[1].headers["Idempotency-Replayed"] == "true"
    assert [(one.via, one.contact_id) for one in answers_at(acme)] == [("api", uma.pk)]
    assert RescueItem.objects.get().number == 1
    assert program.get(CALLBACKS).json()["results"] == []
    with inside_acme():
        assert "Too late." in Entry.objects.get(kind=Entry.Kind.RATED).body


@pytest.mark.parametrize(
    ("sent", "status", "fields"),
    [
        ({"scores": {"service": 6, "nps": 1, "effort": 4}}, 422, ["scores.nps", "scores.service"]),
        ({"scores": {"service": "5", "effort": True}}, 422, ["scores.effort", "scores.service"]),
        ({"scores": {"words": 1}}, 422, ["scores.words"]),
        ({"scores": {}}, 422, ["scores"]),
        ({"scores": [5]}, 400, ["scores"]),
        ({"scores": {"service": 5}, "words": 7}, 400, ["words"]),
    ],
)
def test_each_bad_field_is_named(
    asked: Callback, acme: Customer, portal_api: Ask, uma: Contact, sent: Any, status: int,
    fields: list[str],
) -> None:  # fmt: skip
    refused = portal_api(uma).send(f"{CALLBACKS}{asked.pk}/answer/", sent)

    assert refused.status_code == status
    assert sorted(one["field"] for one in refused.json()["errors"]) == fields
    assert answers_at(acme) == []


def test_a_colleague_s_is_not_there_and_reading_is_not_answering(
    asked: Callback, acme: Customer, portal_api: Ask, uma: Contact, olga: Contact, eve: Contact
) -> None:
    path, sent = f"{CALLBACKS}{asked.pk}/answer/", {"scores": {"service": 1}}
    for contact in (olga, eve):
        assert portal_api(contact).send(path, sent).status_code == 404
    assert portal_api(uma, ["read_tickets"]).send(path, sent).status_code == 403
    assert answers_at(acme) == []


@pytest.mark.parametrize("facts", ["voided_at", "expires_at", "is_asked"])
def test_one_that_is_over_takes_no_answer(
    asked: Callback, acme: Customer, portal_api: Ask, uma: Contact, inside_acme: Inside, facts: str
) -> None:
    with inside_acme():
        if facts == "is_asked":
            Contact.objects.filter(pk=uma.pk).update(is_asked=False)
        else:
            Callback.objects.update(**{facts: timezone.now() - hours(1)})
    program = portal_api(uma)

    refused = program.send(f"{CALLBACKS}{asked.pk}/answer/", {"scores": {"service": 9}})

    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:servicedesk:problem:callback-over"
    assert program.get(CALLBACKS).json()["results"] == []
    assert answers_at(acme) == []
