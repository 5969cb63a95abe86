"""Programs that open every link change nothing; one press of a button changes it once.

With a real browser, and twenty times: `tests/drills/test_scanners.py`.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.test import Client

from accounts.models import User
from customers.models import Customer
from servicedesk import zones
from tests.architecture.addresses import listed
from tests.one_click import PREFETCHES, Link, lay_links, written
from tickets.models import Contact

COUNTED = {"portal:/shared/<int:share_id>/<token>/pdf/"}
"""What writes when it is looked at: how often a report is printed."""


def test_every_link_that_opens_something_is_looked_at(
    acme: Customer, ada: User, pia: User, uma: Contact
) -> None:
    known = {str(link) for link in lay_links(acme, ada=ada, pia=pia)}
    open_ones = {str(one) for one in listed() if one.who == "anyone" and one.arguments}
    assert known == (open_ones - COUNTED) | {"portal:/sign-in/code/"}


def test_looking_writes_no_row_and_one_press_does(
    acme: Customer, ada: User, pia: User, uma: Contact
) -> None:
    links = lay_links(acme, ada=ada, pia=pia)
    looks = ["HEAD", "GET", "GET"]

    for link in links:
        before = written()
        answers = [_ask(link, method) for method in looks]
        answers += [_ask(link, "GET", headers) for headers in PREFETCHES]
        assert written() == before, link
        assert {one.status_code for one in answers} == {200}, link
        assert not any(settings.SESSION_COOKIE_NAME in one.cookies for one in answers), link

    for link in links:
        if link.sends is None:
            continue
        before = written()
        assert _ask(link, "POST", sends=link.sends).status_code == 302, link
        assert written() != before, link


def _ask(
    link: Link,
    method: str,
    headers: dict[str, str] | None = None,
    sends: dict[str, str] | None = None,
) -> Any:
    host = settings.DESK_HOST if link.door == "desk" else "acme.localhost"
    client = Client(HTTP_HOST=host, headers=headers or {})
    path = f"/{link.path}"
    if method == "POST":
        return client.post(path, sends or {})
    answer = client.head(path) if method == "HEAD" else client.get(path)
    zones.use(zones.OWNER)
    return answer
