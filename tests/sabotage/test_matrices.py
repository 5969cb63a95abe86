"""Break what the matrices are there for: the checks that the tests run go red, each for its break.

Each check is run twice, before the break and after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.test import override_settings
from django.urls import path

from accounts.api import doors
from accounts.audited import AuditedAdmin
from accounts.policy import Role
from customers.models import Customer
from customers.models.customer import CustomerQuerySet
from desk import terms_admin
from desk.models import QueueItem
from desk.policy_admin import PolicyAdmin
from servicedesk import urls_desk, urls_portal
from tests.architecture.addresses import Address, walked
from tests.isolation.callers import Caller, bearer, host_of, staffs_session, staffs_token
from tests.isolation.matrix import check_a_stranger_gets_nothing, check_reading_writes_nothing
from tests.isolation.requests import Server, serving
from tests.isolation.stages import NAME, Stage, nia
from tests.roles.checks import (
    Known,
    check_a_token_without_the_scope_is_refused,
    check_every_route_has_a_line,
    check_roles_get_what_the_table_says,
)
from tests.roles.stage import lay_stage
from tickets.models import Ticket
from tickets.models.ticket import TicketQuerySet
from tickets.views.agent import writing
from tickets.views.portal import brand

REPLIES = "at/<slug:at>/tickets/<int:number>/replies/"


@pytest.fixture
def server() -> Iterator[Server]:
    """The product, asked by WSGI in the test's one transaction."""
    with serving():
        yield Server()


def _with(routes: ModuleType, route: str, view: Any) -> ModuleType:
    """Those addresses, with one of them answered by another view."""
    changed = ModuleType("changed_addresses")
    changed.__dict__["urlpatterns"] = [path(route, view), *routes.urlpatterns]
    return changed


# --- Roles ---------------------------------------------------------------------------------------


def test_a_view_that_forgets_its_permission_is_told(
    server: Server, acme: Customer, globex: Customer
) -> None:
    stage = lay_stage(server, acme, globex, door="desk")
    check_roles_get_what_the_table_says(stage, "desk", "engineer", routes=REPLIES)
    bare = vars(vars(writing.replies)["__wrapped__"])["__wrapped__"]

    with (
        override_settings(ROOT_URLCONF=_with(urls_desk, REPLIES, bare)),
        pytest.raises(AssertionError, match=r"engineer: POST desk:/at/.*/replies/ \(own\) is"),
    ):
        check_roles_get_what_the_table_says(stage, "desk", "engineer", routes=REPLIES)


def test_who_is_answered_as_another_was_is_told_of_as_well(
    server: Server, acme: Customer, globex: Customer
) -> None:
    """Nobody asks for the permission, or somebody looks at the role without asking the policy."""
    stage = lay_stage(server, acme, globex, door="desk")
    bare = vars(vars(writing.replies)["__wrapped__"])["__wrapped__"]

    def not_for_pia(request: Any, **where: Any) -> HttpResponseBase:
        if request.user.role == Role.PRODUCT_MANAGER:
            raise PermissionDenied
        answer: HttpResponseBase = writing.replies(request, **where)
        return answer

    for view, refused in ((bare, "engineer"), (not_for_pia, "product_manager")):
        known = Known(list)
        with override_settings(ROOT_URLCONF=_with(urls_desk, REPLIES, view)):
            check_roles_get_what_the_table_says(stage, "desk", "agent", routes=REPLIES, known=known)
            with pytest.raises(AssertionError, match=rf"{refused}: POST .*/replies/ \(own\) is"):
                check_roles_get_what_the_table_says(
                    stage, "desk", refused, routes=REPLIES, known=known
                )


