"""The console: its own host, staff who may; relaxed there only; in a person's words and colours."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.contrib.admin import site
from django.test import Client

from accounts.models import Team, User
from accounts.policy import ROLE_PERMISSIONS, Permission, Role
from customers.models import Customer
from customers.roles import OWNER
from desk.models import OutboxItem
from servicedesk import zones
from servicedesk.configuration import CONFIGURATION, Verb
from tests.admin.conftest import ConsoleClient
from tests.admin.pages import events, said
from tests.cast import NINE, PASSWORD, make_staff
from tests.doors import DeskClient, PortalClient
from tickets.models import Contact

VERBS: dict[Verb, str] = {
    "see": "",
    "add": "add/",
    "change": "{row}/change/",
    "delete": "{row}/delete/",
}
ENTERING = [role for role in Role if Permission.ENTER_ADMIN in ROLE_PERMISSIONS[role]]


def _rows() -> dict[str, Any]:
    """A row of each model that the console shows; some have none."""
    zones.use(OWNER)
    Team.objects.get_or_create(name="North")
    found = {}
    for model in site._registry:
        row = model._default_manager.order_by("pk").first()
        found[model._meta.label_lower] = row.pk if row else None
    return found


@pytest.mark.parametrize("role", ENTERING)
def test_each_role_may_with_each_model_what_the_table_says(
    console: ConsoleClient, acme: Customer, role: Role
) -> None:
    rows = _rows()
    client = console(
        make_staff(name="Nia", email="nia@desk.test", role=role),
    )
    for model in site._registry:
        label = model._meta.label_lower
        for verb, page in VERBS.items():
            if rows[label] is None and verb in ("change", "delete"):
                continue
            path = f"/{label.replace('.', '/')}/{page.format(row=rows[label])}"
            needed = CONFIGURATION[label].asks(verb)
            may = needed in ROLE_PERMISSIONS[role]
            # What one may see but not change is shown, read-only; nothing is saved there.
            sees = CONFIGURATION[label].see in ROLE_PERMISSIONS[role]
            status = client.get(path).status_code
            expected = 200 if may or (verb == "change" and sees) else 403
            assert status == expected, f"{role} {verb} {label}"
            if verb == "change" and sees and not may:
                assert client.post(path, {"name": "x"}).status_code == 403


@pytest.mark.parametrize("role", [role for role in Role if role not in ENTERING])
def test_others_are_told_at_the_door_and_may_sign_out(console: ConsoleClient, role: Role) -> None:
    client = console(make_staff(name="Nia", email="nia@desk.test", role=role))
    refused = client.get("/", follow=True)
    assert refused.status_code == 403
    assert 'action="/sign-out/"' in refused.content.decode()


def test_only_the_console_is_relaxed_and_only_by_what_the_theme_needs(
    console: ConsoleClient, desk_client: DeskClient, portal_client: PortalClient,
    carl: User, ada: User, uma: Contact,
) -> None:  # fmt: skip
    relaxed = console(carl).get("/").headers["Content-Security-Policy"].split("; ")
    assert "script-src 'self' 'unsafe-eval'" in relaxed
    assert "style-src 'self' 'unsafe-inline'" in relaxed
    assert sum("unsafe" in directive for directive in relaxed) == 2
    strangers = console(carl)
    strangers.logout()
    for response in (
        strangers.get("/sign-in/"),
        desk_client(ada).get("/"),
        portal_client(uma).get("/"),
    ):
        assert response.status_code == 200
        assert "unsafe" not in response.headers["Content-Security-Policy"]


def test_it_speaks_the_persons_language_in_the_persons_colours(
    console: ConsoleClient, carl: User
) -> None:
    client = console(carl)
    assert 'class="dark"' not in said(client.get("/"))
    zones.use(OWNER)
    User.objects.filter(pk=carl.pk).update(language="zh-hans", theme="dark")
    words = said(client.get("/"))
    assert 'lang="zh-hans"' in words
    assert 'class="dark"' in words


def test_every_page_has_a_title_and_its_picture(console: ConsoleClient, carl: User) -> None:
    client = console(carl)
    for path in ("/", "/customers/customer/", "/desk/calendar/add/", "/at/acme/people/"):
        words = said(client.get(path))
        assert "<title>" in words
        assert "<title> |" not in words
        assert "img/favicon.svg" in words
        assert "img/logo.svg" in words


def test_what_libraries_register_is_not_shown() -> None:
    ours = {"accounts", "customers", "desk"}
    assert {model._meta.app_label for model in site._registry} <= ours


def test_the_start_says_what_wants_setting_up(console: ConsoleClient, carl: User) -> None:
    words = said(console(carl).get("/"))
    assert "Acme lacks: consultant" in words


def test_who_signs_in_at_the_admin_is_told_in_its_log_once(client: Client, mei: User) -> None:
    client.defaults["HTTP_HOST"] = settings.ADMIN_HOST
    typed = {"login": mei.email, "password": PASSWORD}
    assert client.post("/sign-in/", typed).status_code == 302
    (event,) = events(action="entered_admin")
    assert (event.actor_name, event.from_address) == ("Mei Tan", "127.0.0.1")
    desk = Client(HTTP_HOST=settings.DESK_HOST)
    assert desk.post("/sign-in/", typed).status_code == 302
    assert len(events(action="entered_admin")) == 1, "the desk is not the admin"


def test_the_start_counts_dead_mail_of_customers_one_serves(
    console: ConsoleClient, acme: Customer, globex: Customer
) -> None:
    north = Team.objects.create(name="North")
    Customer.objects.filter(code="globex").update(team=north)
    for customer in (acme, globex, globex):
        OutboxItem.objects.create(
            customer=customer, kind="x", key=f"{OutboxItem.objects.count()}", state="dead",
            created_at=NINE, not_before=NINE,
        )  # fmt: skip
    nia = make_staff(name="Nia", email="nia@desk.test", role=Role.CONSULTANT, serves_all=False)
    assert "1 mail was given up" in said(console(nia).get("/"))


def test_customers_of_other_teams_are_nobodys_to_find(console: ConsoleClient, db: None) -> None:
    north = Team.objects.create(name="North")
    Customer.objects.filter(code="globex").update(team=north)
    nia = make_staff(name="Nia", email="nia@desk.test", role=Role.CONSULTANT, serves_all=False)
    globex = Customer.objects.get(code="globex")
    client = console(nia)
    assert "Globex" not in said(client.get("/customers/customer/"))
    assert client.get(f"/customers/customer/{globex.pk}/change/").status_code == 302
    assert client.post(f"/customers/customer/{globex.pk}/suspension/").status_code in (302, 403)
    assert client.get("/at/globex/people/").status_code == 404
    zones.use(OWNER)
    assert Customer.objects.get(code="globex").suspended_at is None


def test_the_host_of_the_admin_serves_nobody_elses_pages(console: ConsoleClient, mei: User) -> None:
    client = console(mei)
    assert client.get("/at/acme/").status_code == 404
    assert client.get("/customers/").status_code in (301, 302, 403, 404, 200)
    assert client.get("/", headers={"Host": f"nobody.{settings.BASE_DOMAIN}"}).status_code == 404
