"""A feed tells what went live for the customer, to whoever has its address, until that is ended."""

from __future__ import annotations

import re
from uuid import UUID
from xml.etree import ElementTree

import pytest
from django.utils import timezone

from accounts.models import User
from customers.models import Customer
from followups.links import NOTICE, token
from followups.models import Feed
from product.models import Release, ReleaseCustomer
from servicedesk import zones
from tests.cast import days
from tests.doors import Inside, PortalClient
from tests.followups.loop import asked, make_secret_problem, published, release_of
from tickets.models import Contact

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def release(
    acme: Customer, globex: Customer, ada: User, pia: User, uma: Contact, eve: Contact
) -> Release:
    now = timezone.now()
    problem = make_secret_problem(by=pia, now=now)
    asked(acme, uma, problem, by=ada, now=now - days(1), subject="Umas export")
    asked(globex, eve, problem, by=ada, now=now - days(1), subject="Eves export")
    release = release_of(problem, by=pia, now=now, name="Autumn")
    published(release, [acme, globex], by=pia, now=now)
    other = release_of(by=pia, now=now, key="theirs", name="Theirs alone")
    zones.use(zones.OWNER)
    ReleaseCustomer.objects.create(release=other, customer=globex)
    published(other, [], by=pia, now=now)
    return release


def made(client: object) -> str:
    """The path of a new feed's address."""
    page = client.post("/me/feeds/", follow=True).content.decode()  # type: ignore[attr-defined]  # a test client
    found = re.search(r'value="http://acme\.localhost(?::\d+)?(/news/feed/[^"]+\.atom)"', page)
    assert found is not None
    return found[1]


def test_it_holds_releases_and_nothing_of_anybody(
    release: Release, uma: Contact, acme: Customer, portal_client: PortalClient
) -> None:
    address = made(portal_client(uma))

    response = portal_client(at=acme).get(address)

    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    text = response.content.decode()
    feed = ElementTree.fromstring(text)  # noqa: S314  our own
    (entry,) = feed.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "Autumn 4.2"
    assert "Exports are whole." in str(entry.findtext(f"{ATOM}summary"))
    for secret in ("CANARY", "Globex", "Eve", "Uma", "export", "ACME-", "Theirs"):
        assert secret not in (text + str(response.headers)).replace("Exports", "")
    chinese = portal_client(at=acme).get(f"{address}?lang=zh-hans")
    assert "导出已完整。" in chinese.content.decode()
    assert chinese.headers["Content-Language"] == "zh-hans"


def test_what_has_not_changed_is_not_sent_again(
    release: Release, uma: Contact, acme: Customer, portal_client: PortalClient
) -> None:
    address, client = made(portal_client(uma)), portal_client(at=acme)
    first = client.get(address)
    assert first.headers["Cache-Control"] == "private, max-age=900"
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_an_empty_feed_is_a_feed(uma: Contact, acme: Customer, portal_client: PortalClient) -> None:
    address, client = made(portal_client(uma)), portal_client(at=acme)
    assert client.get(address).content == client.get(address).content
    feed = ElementTree.fromstring(client.get(address).content)  # noqa: S314  our own
    assert feed.findall(f"{ATOM}entry") == []


def test_an_address_is_good_at_home_until_it_is_ended(
    uma: Contact, ed: Contact, acme: Customer, globex: Customer, portal_client: PortalClient,
    inside_acme: Inside,
) -> None:  # fmt: skip
    own = portal_client(uma)
    address, stranger = made(own), portal_client(at=acme)
    with inside_acme():
        feed_id: UUID = Feed.objects.get().pk
    other = token(schema=str(acme.schema_name), purpose=NOTICE, row=feed_id)
    foreign = token(schema=str(globex.schema_name), purpose="feed", row=feed_id)
    for wrong in (other, foreign, "A" * 43):
        assert stranger.get(f"/news/feed/{feed_id}/{wrong}.atom").status_code == 404
    assert portal_client(at=globex).get(address).status_code == 404
    assert stranger.get(address).status_code == 200

    end = f"/me/feeds/{feed_id}/revocation/"
    assert portal_client(ed).post(end).status_code == 404
    assert stranger.get(address).status_code == 200
    own.post(end)
    assert stranger.get(address).status_code == 404
    assert str(feed_id) not in own.get("/me/feeds/").content.decode()


def test_it_ends_with_who_made_it_and_ten_are_enough(
    uma: Contact, acme: Customer, portal_client: PortalClient, inside_acme: Inside
) -> None:
    client = portal_client(uma)
    address = made(client)
    for _more in range(10):
        client.post("/me/feeds/")
    with inside_acme():
        assert Feed.objects.count() == 10
        Contact.objects.filter(pk=uma.pk).update(is_active=False)
    assert portal_client(at=acme).get(address).status_code == 404
