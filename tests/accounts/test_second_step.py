"""The second step: set up, asked for at sign-in, once each, and its secret never in the clear."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.utils import timezone

from accounts import totp
from accounts.models import AuditEvent, User
from accounts.operations import By, second_step
from accounts.operations.tokens import make_token
from accounts.policy import Permission, Role
from accounts.sealing import Unreadable, seal, unseal
from servicedesk import env, zones
from servicedesk.embedded.errors import ServerError
from tests.cast import NINE, PASSWORD
from tests.doors import DeskClient

RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code(now: datetime | None = None, *, steps: int = 0) -> str:
    """The code of an app that has SECRET."""
    return totp.code(SECRET, totp.step_at(now or timezone.now()) + steps)


def protect(user: User) -> None:
    """Give somebody a second step, long ago."""
    then = timezone.now() - timedelta(hours=1)
    second_step.set_up(user=user, secret=SECRET, typed=code(then), by=By(user), now=then)


@pytest.fixture
def protected(ada: User) -> User:
    protect(ada)
    return ada


def sign_in(client: Client, *, email: str = "ada@desk.test") -> Any:
    return client.post("/sign-in/?next=/customers/", {"login": email, "password": PASSWORD})


def actions() -> list[str]:
    zones.use(zones.OWNER)
    return list(AuditEvent.objects.order_by("seq").values_list("action", flat=True))


# --- Codes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "digits"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_rfc_6238(seconds: int, digits: str) -> None:
    assert totp.code(RFC_SECRET, seconds // totp.STEP_SECONDS) == digits


def test_a_phone_may_be_a_step_off_but_no_more() -> None:
    def matches(steps: int) -> bool:
        return totp.matching_step(SECRET, code(NINE, steps=steps), now=NINE) is not None

    assert [matches(steps) for steps in (-2, -1, 0, 1, 2)] == [False, True, True, True, False]


def test_the_picture_says_the_address() -> None:
    address = totp.address(SECRET, email="ada@desk.test", issuer="Our Desk")
    size, path = totp.picture(address)

    assert address == (
        f"otpauth://totp/Our%20Desk%3Aada%40desk.test?secret={SECRET}&issuer=Our%20Desk"
    )
    assert size >= 21
    assert path.startswith("M0 0h1v1h-1z")


# --- Setting it up -------------------------------------------------------------------------------


def test_ada_sets_it_up_and_is_shown_her_recovery_codes_for_a_while(
    desk_client: DeskClient, ada: User
) -> None:
    client = desk_client(ada)
    page = client.get("/me/security/totp/")
    secret = page.context["secret"].replace(" ", "")
    digits = totp.code(secret, totp.step_at(timezone.now()))

    done = client.post("/me/security/totp/", {"code": digits, "current_password": PASSWORD})

    assert done.headers["Location"] == "/me/security/recovery-codes/"
    codes = client.get("/me/security/recovery-codes/").context["codes"]
    assert len(set(codes)) == 10
    file = client.get("/me/security/recovery-codes.txt").content.decode()
    assert all(one in file for one in codes)
    client.post("/me/security/recovery-codes/receipt/")
    assert client.get("/me/security/recovery-codes/").context["codes"] == []
    assert client.get("/me/security/recovery-codes.txt").status_code == 404
    assert actions()[-1] == "second_step_set_up"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"code": "000000", "current_password": PASSWORD}, "code"),
        ({"current_password": "wrong"}, "current_password"),
        ({"current_password": PASSWORD, "code": ""}, "code"),
    ],
)
def test_a_wrong_code_or_password_sets_nothing_up_and_keeps_the_secret(
    desk_client: DeskClient, ada: User, typed: dict[str, str], field: str
) -> None:
    client = desk_client(ada)
    secret = client.get("/me/security/totp/").context["secret"]
    now = totp.code(secret.replace(" ", ""), totp.step_at(timezone.now()))

    page = client.post("/me/security/totp/", {"code": now, **typed})

    assert page.status_code == 422
    assert list(page.context["form"].errors) == [field]
    assert page.context["secret"] == secret
    zones.use(zones.OWNER)
    assert not Authenticator.objects.exists()


def test_neither_database_nor_session_holds_the_secret(desk_client: DeskClient, ada: User) -> None:
    client = desk_client(ada)
    secret = client.get("/me/security/totp/").context["secret"].replace(" ", "")
    assert secret not in str(dict(client.session))

    digits = totp.code(secret, totp.step_at(timezone.now()))
    client.post("/me/security/totp/", {"code": digits, "current_password": PASSWORD})

    zones.use(zones.OWNER)
    kept = Authenticator.objects.get(type="totp").data["secret"]
    assert secret not in kept
    assert unseal(kept) == secret


# --- Signing in ----------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["desk.localhost", "admin.localhost"])
def test_the_password_alone_lets_nobody_in_on_either_host(mei: User, host: str) -> None:
    protect(mei)
    client = Client(HTTP_HOST=host)

    answer = sign_in(client, email="mei@desk.test")

    assert answer.headers["Location"] == "/sign-in/code/"
    assert client.get("/").status_code == 302
    assert client.get("/sign-in/code/").status_code == 200
    assert client.post("/sign-in/code/", {"code": code()}).headers["Location"] == "/customers/"
    assert client.get("/" if host.startswith("desk") else "/start/").status_code == 200


def test_somebody_without_one_is_asked_for_nothing_more(desk_client: DeskClient, ada: User) -> None:
    client = desk_client()

    assert sign_in(client).headers["Location"] == "/customers/"


def test_a_code_lets_in_once_wherever_it_is_asked_for(
    desk_client: DeskClient, protected: User
) -> None:
    first, second = desk_client(), desk_client()
    sign_in(first)
    sign_in(second)
    typed = {"code": code()}

    assert first.post("/sign-in/code/", typed).status_code == 302
    assert second.post("/sign-in/code/", typed).status_code == 200
    assert second.get("/").status_code == 302
    assert second.post("/sign-in/code/", {"code": code(steps=-1)}).status_code == 200, "older"
    assert second.post("/sign-in/code/", {"code": code(steps=1)}).status_code == 302


def test_a_recovery_code_lets_in_once(desk_client: DeskClient, protected: User) -> None:
    spare = second_step.recovery_codes(user=protected)[3]
    first, second = desk_client(), desk_client()
    for client in (first, second):
        sign_in(client)

    assert first.post("/sign-in/code/", {"code": f"{spare[:4]} {spare[4:]}"}).status_code == 302
    assert second.post("/sign-in/code/", {"code": spare}).status_code == 200
    zones.use(zones.OWNER)
    assert len(second_step.recovery_codes(user=protected)) == 9


def test_the_sixth_wrong_code_is_not_looked_at_from_anywhere(
    desk_client: DeskClient, protected: User
) -> None:
    for _ in range(5):
        client = desk_client()
        sign_in(client)
        client.post("/sign-in/code/", {"code": "000000"}, REMOTE_ADDR="192.0.2.1")

    page = client.post("/sign-in/code/", {"code": code()}, REMOTE_ADDR="192.0.2.2")

    assert page.status_code == 200
    assert "Too many tries" in page.content.decode()
    assert client.get("/").status_code == 302


@pytest.mark.parametrize("typed", [{}, {"code": ""}, {"credential": "{}"}, {"code": "１２３é"}])
def test_nothing_else_gets_past_the_second_step(
    desk_client: DeskClient, protected: User, typed: dict[str, str]
) -> None:
    client = desk_client()
    sign_in(client)

    assert client.post("/sign-in/code/", typed).status_code == 200
    assert client.get("/").status_code == 302


def test_the_page_of_the_second_step_is_nothing_without_the_first(db: None) -> None:
    client = Client(HTTP_HOST="desk.localhost")

    assert client.get("/sign-in/code/").headers["Location"] == "/sign-in/"


# --- Afterwards ----------------------------------------------------------------------------------


def test_it_is_switched_off_with_the_password_only(
    desk_client: DeskClient, protected: User
) -> None:
    client = desk_client(protected)

    refused = client.post("/me/security/totp/removal/", {"current_password": "wrong"})
    assert refused.status_code == 422
    client.post("/me/security/totp/removal/", {"current_password": PASSWORD})

    assert sign_in(desk_client()).headers["Location"] == "/customers/"
    assert actions()[-1] == "second_step_switched_off"
    assert not Authenticator.objects.exists()


def test_new_recovery_codes_make_the_old_ones_worthless(
    desk_client: DeskClient, protected: User
) -> None:
    before = second_step.recovery_codes(user=protected)
    client = desk_client(protected)
    assert client.get("/me/security/recovery-codes/").context["codes"] == [], "shown once"

    client.post("/me/security/recovery-codes/", {"current_password": PASSWORD})

    after = client.get("/me/security/recovery-codes/").context["codes"]
    assert not set(before) & set(after)
    assert actions()[-1] == "recovery_codes_made"


def test_passwords_cannot_be_guessed_by_a_stolen_session(
    desk_client: DeskClient, protected: User
) -> None:
    client = desk_client(protected)
    for _ in range(5):
        client.post("/me/security/totp/removal/", {"current_password": "wrong"})

    page = client.post("/me/security/totp/removal/", {"current_password": PASSWORD})

    assert "Too many tries" in page.content.decode()


def test_an_operator_resets_it_for_a_lost_device(desk_client: DeskClient, protected: User) -> None:
    client = desk_client()
    sign_in(client)
    client.post("/sign-in/code/", {"code": code()})
    zones.use(zones.OWNER)
    assert UserSession.objects.filter(user=protected).count() == 1

    said = StringIO()
    call_command("reset_totp", "ADA@desk.test", stdout=said)

    assert "Ada Lind signs in by the password alone" in said.getvalue()
    assert client.get("/").status_code == 302, "whoever has the device is out"
    assert actions()[-1] == "second_step_reset"
    with pytest.raises(CommandError, match="no second step"):
        call_command("reset_totp", "ada@desk.test")
    with pytest.raises(CommandError, match="nobody"):
        call_command("reset_totp", "nobody@desk.test")


# --- Where it is asked of everybody --------------------------------------------------------------


@pytest.fixture
def _everybody(settings: Any) -> None:
    settings.REQUIRE_TOTP = frozenset(Role)


@pytest.mark.usefixtures("_everybody")
def test_whoever_has_none_is_sent_to_set_it_up_before_anything_else(
    desk_client: DeskClient, mei: User
) -> None:
    client = desk_client(mei)
    where = "http://desk.localhost:8000/me/security/totp/"

    assert client.get("/").headers["Location"] == where
    assert client.post("/hand-overs/").headers["Location"] == where
    assert (
        client.get("/queue/rows/", headers={"HX-Request": "true"}).headers["HX-Redirect"] == where
    )
    assert client.get("/", headers={"Host": "admin.localhost"}).headers["Location"] == where
    assert client.get("/me/security/totp/").status_code == 200

    zones.use(zones.OWNER)
    protect(mei)
    assert client.get("/").status_code == 200


def test_it_may_be_asked_of_some_roles_only(
    desk_client: DeskClient, mei: User, ada: User, settings: Any
) -> None:
    settings.REQUIRE_TOTP = frozenset({"manager"})

    assert desk_client(ada).get("/").status_code == 200
    assert desk_client(mei).get("/").status_code == 302


def test_their_programs_get_nowhere_either(mei: User, settings: Any) -> None:
    """The desk's API refuses a token of somebody who needs a second step and has none."""
    _row, secret = make_token(
        user=mei, name="x", scopes=[Permission.READ_TICKETS], now=timezone.now(),
        expires_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    client = Client(HTTP_HOST="desk.localhost", HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert client.get("/api/v1/queue/").status_code == 200

    settings.REQUIRE_TOTP = frozenset({"manager"})
    refused = client.get("/api/v1/queue/")
    assert refused.status_code == 403
    assert refused.json()["type"].endswith("second-step-missing")

    zones.use(zones.OWNER)
    protect(mei)
    assert client.get("/api/v1/queue/").status_code == 200


@pytest.mark.parametrize(
    ("said", "asked"),
    [("", set()), ("0", set()), ("1", set(Role)), (" operator, manager ", {"operator", "manager"})],
)
def test_the_setting_names_roles(
    said: str, asked: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVICEDESK_REQUIRE_TOTP", said)
    assert env.roles_with_a_second_step() == asked


def test_a_role_that_there_is_not_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICEDESK_REQUIRE_TOTP", "operator,boss")
    with pytest.raises(ServerError, match="no role boss"):
        env.roles_with_a_second_step()
    assert frozenset(Role) == env.ROLES


@pytest.mark.usefixtures("_everybody")
def test_nobody_switches_it_off_there(desk_client: DeskClient, protected: User) -> None:
    client = desk_client(protected)

    page = client.post("/me/security/totp/removal/", {"current_password": PASSWORD})

    assert page.status_code == 422
    zones.use(zones.OWNER)
    assert second_step.is_set_up(user=protected)


# --- The key -------------------------------------------------------------------------------------


def test_a_new_secret_key_reads_what_the_one_before_sealed_and_seals_it_anew(
    desk_client: DeskClient, protected: User, settings: Any
) -> None:
    before, spare = settings.SECRET_KEY, second_step.recovery_codes(user=protected)[0]
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 8, [before]
    client = desk_client()
    sign_in(client)
    assert client.post("/sign-in/code/", {"code": code()}).status_code == 302

    settings.SECRET_KEY_FALLBACKS = []
    zones.use(zones.OWNER)
    kept = Authenticator.objects.get(user=protected, type="totp").data["secret"]
    assert unseal(kept) == SECRET
    assert spare in second_step.recovery_codes(user=protected)


def test_a_key_that_is_lost_is_no_way_in_and_no_error(
    desk_client: DeskClient, protected: User, settings: Any
) -> None:
    spare = second_step.recovery_codes(user=protected)[0]
    settings.SECRET_KEY = "another" * 8
    client = desk_client()
    sign_in(client)

    assert client.post("/sign-in/code/", {"code": code()}).status_code == 200
    assert client.post("/sign-in/code/", {"code": spare}).status_code == 200
    with pytest.raises(Unreadable):
        unseal("nonsense")
    assert unseal(seal("x")) == "x"
