"""What `/healthz/live` and `/healthz/ready` answer, on every host, and when ready is red."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as the_settings
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from customers.models import Customer
from desk.models import IncomingMail, Mailbox, OutboxItem, Terms
from desk.operations import beating
from desk.operations.policies import terms_for
from servicedesk import zones
from servicedesk.operating import figures, health
from servicedesk.operating.middleware import OperatorsMiddleware
from tests.cast import NINE
from tickets.operations import receiving

HOSTS = ("desk.localhost", "admin.localhost", "acme.localhost", "nobody.example", "10.1.2.3:8000")
CHECKS = {"database", "broker", "outbox", "due", "mail", "beat", "migrations", "clock", "holidays"}


@pytest.fixture(autouse=True)
def _healthy(request: pytest.FixtureRequest, own_valkey: str, monkeypatch: Any) -> None:
    """A broker that answers, and a beat just heard."""
    monkeypatch.setattr(the_settings, "BROKER_URL", own_valkey)
    if "db" in request.fixturenames:
        zones.use(zones.DESK)
        beating.beat()
        zones.use(zones.OWNER)


def _ready(status: int) -> dict[str, dict[str, Any]]:
    response = Client(HTTP_HOST="10.1.2.3").get("/healthz/ready")
    said = response.json()
    assert response.status_code == status, said
    assert said["status"] == ("ok" if status == 200 else "failing")
    assert set(said["checks"]) == CHECKS
    return dict(said["checks"])


def _sql(statement: str, *words: Any) -> None:
    zones.use(zones.OWNER)
    with connection.cursor() as cursor:
        cursor.execute(statement, words)


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("page", ["live", "ready"])
def test_every_host_answers(db: None, host: str, page: str) -> None:
    response = Client(HTTP_HOST=host).get(f"/healthz/{page}")

    assert (response.status_code, response.json()["status"]) == (200, "ok")
    assert response.headers["Cache-Control"] == "no-store"


def test_live_asks_nobody() -> None:
    """Without the fixture `db` a test that asks the database fails; nor is the next one asked."""

    def the_next(_request: HttpRequest) -> HttpResponse:
        raise AssertionError("it went on to the door")

    response = OperatorsMiddleware(the_next)(RequestFactory().get("/healthz/live"))
    assert response.status_code == 200


def test_a_check_without_tls_is_answered_past_the_proxy(db: None, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    client = Client(HTTP_HOST="10.1.2.3:8000")

    assert [client.get(f"/healthz/{page}").status_code for page in ("live", "ready")] == [200, 200]
    assert client.get("/").status_code == 301


def test_only_reading_is_answered(db: None) -> None:
    assert Client(HTTP_HOST="10.1.2.3").post("/healthz/ready").status_code == 405
    assert Client(HTTP_HOST="10.1.2.3").head("/healthz/ready").status_code == 200


def test_all_is_well(db: None) -> None:
    assert {check["status"] for check in _ready(200).values()} == {"ok"}


def test_the_router_may_ask_and_learns_figures_only(db: None) -> None:
    zones.use(zones.ROUTER)
    found = figures.ask()

    assert zones.driver().current() == zones.ROUTER
    assert all(isinstance(value, int | float | None) for value in vars(found).values())


def test_a_broker_that_is_gone_is_a_warning(db: None, monkeypatch: Any) -> None:
    monkeypatch.setattr(the_settings, "BROKER_URL", "redis://:s3cretword@127.0.0.1:1/0")

    assert _ready(200)["broker"] == {"status": "warning"}


@pytest.mark.parametrize(
    ("age", "status", "said"), [(50, 200, "ok"), (90, 200, "warning"), (601, 503, "failing")]
)
def test_a_beat_that_is_dead_for_ten_minutes_is_red(
    db: None, age: int, status: int, said: str
) -> None:
    _sql("UPDATE desk_heartbeat SET beat_at = now() - make_interval(secs => %s)", age)

    assert _ready(status)["beat"]["status"] == said


def test_a_beat_never_heard_counts_from_the_last_migration(db: None) -> None:
    _sql("DELETE FROM desk_heartbeat")
    _sql("UPDATE django_migrations SET applied = now() - interval '1 minute'")
    assert _ready(200)["beat"]["status"] in ("ok", "warning")

    _sql("UPDATE django_migrations SET applied = now() - interval '11 minutes'")
    assert _ready(503)["beat"]["status"] == "failing"


def _mail(acme: Customer, *, key: str, age: int, state: str = "new") -> None:
    zones.use(zones.OWNER)
    item = OutboxItem.objects.create(
        customer=acme, key=key, kind="entry", row="1", not_before=NINE, created_at=NINE, state=state
    )
    _sql(
        "UPDATE desk_outboxitem SET not_before = now() - make_interval(secs => %s) WHERE id = %s",
        age,
        item.pk,
    )


@pytest.mark.parametrize(
    ("age", "status", "said"), [(-60, 200, "ok"), (90, 200, "warning"), (601, 503, "failing")]
)
def test_mails_that_do_not_leave_are_red(acme: Customer, age: int, status: int, said: str) -> None:
    _mail(acme, key="late", age=age)

    outbox = _ready(status)["outbox"]
    assert outbox["status"] == said
    assert outbox["lag_seconds"] == pytest.approx(max(age, 0), abs=5)


@pytest.mark.parametrize(
    ("age", "status", "said"), [(5, 200, "ok"), (90, 200, "warning"), (601, 503, "failing")]
)
def test_mails_that_came_in_and_wait_are_red(db: None, age: int, status: int, said: str) -> None:
    stored = receiving.store(raw=b"Subject: x\n\nHello.", recipient="", way="smtp", now=NINE)
    _sql(
        "UPDATE desk_incomingmail SET received_at = now() - make_interval(secs => %s)"
        " WHERE id = %s", age, stored.mail.pk,
    )  # fmt: skip

    mail = _ready(status)["mail"]
    assert (mail["status"], mail["waiting"]) == (said, 1)
    assert mail["lag_seconds"] == pytest.approx(age, abs=5)


def test_a_mail_that_every_try_failed_on_and_a_mailbox_that_fails_are_warnings(db: None) -> None:
    stored = receiving.store(raw=b"Subject: x\n\nHello.", recipient="", way="smtp", now=NINE)
    IncomingMail.objects.filter(pk=stored.mail.pk).update(
        state="done", outcome="held", reason="failed", worked_at=NINE
    )
    assert (_ready(200)["mail"]["status"], _ready(200)["mail"]["failed"]) == ("warning", 1)
    IncomingMail.objects.update(settled_at=NINE)
    assert _ready(200)["mail"]["status"] == "ok"

    Mailbox.objects.create(
        name="Box", host="x", login="x", address="x@x.test", created_at=NINE, failed_since=NINE
    )
    mail = _ready(200)["mail"]
    assert (mail["status"], mail["mailboxes_failing"]) == ("warning", 1)
    Mailbox.objects.update(is_active=False)
    assert _ready(200)["mail"]["status"] == "ok"


def test_mails_given_up_and_those_of_a_suspended_customer_stop_nothing(acme: Customer) -> None:
    _mail(acme, key="dead", age=9000, state="dead")
    outbox = _ready(200)["outbox"]
    assert (outbox["status"], outbox["dead"], outbox["lag_seconds"]) == ("warning", 1, 0)

    _mail(acme, key="waits", age=9000)
    _sql("UPDATE customers_customer SET suspended_at = now() WHERE id = %s", acme.pk)
    assert _ready(200)["outbox"]["lag_seconds"] == 0


def test_news_by_the_thousand_and_mails_held_back_are_no_trouble(acme: Customer) -> None:
    _mail(acme, key="held", age=9000)
    _mail(acme, key="news", age=9000)
    _sql("UPDATE desk_outboxitem SET is_held = true WHERE key = 'held'")
    _sql("UPDATE desk_outboxitem SET kind = 'notice' WHERE key = 'news'")
    for kind in ("release", "later"):
        _sql(
            "INSERT INTO desk_due (customer_id, kind, row_id, due_at, tries, last_error, asked)"
            " VALUES (%s, %s, 1, now() - interval '11 minutes', 0, '', 1)",
            acme.pk,
            kind,
        )

    found = _ready(200)
    assert (found["outbox"]["lag_seconds"], found["outbox"]["waiting"]) == (0, 1)
    assert found["due"]["lag_seconds"] == 0


def test_work_that_nobody_does_is_red(acme: Customer) -> None:
    _sql(
        "INSERT INTO desk_due (customer_id, kind, row_id, due_at, tries, last_error, asked)"
        " VALUES (%s, 'judge', 1, now() - interval '11 minutes', 0, '', 1)",
        acme.pk,
    )
    assert _ready(503)["due"]["status"] == "failing"


def test_code_ahead_of_the_database_is_red_and_a_customer_behind_a_warning(acme: Customer) -> None:
    _sql("UPDATE customers_customer SET migrated_to = 'tickets/0001_initial' WHERE code = 'acme'")
    migrations = _ready(200)["migrations"]
    assert migrations == {"status": "warning", "missing": 0, "customers_behind": 1}
    ahead = "followups/0999_x tickets/0999_x"
    _sql("UPDATE customers_customer SET migrated_to = %s WHERE code = 'acme'", ahead)
    assert _ready(200)["migrations"]["customers_behind"] == 0, "ahead: the old code goes on"

    _sql("DELETE FROM django_migrations WHERE app = 'desk' AND name = '0003_default_policy'")
    assert _ready(503)["migrations"]["missing"] == 1


@pytest.mark.parametrize(("left", "status"), [(60, "warning"), (61, "ok"), (-3, "warning")])
def test_holidays_that_end_in_sixty_days_are_a_warning(
    acme: Customer, left: int, status: str
) -> None:
    """Of calendars that are counted by; whatever the date, nobody need come at once."""
    assert _ready(200)["holidays"] == {"status": "ok"}
    until = datetime.now(UTC).date() + timedelta(days=left)
    zones.use(zones.OWNER)
    terms_for(customer=acme, now=datetime.now(UTC))
    Terms.objects.update(published_until=until)

    assert _ready(200)["holidays"] == {
        "status": status,
        "known_until": until.isoformat(),
        "days_left": left,
    }
    zones.use(zones.OWNER)
    Terms.objects.update(is_current=False)
    assert _ready(200)["holidays"] == {"status": "ok"}


def test_a_database_ahead_of_the_code_is_fine(db: None) -> None:
    _sql("INSERT INTO django_migrations (app, name, applied) VALUES ('desk', '0999_x', now())")

    assert _ready(200)["migrations"]["status"] == "ok"


def test_a_database_without_the_question_is_red(db: None) -> None:
    _sql("DROP FUNCTION sd.health_2(text[], text)")
    checks = _ready(503)

    assert checks["migrations"] == {"status": "failing"}
    assert checks["beat"] == {"status": "unknown"}


@pytest.mark.parametrize(("seconds", "status"), [(1.5, 200), (2.5, 503), (-2.5, 503)])
def test_a_clock_that_is_wrong_by_two_seconds_is_red(
    db: None, seconds: float, status: int, monkeypatch: Any
) -> None:
    clock = time.time
    monkeypatch.setattr(time, "time", lambda: clock() + seconds)

    assert _ready(status)["clock"]["skew_seconds"] == pytest.approx(seconds, abs=0.3)


def test_a_database_that_is_gone_is_red_and_says_nothing_else(db: None, monkeypatch: Any) -> None:
    def gone() -> figures.Figures:
        raise OperationalError("connection to 10.0.0.7 as servicedesk_router failed: s3cretword")

    monkeypatch.setattr(figures, "ask", gone)
    checks = _ready(503)

    assert checks["database"] == {"status": "failing"}
    assert "s3cretword" not in str(checks)
    assert "10.0.0.7" not in str(checks)


def test_the_beat_writes_every_five_seconds_at_most(db: None) -> None:
    zones.use(zones.DESK)
    assert beating.beat() is False
    _sql("UPDATE desk_heartbeat SET beat_at = now() - interval '6 seconds'")
    zones.use(zones.DESK)
    assert beating.beat() is True


def test_the_sweep_is_the_beats_sign(db: None) -> None:
    from tickets import tasks

    _sql("DELETE FROM desk_heartbeat")
    zones.use(zones.DESK)
    tasks.sweep_due()

    assert _ready(200)["beat"]["age_seconds"] < 5


def test_the_answer_has_no_words_but_its_own(db: None) -> None:
    """Names of checks, statuses and figures: nothing that the code or the database could leak."""
    for check in _ready(200).values():
        assert check.pop("status") in (health.OK, health.WARNING)
        assert all(isinstance(value, int | float | None) for value in check.values())
