"""Signed in: what somebody is asked, what they said, and their wish not to be asked."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import User
from customers.models import Customer
from desk.models import Due
from followups.models import Callback
from followups.operations.scoring import give
from tests.cast import days, hours
from tests.doors import Inside, PortalClient
from tests.followups.asking import answers_at, asked_after, asked_this_quarter
from tickets.models import Contact

TELL_US = "Tell us, in ten seconds"


@pytest.fixture
def asked(acme: Customer, ada: User, uma: Contact) -> Callback:
    """Uma was asked an hour ago."""
    return asked_after(acme, uma, by=ada, now=timezone.now() - hours(1), subject="Umas export")


def test_the_first_page_has_a_card_that_leads_to_the_question_and_is_gone_after_it(
    asked: Callback, acme: Customer, uma: Contact, portal_client: PortalClient
) -> None:
    client, here = portal_client(uma), f"/callbacks/{asked.pk}/"
    home = client.get("/").content.decode()
    assert TELL_US in home
    assert f'href="{here}"' in home
    assert TELL_US not in client.get("/?show=working").content.decode()
    assert f'href="{here}"' in client.get("/tickets/1/").content.decode()

    said = client.post(here, {"score-service": "5", "score-effort": "7"})

    assert (said.status_code, said.headers["Location"]) == (302, here)
    assert "Thank you!" in client.get(here).content.decode()
    for page in ("/", "/tickets/1/"):
        assert TELL_US not in client.get(page).content.decode()
    (answer,) = answers_at(acme)
    assert (answer.via, answer.scores) == ("portal", {"service": 5, "effort": 7})


def test_the_list_has_what_one_said_and_nobody_elses(
    asked: Callback, acme: Customer, uma: Contact, olga: Contact, portal_client: PortalClient,
    inside_acme: Inside,
) -> None:  # fmt: skip
    with inside_acme():
        give(
            callback=asked, scores={"service": 3}, words="So so", via="portal",
            now=timezone.now() - hours(1),
        )  # fmt: skip
    quarterly = asked_this_quarter(acme, uma, now=timezone.now())

    hers = portal_client(uma).get("/callbacks/").content.decode()
    owners = portal_client(olga).get("/callbacks/").content.decode()

    for words in (
        "So so",
        "3 of 5",
        "Umas export",
        "You gave us:",
        TELL_US,
        "owners do not see it",
    ):
        assert words in hers
    assert "Nothing asked yet" in owners
    for secret in ("So so", "Umas export", TELL_US):
        assert secret not in owners
    for callback in (asked, quarterly):
        path = f"/callbacks/{callback.pk}/"
        assert portal_client(olga).get(path).status_code == 404
        assert portal_client(olga).post(path, {"score-service": "1"}).status_code == 404


def test_one_nobody_answered_in_time_stands_there_and_one_taken_back_does_not(
    asked: Callback, acme: Customer, uma: Contact, portal_client: PortalClient,
    inside_acme: Inside,
) -> None:  # fmt: skip
    for facts, stands in (({"expires_at": timezone.now() - days(1)}, True),
                          ({"voided_at": timezone.now()}, False)):  # fmt: skip
        with inside_acme():
            Callback.objects.update(**facts)
        page = portal_client(uma).get("/callbacks/").content.decode()
        assert ("Not answered." in page) is stands
        assert TELL_US not in page


def test_not_being_asked_is_a_setting_that_takes_back_what_is_open(
    asked: Callback, acme: Customer, uma: Contact, portal_client: PortalClient,
    inside_acme: Inside,
) -> None:  # fmt: skip
    client = portal_client(uma)
    assert 'name="is_asked"' in client.get("/me/").content.decode()

    client.post("/me/news/", {"news_by_mail": "on"})

    assert TELL_US not in client.get("/").content.decode()
    assert client.get(f"/callbacks/{asked.pk}/").status_code == 410
    due = Due.objects.get(kind=Due.Kind.RECALL, row_id=asked.pk)
    assert due.due_at <= timezone.now()
    client.post("/me/news/", {"news_by_mail": "on", "is_asked": "on"})
    with inside_acme():
        assert Contact.objects.get(pk=uma.pk).is_asked
