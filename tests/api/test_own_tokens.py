"""People make tokens for themselves on a page of theirs, see them once, and revoke them."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from accounts.models import ApiToken, AuditEvent, User
from accounts.policy import Permission
from accounts.token_forms import OTHER_RIGHTS, SHOWN, STAFF_SCOPES, shown
from servicedesk import zones
from tests.api.conftest import Program, staff_token
from tests.architecture.addresses import listed
from tests.cast import NINE, PASSWORD, days, minutes
from tests.doors import DeskClient, Inside, PortalClient
from tickets.models import Contact

PAGE = "/me/tokens/"
_SECRET = re.compile(r'value="(sd_[\w-]{43})"')


def _make(client: Client, *scopes: str, days: int = 30) -> str:
    sent = {"name": "My script", "scopes": scopes, "days": days, "current_password": PASSWORD}
    page = client.post(PAGE, sent)
    assert page.status_code == 200
    (secret,) = _SECRET.findall(page.content.decode())
    return str(secret)


def test_ada_makes_a_token_sees_it_once_and_revokes_it(desk_client: DeskClient, ada: User) -> None:
    client = desk_client(ada)

    secret = _make(client, "read_tickets")

    program = Program("desk.localhost", secret)
    assert program.get("/api/v1/queue/").status_code == 200
    page = client.get(PAGE).content.decode()
    assert secret not in page
    assert secret[:7] in page
    zones.use(zones.OWNER)
    token = ApiToken.objects.get()
    assert (token.expires_at - token.created_at).days == 30

    assert client.post(f"{PAGE}{token.pk}/revocation/").status_code == 302
    assert program.get("/api/v1/queue/").status_code == 401


def test_making_and_revoking_stand_in_the_audit_log(desk_client: DeskClient, ada: User) -> None:
    client = desk_client(ada)
    secret = _make(client, "read_tickets")
    zones.use(zones.OWNER)
    token = ApiToken.objects.get()

    client.post(f"{PAGE}{token.pk}/revocation/")
    client.post(f"{PAGE}{token.pk}/revocation/")

    zones.use(zones.OWNER)
    made, revoked = AuditEvent.objects.filter(model="accounts.apitoken").order_by("seq")
    assert (made.action, revoked.action) == ("token_made", "token_revoked")
    assert (made.actor_name, made.from_address) == ("Ada Lind", "127.0.0.1")
    assert made.name == f"My script {secret[:7]}… (Ada Lind)"
    assert made.changes["scopes"] == [None, ["read_tickets"]]
    assert token.digest not in str(made.changes)


def test_five_wrong_passwords_end_the_making_of_tokens_for_a_while(
    desk_client: DeskClient, ada: User
) -> None:
    client = desk_client(ada)
    sent = {"name": "x", "scopes": ["read_tickets"], "days": 30}
    for _ in range(5):
        client.post(PAGE, sent | {"current_password": "wrong"})

    page = client.post(PAGE, sent | {"current_password": PASSWORD})

    assert page.status_code == 422
    zones.use(zones.OWNER)
    assert not ApiToken.objects.exists()


def test_tokens_that_work_stand_first_and_none_is_left_out(ada: User) -> None:
    for number in range(SHOWN + 10):
        ApiToken.objects.create(
            user=ada, name=str(number), digest=f"{number:064x}", created_at=NINE,
            expires_at=NINE + days(30), revoked_at=None if number < 55 else NINE,
        )  # fmt: skip

    names = [token.name for token in shown(ada.api_tokens.all(), now=NINE)]
    assert names == [str(number) for number in range(54, -1, -1)]

    ApiToken.objects.filter(name__in=names[:52]).update(expires_at=NINE + minutes(1))
    later = [token.name for token in shown(ada.api_tokens.all(), now=NINE + days(1))]
    assert later[:3] == ["2", "1", "0"]
    assert len(later) == SHOWN


def test_uma_makes_a_token_for_her_companys_host(
    portal_client: PortalClient, uma: Contact, inside_acme: Inside
) -> None:
    client = portal_client(uma)

    secret = _make(client, "read_tickets", "write_tickets")

    program = Program("acme.localhost", secret)
    assert program.get("/api/v1/tickets/").status_code == 200
    token_id = re.findall(rf"{PAGE}(\d+)/revocation/", client.get(PAGE).content.decode())[0]
    assert client.post(f"{PAGE}{token_id}/revocation/").status_code == 302
    assert program.get("/api/v1/tickets/").status_code == 401


def test_nobody_revokes_somebody_elses_token(
    desk_client: DeskClient, portal_client: PortalClient, ada: User, mei: User, uma: Contact,
    ed: Contact, eve: Contact
) -> None:  # fmt: skip
    ours = staff_token(ada)
    zones.use(zones.OWNER)
    path = f"{PAGE}{ApiToken.objects.get().pk}/revocation/"
    assert desk_client(mei).post(path).status_code == 404
    assert Program("desk.localhost", ours).get("/api/v1/queue/").status_code == 200

    theirs = _make(portal_client(uma), "read_tickets")
    page = portal_client(uma).get(PAGE).content.decode()
    (token_id,) = re.findall(rf"{PAGE}(\d+)/", page)
    path = f"{PAGE}{token_id}/revocation/"
    for other in (ed, eve):
        assert portal_client(other).post(path).status_code == 404
        assert theirs[:7] not in portal_client(other).get(PAGE).content.decode()
    assert Program("acme.localhost", theirs).get("/api/v1/tickets/").status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"scopes": []},
        {"scopes": ["enter_admin"]},
        {"days": 400},
        {"days": ""},
        {"current_password": "wrong"},
    ],
)
def test_what_a_token_cannot_be_is_said_at_its_field(
    desk_client: DeskClient, ada: User, wrong: dict[str, object]
) -> None:
    sent = {
        "name": "x", "scopes": ["read_tickets"], "days": 30, "current_password": PASSWORD
    } | wrong  # fmt: skip
    page = desk_client(ada).post(PAGE, sent)
    assert page.status_code == 422
    assert 'class="errors"' in page.content.decode()
    zones.use(zones.OWNER)
    assert not ApiToken.objects.exists()


def test_the_page_offers_the_scopes_that_the_api_asks_for() -> None:
    asked = {
        address.scope(method)
        for address in listed()
        if address.door == "desk" and address.is_api
        for method in address.methods
    }
    assert asked == set(STAFF_SCOPES)


def test_each_right_a_token_may_hold_has_its_words() -> None:
    assert set(STAFF_SCOPES) | set(OTHER_RIGHTS) == set(Permission)
