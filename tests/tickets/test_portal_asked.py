"""What somebody who has just asked at the portal is told, and what that costs."""

from datetime import timedelta

import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import NINE
from tests.doors import PortalClient
from tickets.models import Contact

QUESTION = {"subject": "The printer smokes", "kind": "fault", "body": "Since this morning."}


def test_uma_is_told_that_we_have_it_for_a_minute(
    portal_client: PortalClient, uma: Contact, olga: Contact
) -> None:
    with time_machine.travel(NINE, tick=False) as clock:
        client = portal_client(uma)
        client.post("/tickets/new/", QUESTION)
        olgas = portal_client(olga).get("/tickets/1/").content.decode()
        first, second = (client.get("/tickets/1/").content.decode() for _ in range(2))
        clock.shift(timedelta(minutes=1))
        later = client.get("/tickets/1/").content.decode()

    assert "We have it" in first
    assert "We have it" in second
    assert "We have it" not in olgas
    assert "We have it" not in later


def test_asking_writes_no_session(portal_client: PortalClient, uma: Contact) -> None:
    client = portal_client(uma)
    client.get("/")

    with CaptureQueriesContext(connection) as captured:
        client.post("/tickets/new/", QUESTION, follow=True)

    written = [said["sql"] for said in captured if not said["sql"].startswith("SELECT")]
    assert any("tickets_ticket" in sql for sql in written)
    assert not [sql for sql in written if "tickets_contactsession" in sql]
