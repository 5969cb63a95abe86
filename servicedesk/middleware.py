"""What happens to every request before a view: its host chooses the door, the door the login."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal, cast

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotFound
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import (
    get_supported_language_variant,
    parse_accept_lang_header,
)

from accounts.policy import Permission, may, serves
from accounts.unhurried import SessionStore as StaffSessionStore
from customers.inside import tenant_connection
from customers.models import Customer, PortalCustomer
from servicedesk import zones
from tickets.models import Contact
from tickets.sessions import SessionStore as ContactSessionStore
from tickets.viewing import VIEWING, enter_viewing

GetResponse = Callable[[HttpRequest], HttpResponseBase]
Door = Literal["desk", "admin", "portal"]

_AT_A_CUSTOMER = {
    "desk": Permission.READ_TICKETS,
    "admin": Permission.CONFIGURE_CUSTOMERS,
}
"""What somebody needs at a door to open a customer they serve."""

_SESSION_KEY = re.compile(r"[a-z0-9]{32}")
_API = "/api/"


def is_api(request: HttpRequest) -> bool:
    """Whether a program asks: whose it is its token tells, no session is looked at or kept."""
    return request.path_info.startswith(_API)


SHOWN = ("code", "name", "brand_colour", "language", "time_zone")
"""What `sd.route_2` tells of a customer after its id and schema, in its order: what every visitor
of its portal sees. The rest is asked for when it is shown."""


class Schema:
    """What the database wrapper needs to know of a customer: its id and schema name."""

    def __init__(self, customer_id: int, schema_name: str) -> None:
        self.pk = self.id = customer_id
        self.schema_name = schema_name


class ZoneMiddleware:
    """Enters the zone of the request's host before any query; an unknown host is a 404.

    The zone is left when the request is over (`servicedesk.zones`), not here.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        host = request.get_host().rsplit(":", 1)[0].lower()
        if not settings.DESK_SECRET and host in (settings.DESK_HOST, settings.ADMIN_HOST):
            return _nobody(request)  # a process for portals: it was not handed the desk's login
        if host == settings.DESK_HOST:
            self._open_desk(request, "desk", settings.ROOT_URLCONF)
        elif host == settings.ADMIN_HOST:
            self._open_desk(request, "admin", settings.ADMIN_URLCONF)
        elif not self._open_portal(request, host):
            return _nobody(request)
        return self.get_response(request)

    def _open_desk(self, request: Any, door: Door, urlconf: str) -> None:
        zones.use(zones.DESK)
        request.door, request.urlconf = door, urlconf

    def _open_portal(self, request: Any, host: str) -> bool:
        zones.use(zones.ROUTER)
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM sd.route_2(%s)", [host])
            found = cursor.fetchone()
        if found is None:
            return False
        schema = Schema(*found[:2])
        zones.use(zones.customer_zone(schema.id))
        tenant_connection().set_tenant(schema)
        request.door, request.urlconf = "portal", settings.PORTAL_URLCONF
        request.customer = PortalCustomer.from_db("default", ["id", *SHOWN], [found[0], *found[2:]])
        return True


def _nobody(request: HttpRequest) -> HttpResponse:
    """Say that the host is nobody's, in the language the browser asks for."""
    with translation.override(translation.get_language_from_request(request)):
        words = _("There is no service desk at this address.")
    return HttpResponseNotFound(f"{words}\n", "text/plain; charset=utf-8")


class DoorSessionMiddleware(SessionMiddleware):
    """Keeps staff's sessions in public and contacts' in their customer's schema.

    A cookie can spell any character, NUL too: what can be no key is not looked up.
    """

    def process_request(self, request: HttpRequest) -> None:
        at_portal = cast(Any, request).door == "portal"
        store = ContactSessionStore if at_portal else StaffSessionStore
        key = "" if is_api(request) else request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
        request.session = store(key if _SESSION_KEY.fullmatch(key) else None)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        return response if is_api(request) else super().process_response(request, response)


class PersonMiddleware(AuthenticationMiddleware):
    """Says who is there: `request.user` for staff, `request.contact` for a customer's person."""

    def process_request(self, request: Any) -> None:
        request.contact = request.viewing = None
        if request.door != "portal" and not is_api(request):
            super().process_request(request)
            return
        request.user = AnonymousUser()
        if is_api(request):
            return
        contact_id = request.session.get("contact")
        if contact_id is not None:
            since = request.session.get("since", 0.0)
            request.contact = Contact.objects.let_in(since=since).filter(pk=contact_id).first()
            if VIEWING in request.session:
                enter_viewing(request)


class CustomerMiddleware:
    """Opens the customer named by a desk page's ``at`` for staff who may serve it; else 404."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: Any, view: Callable[..., Any], args: Any, kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Pop ``at`` from the view's arguments and set `request.customer`."""
        code = kwargs.pop("at", None)
        if code is None:
            return None
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        customer = Customer.objects.live().filter(code=code)
        if request.method in ("GET", "HEAD"):  # what a page shows of it, at once
            customer = customer.select_related("plan", "consultant", "parent", "hours__calendar")
        else:
            customer = customer.only("code", "name", "schema_name", "team")
        found = customer.first()
        allowed = found and serves(request.user, team_id=found.team_id)
        if found is None or not allowed or not may(request.user, _AT_A_CUSTOMER[request.door]):
            raise Http404("no such customer")
        request.customer = found
        tenant_connection().set_tenant(found)
        return None


class PreferencesMiddleware:
    """Shows the page in the person's language, zone and theme; a stranger's come from cookies."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        door = cast(Any, request)
        someone = door.contact or (request.user if request.user.is_authenticated else None)
        language = someone.language if someone else self._strangers_language(request)
        zone = someone.time_zone if someone else self._strangers_zone(door)
        door.theme = someone.theme if someone else request.COOKIES.get("theme", "")
        door.theme = door.theme if door.theme in ("light", "dark") else ""
        with translation.override(language), timezone.override(zone):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(cast(HttpResponse, response), ("Cookie", "Accept-Language"))
        return response

    def _strangers_language(self, request: HttpRequest) -> str:
        chosen = request.COOKIES.get("language", "")
        if chosen in dict(settings.LANGUAGES):
            return chosen
        for asked, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
            with suppress(LookupError):
                return get_supported_language_variant(asked)
        customer = getattr(request, "customer", None)
        return str(customer.language) if customer else settings.LANGUAGE_CODE

    def _strangers_zone(self, request: Any) -> str:
        return request.customer.time_zone if request.door == "portal" else settings.TIME_ZONE


class PrivatePagesMiddleware:
    """Keeps every page out of caches that a view has not said may be kept."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store, private")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


def person(request: Any) -> dict[str, Any]:
    """Context for every page: the door, the customer it is about, who looks and how."""
    return {
        "door": getattr(request, "door", "desk"),
        "customer": getattr(request, "customer", None),
        "contact": getattr(request, "contact", None),
        "viewing": getattr(request, "viewing", None),
        "theme": getattr(request, "theme", ""),
        "vendor_name": settings.VENDOR_NAME,
        "is_demo": settings.DEMO,
    }
