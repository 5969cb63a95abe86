"""A customer's person without a browser: real HTTP to the served product, with its cookies."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlencode

from django.conf import settings
from django.utils import timezone

from customers.inside import schema_of
from customers.models import Customer
from tickets.models import Contact
from tickets.sessions import SessionStore

CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass
class Visitor:
    """One signed-in contact at one portal. A connection of its own; not for several threads."""

    host: str
    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.connection = HTTPConnection("127.0.0.1", self.port, timeout=60)

    def get(self, path: str) -> tuple[int, str]:
        """Status and page."""
        return self._send("GET", path, None)

    def post(self, path: str, **typed: str) -> tuple[int, str]:
        """Status and page, or where it sends one on to."""
        return self._send("POST", path, urlencode({**typed, "csrfmiddlewaretoken": self.token}))

    def look(self, path: str) -> None:
        """Open a page with a form, to have its token."""
        status, page = self.get(path)
        found = CSRF.search(page)
        assert status == 200, f"{path}: {status}"
        assert found is not None, path
        self.token = found[1]

    def _send(self, method: str, path: str, body: str | None) -> tuple[int, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Host": f"{self.host}:{self.port}", "Cookie": cookies}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        page = response.read().decode()
        self._keep_cookies(response)
        return response.status, response.headers.get("Location") or page

    def _keep_cookies(self, response: HTTPResponse) -> None:
        for line in response.headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value


def signed_in(contact: Contact, customer: Customer, *, port: int) -> Visitor:
    """A contact with a session in the customer's schema, as signing in leaves one."""
    with schema_of(customer):
        session = SessionStore()
        session["contact"] = contact.pk
        session.set_expiry(settings.CONTACT_SESSION_LIFE)
        session.create()
    cookies = {settings.SESSION_COOKIE_NAME: str(session.session_key)}
    return Visitor(f"{customer.code}.{settings.BASE_DOMAIN}", port, cookies)


def people(customer: Customer, count: int) -> list[Contact]:
    """So many new contacts of a customer."""
    with schema_of(customer):
        return Contact.objects.bulk_create(
            Contact(name=f"Person {place}", email=f"p{place}@acme.test", created_at=timezone.now())
            for place in range(count)
        )
