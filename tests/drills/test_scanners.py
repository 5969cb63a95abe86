"""Whatever opens every link there is, a real browser too, writes no row; one press writes once.

The product runs on its own logins; each table of each schema is compared as it was and as it is.
"""

from __future__ import annotations

import time
from http.client import HTTPConnection
from typing import Any

import pytest
from django.conf import settings

from accounts.models import User
from customers.models import Customer
from tests.driving import Site
from tests.one_click import PREFETCHES, Link, ever_written, lay_links, rows

pytestmark = [
    pytest.mark.drill, pytest.mark.real_logins, pytest.mark.browser, pytest.mark.timeout(600),
]  # fmt: skip

LOOKS = 20
STANDS_OPEN = 3
"""Seconds that a browser stays on a page."""
TOLD_WITHIN = 12
"""Seconds after which PostgreSQL has told how much was written by a login that rests."""


def test_looking_at_every_link_of_the_product_writes_nothing(live_site: Site, browser: Any) -> None:
    live_site.stop("worker")  # it writes that it lives
    acme = Customer.objects.get(code="acme")
    ada, pia = (User.objects.get(email=f"{name}@desk.test") for name in ("ada", "pia"))
    links = lay_links(acme, ada=ada, pia=pia)
    time.sleep(TOLD_WITHIN)
    before, counted = rows(), ever_written()
    assert len(before) > 100

    for link in links:
        said = [
            _ask(live_site, link, "HEAD"),
            *(_ask(live_site, link, "GET") for _ in range(LOOKS)),
        ]
        said += [_ask(live_site, link, "GET", headers) for headers in PREFETCHES]
        assert set(said) == {200}, link
        _visit(live_site, browser, link)
        changed = sorted(name for name, sum_ in rows().items() if before[name] != sum_)
        assert changed == [], link
        print(f"{link}: {len(said)} looks and a browser: 0 of {len(before)} tables changed")
    time.sleep(TOLD_WITHIN)
    assert ever_written() == counted

    for link in (one for one in links if one.sends is not None):
        was = rows()
        _press(live_site, browser, link)
        changed = sorted(name for name, sum_ in rows().items() if was.get(name) != sum_)
        print(f"{link}: pressed once, wrote to {', '.join(changed)}")
        assert changed != [], link


def _base(site: Site, link: Link) -> str:
    return site.desk if link.door == "desk" else site.portal("acme")


def _ask(site: Site, link: Link, method: str, headers: dict[str, str] | None = None) -> int:
    host = _base(site, link).removeprefix("http://")
    connection = HTTPConnection("127.0.0.1", site.port, timeout=20)
    try:
        connection.request(method, f"/{link.path}", headers={"Host": host, **(headers or {})})
        answer = connection.getresponse()
        answer.read()
        assert settings.SESSION_COOKIE_NAME not in str(answer.headers)
        return answer.status
    finally:
        connection.close()


def _visit(site: Site, browser: Any, link: Link) -> None:
    """Open it in a browser of its own, look for a while, scroll to the end, go."""
    context = browser.new_context()
    page = context.new_page()
    if link.sends is None:  # a feed is downloaded, or shown as text
        page.goto(f"{_base(site, link)}/me/")
        page.evaluate("path => fetch(path).then(answer => answer.text())", f"/{link.path}")
    else:
        page.goto(f"{_base(site, link)}/{link.path}")
        page.mouse.wheel(0, 4000)
        page.mouse.move(200, 200)
    time.sleep(STANDS_OPEN)
    context.close()


def _press(site: Site, browser: Any, link: Link) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{_base(site, link)}/{link.path}")
    for name, words in (link.sends or {}).items():
        if name.startswith("new_password"):
            page.fill(f"input[name={name}]", words)
    with page.expect_navigation():
        page.click("main form button.primary, main form button:not([type])")
    context.close()
