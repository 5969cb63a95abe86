"""Whatever writes in the admin is known: each verb, action and page has its event, or says why not.

From the console's registry and from the list of addresses: what is new and stands nowhere fails.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.admin import site

from accounts.models import AuditEvent, User
from accounts.policy import may
from customers.models import Customer
from servicedesk import zones
from servicedesk.configuration import CONFIGURATION
from tests.admin.conftest import ConsoleClient
from tests.admin.test_audited import WRITABLE
from tests.architecture.addresses import ADMIN_PAGES, listed

TESTS = Path(__file__).parents[1]

ACTIONS = {
    "desk.callbackplan: pause": "admin/test_callback_plans.py",
    "desk.callbackplan: resume": "admin/test_callback_plans.py",
    "desk.incomingmail: try_again": "admin/test_mail_admin.py",
    "desk.mailaddress: route_anew": "admin/test_mail_admin.py",
    "desk.mailbox: pause": "admin/test_mail_admin.py",
    "desk.mailbox: resume": "admin/test_mail_admin.py",
    "desk.maildomain: route_anew": "admin/test_mail_admin.py",
    "desk.outboxitem: try_again": "admin/test_customers.py",
    "desk.questionnaire: new_version": "admin/test_callback_plans.py",
}
"""Each action of a list, and the tests that meet its event."""

_CUSTOMER = "customers/customer/<int:customer_id>"
PAGES = {
    "accounts/user/<int:user_id>/access/": "admin/test_access.py",
    "accounts/user/<int:user_id>/password-link/": "admin/test_staff.py",
    "accounts/user/import/": "admin/test_taking_in.py",
    "customers/customer/import/": "admin/test_taking_in.py",
    "desk/mailaddress/import/": "admin/test_mail_admin.py",
    "desk/maildomain/import/": "admin/test_mail_admin.py",
    "desk/mailbox/<int:mailbox_id>/test/": "admin/test_mail_admin.py",
    f"{_CUSTOMER}/suspension/": "admin/test_customers.py",
    "desk/policy/<int:policy_id>/move/<str:way>/": "admin/test_policies.py",
}
"""Each page of its own that writes, and the tests that meet its event."""

SILENT = {
    "sign-in/": "tests/admin/test_console.py meets its event, once",
    "sign-in/code/": "the second half of signing in",
    "hand-over/": "tests/accounts/test_hand_over.py meets its event",
    "sign-out/": "a session ends by its own person",
    "login/": "leads to the sign-in",
    "logout/": "leads to the sign-out",
    "password_change/": "leads to the desk",
    "calendars/preview/": "writes nothing",
    "policies/preview/": "writes nothing",
}
"""Pages that take a POST and leave no event of configuration."""

OTHERS = (f"{_CUSTOMER}/", "at/<slug:at>/", "dashboards/")
"""Customers' stages and openings, people at customers, figures by mail: their own tests have them
(tests/opening, tests/customers, tests/admin/test_people.py, tests/admin/test_dashboards*.py)."""


def test_each_action_of_a_list_is_known_with_its_event() -> None:
    found = {
        f"{model._meta.label_lower}: {action}"
        for model, page in site._registry.items()
        for action in page.actions or ()
    }
    assert found == set(ACTIONS)
    for action, where in ACTIONS.items():
        text = (TESTS / where).read_text()
        assert f'"{action.split(": ")[1]}"' in text, f"{action} is not asked in {where}"
        assert "events(action=" in text or "events(model=" in text, where


def test_each_page_that_takes_a_post_is_known_with_its_event() -> None:
    models = {model._meta.label_lower.replace(".", "/") for model in site._registry}
    ours = {f"{model}/{page}" for model in models for page in ADMIN_PAGES}
    writing = {
        one.route for one in listed() if one.door == "admin" and "POST" in one.methods
    } - ours
    known = set(PAGES) | set(SILENT)
    unknown = {route for route in writing - known if not route.startswith(OTHERS)}
    assert unknown == set(), "say in PAGES which test meets its event"
    assert known <= writing, f"gone: {known - writing}"
    for where in PAGES.values():
        assert "events(" in (TESTS / where).read_text(), where


@pytest.mark.parametrize("label", WRITABLE)
def test_what_is_refused_leaves_nothing_in_the_log(
    console: ConsoleClient, oskar: User, mei: User, acme: Customer, label: str
) -> None:
    access = CONFIGURATION[label]
    needed = access.add or access.change or access.delete
    assert needed is not None
    client, pages = console(oskar if may(oskar, needed) else mei), f"/{label.replace('.', '/')}/"
    zones.use(zones.OWNER)
    model = next(one for one in site._registry if one._meta.label_lower == label)
    row = model._base_manager.order_by("pk").values_list("pk", flat=True).first()
    before = AuditEvent.objects.count()

    if access.add:
        assert client.post(f"{pages}add/", {}).status_code in (200, 422)
    if access.change and row is not None:
        assert client.post(f"{pages}{row}/change/", {}).status_code in (200, 302, 422)
    if row is not None and not access.delete:
        assert client.post(f"{pages}{row}/delete/", {"post": "yes"}).status_code == 403

    zones.use(zones.OWNER)
    assert AuditEvent.objects.count() == before