def test_tickets_that_are_not_narrowed_to_their_reader_are_told(
    server: Server, acme: Customer, globex: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = lay_stage(server, acme, globex, door="portal")
    check_roles_get_what_the_table_says(stage, "portal", "user", routes="tickets/<int:number>")
    monkeypatch.setattr(TicketQuerySet, "visible_to", lambda rows, contact: rows)

    with pytest.raises(AssertionError, match=r"\(colleague\) is 200, not 404"):
        check_roles_get_what_the_table_says(stage, "portal", "user", routes="tickets/<int:number>")


def test_a_token_whose_scope_nobody_asks_for_is_told(
    server: Server, acme: Customer, globex: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = lay_stage(server, acme, globex, door="portal")
    check_a_token_without_the_scope_is_refused(stage, "portal")
    monkeypatch.setattr(doors.Door, "_check_right", lambda door, request, token: None)

    with pytest.raises(AssertionError, match="is 200 without read_tickets"):
        check_a_token_without_the_scope_is_refused(stage, "portal")


def test_an_address_without_a_line_is_told() -> None:
    check_every_route_has_a_line("desk", walked("desk"))
    more = _with(urls_desk, "forgotten/<int:number>/", brand.brand)

    with (
        override_settings(ROOT_URLCONF=more),
        pytest.raises(AssertionError, match="forgotten/<int:number>/"),
    ):
        check_every_route_has_a_line("desk", walked("desk"))


# --- Customers -----------------------------------------------------------------------------------


def _brand_that(does: Callable[[HttpResponse], None]) -> ModuleType:
    """The portal, whose brand does something besides being shown."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = HttpResponse(b"")
        does(response)
        return response

    return _with(urls_portal, "brand.css", answer)


def _tell(response: HttpResponse) -> None:
    response["X-Latest"] = Ticket.objects.earliest("pk").subject


def _write(response: HttpResponse) -> None:
    asker = Ticket.objects.earliest("pk").requester
    asker.theme = "dark"
    asker.save(update_fields=["theme"])


@pytest.mark.parametrize(
    ("does", "words"),
    [
        (_tell, "GET portal:/brand.css: 200 told"),
        (_write, r"anonymous wrote \['\+tickets_contact'"),
    ],
    ids=["told by a header", "written by a GET"],
)
def test_what_a_stranger_is_told_or_writes_is_told(
    stage: Stage, does: Callable[[HttpResponse], None], words: str
) -> None:
    caller = Caller("anonymous", "portal", host_of(stage.globex))
    ask = (stage.server, caller, stage.target, [Address("portal", "brand.css", "", ())])
    check_a_stranger_gets_nothing(*ask)

    with (
        override_settings(PORTAL_URLCONF=_brand_that(does)),
        pytest.raises(AssertionError, match=words),
    ):
        check_a_stranger_gets_nothing(*ask)


def test_a_page_that_writes_by_being_read_is_told(stage: Stage) -> None:
    caller = Caller("Eve", "portal", host_of(stage.globex))
    ask = (stage.server, caller, stage.target, [Address("portal", "brand.css", "", ())])
    check_reading_writes_nothing(*ask)

    with (
        override_settings(PORTAL_URLCONF=_brand_that(_write)),
        pytest.raises(AssertionError, match="wrote by reading"),
    ):
        check_reading_writes_nothing(*ask)


@pytest.mark.parametrize("route", ["customers/", "tickets/new/", "api/v1/queue/"])
def test_a_list_that_forgets_whom_one_serves_is_told(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, route: str
) -> None:
    person = nia()
    cookies, token = staffs_session(person), bearer(staffs_token(person))
    caller = Caller("Nia", "desk", settings.DESK_HOST, cookies, token, writes_as=person.email)
    ask = (stage.server, caller, stage.target, [Address("desk", route, "", ())])
    check_a_stranger_gets_nothing(*ask, names=[NAME])
    for rows in (CustomerQuerySet, type(QueueItem.objects.all())):
        monkeypatch.setattr(rows, "served_by", lambda rows, user: rows.all())

    with pytest.raises(AssertionError, match=r"Nia: GET desk:/.* told"):
        check_a_stranger_gets_nothing(*ask, names=[NAME])


def test_an_admin_list_that_forgets_whom_one_serves_is_told(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Terms, policies and judging by them tell of a customer by names alone."""
    person = nia(Role.CONSULTANT)
    cookies = staffs_session(person)
    caller = Caller(
        "Nia", "admin", settings.ADMIN_HOST, cookies, writes_as=person.email, role="consultant"
    )
    routes = ("desk/policy/", "desk/terms/", "desk/retargeting/", "desk/retargeting/progress/")
    ask = (stage.server, caller, stage.target)
    check_a_stranger_gets_nothing(*ask, [Address("admin", route, "", ()) for route in routes])
    for broken in (PolicyAdmin, terms_admin.TermsAdmin):
        monkeypatch.setattr(broken, "rows_for", AuditedAdmin.rows_for)
    monkeypatch.setattr(terms_admin, "told_to", lambda user, rows: rows)

    for route in routes:
        with pytest.raises(AssertionError, match=r"Nia: GET admin:/.* told"):
            check_a_stranger_gets_nothing(*ask, [Address("admin", route, "", ())])
