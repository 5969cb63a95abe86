"""The demo as it is built: every story at the end it says, nothing sent, and its logins written."""

from __future__ import annotations

import dataclasses
import io
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import ApiToken, User
from customers.inside import schema_of
from customers.models import Customer
from customers.operations import lay
from desk.models import (
    AskItem,
    Bell,
    CallbackItem,
    Due,
    IncomingMail,
    OutboxItem,
    QueueItem,
    RescueItem,
    SearchDocument,
    ServiceReportItem,
)
from followups.operations.demo_callbacks import build_callbacks
from followups.operations.demo_reports import build_reports
from servicedesk.management.commands import demo as command
from tests.cast import NINE
from tickets.demo.loading import load
from tickets.demo.story import Demo
from tickets.models import Attachment, Contact, Mail, Ticket
from tickets.operations.demo import build
from tickets.operations.demo_mail import build_mail
from tickets.operations.demo_tokens import give_tokens
from tickets.operations.judging import judge

pytestmark = pytest.mark.django_db


@pytest.fixture
def small() -> Demo:
    """The demo with three of its stories: enough for what is not about stories."""
    whole = load()
    return dataclasses.replace(whole, stories=whole.stories[1:4])


@pytest.fixture
def built(small: Demo, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small demo, built by the command; gives the path of its logins."""
    settings.VAR = tmp_path
    monkeypatch.setattr(command, "load", lambda: small)
    call_command("demo", stdout=io.StringIO())
    return tmp_path / "demo.json"


def test_every_story_is_played_to_the_end_it_says_and_sends_nothing() -> None:
    demo, now = load(), timezone.now()

    assert build(demo=demo, now=now)

    found = {}
    for customer in Customer.objects.filter(code__in=[one.code for one in demo.customers]):
        with schema_of(customer):
            for ticket in Ticket.objects.select_related("handling"):
                found[customer.code, ticket.subject] = ticket.state
                assert now - timedelta(days=60) < ticket.opened_at < now
                assert ticket.handling.owner_id or ticket.is_settled
                times = list(ticket.entries.order_by("seq").values_list("written_at", flat=True))
                assert times == sorted(times)
                assert times[-1] <= now
            assert Attachment.objects.count() == sum(
                bool(step.file)
                for story in demo.stories
                for step in story.steps
                if story.customer == customer.code
            )
    assert found == {(one.customer, one.subject): one.state for one in demo.stories}
    assert Bell.objects.exists()
    assert AskItem.objects.open().count() == len(demo.vendor.asks) == 1
    assert QueueItem.objects.live().filter(next_due_at__lt=now).exists()
    _let_the_worker_judge(now)
    assert not OutboxItem.objects.exists()
    assert SearchDocument.objects.count() == len(demo.stories)
    call_command("verify", stdout=io.StringIO())
    _customers_say_how_we_did(demo, now)
    build_reports(demo=demo, now=now)
    assert ServiceReportItem.objects.filter(published_at__isnull=False).count() == 2
    assert ServiceReportItem.objects.to_publish().count() == 2
    _mail_comes_in(demo, now)
    call_command("verify", stdout=io.StringIO())


def _mail_comes_in(demo: Demo, now: datetime) -> None:
    """By the way of every mail: some at tickets, some held, some nobody's; nothing is sent."""
    build_mail(demo=demo, now=now)

    rows = IncomingMail.objects.order_by("received_at")
    assert [(row.outcome, row.reason) for row in rows] == [
        ("automatic", "away"), ("bounce", "bounced"), ("added", "token"),
        ("held", "unverified"), ("unrouted", "unknown_recipient"),
        ("unrouted", "unknown_recipient"), ("unrouted", "unknown_recipient"),
        ("held", "unverified"), ("held", "stranger"), ("opened", "new"),
        ("added", "token"),
    ]  # fmt: skip
    with schema_of(Customer.objects.get(code="nordlys")):
        assert Mail.objects.get().ticket is not None, "it waits at its ticket"
    with schema_of(Customer.objects.get(code="harbor")):
        answer = Mail.objects.get(entry__isnull=False)
        assert (answer.quoted[:3], "\n> Hello Tim" in answer.quoted) == ("On ", True)
        assert [one["value"] for one in answer.explained if one["code"] == "cc_unknown"] == [
            "security@harbor-it.example"
        ]
    with schema_of(Customer.objects.get(code="hamburg")):
        assert Contact.objects.get(bounced_at__isnull=False).name == "Björn Petersen"
    assert OutboxItem.objects.filter(bounced_at__isnull=False).count() == 1
    assert not OutboxItem.objects.exclude(state="sent").exists()


def _customers_say_how_we_did(demo: Demo, now: datetime) -> None:
    """Good and bad, in two languages; one rescue is under way, and nobody is told of the past."""
    bells = Bell.objects.count()
    build_callbacks(demo=demo, now=now)

    items = CallbackItem.objects.all()
    assert items.answered().count() > 60
    assert items.filter(is_machine=True, answered_at=None).count() == 1
    assert items.open(now).by_phone().count() == 4
    assert not items.filter(asked_at__gt=now).exists()
    rescue = RescueItem.objects.open().select_related("customer").get()
    assert (rescue.state, rescue.consultant is not None) == ("acting", True)
    assert RescueItem.objects.filter(closed_at__isnull=False).count() == 3
    asked = items.open(now).filter(by="mail", delivered_at__lt=now - timedelta(days=1))
    assert asked.exclude(customer=rescue.customer).exists()
    assert not OutboxItem.objects.exclude(state="sent").exists()
    assert Bell.objects.count() == bells
    assert not Due.objects.filter(kind__in=[Due.Kind.CALLBACK, Due.Kind.SCORE]).exists()
    call_command("verify", stdout=io.StringIO())


def _let_the_worker_judge(now: datetime) -> None:
    """What was left to the worker: the search; it tells nobody of what the stories told."""
    bells, left = Bell.objects.count(), Due.objects.filter(kind=Due.Kind.JUDGE)
    for due in left.select_related("customer"):
        with schema_of(due.customer):
            judge(customer=due.customer, ticket_id=due.row_id, now=now)
    left.delete()
    assert Bell.objects.count() == bells


def test_a_demo_that_is_there_is_left_as_it_is(built: Path, small: Demo) -> None:
    built.unlink()
    User.objects.filter(email=small.vendor.staff[0].email).update(name="Ada Andersson")

    said = io.StringIO()
    call_command("demo", stdout=said)

    assert "is there already" in said.getvalue()
    assert built.exists()
    assert User.objects.get(email=small.vendor.staff[0].email).name == "Ada Andersson"
    with schema_of(Customer.objects.get(code="harbor")):
        assert Ticket.objects.count() == 3


def test_the_logins_are_written_whole_and_let_everybody_in(built: Path, small: Demo) -> None:
    logins = json.loads(built.read_text(encoding="utf-8"))
    _are_whole(logins, small)
    assert built.stat().st_mode & 0o077 == 0
    assert [path.name for path in built.parent.iterdir()] == ["demo.json"]
    _let_everybody_in(logins)
    _the_first_agent_serves_all_and_the_branch_has_its_parent()


def _are_whole(logins: dict[str, Any], small: Demo) -> None:
    assert set(logins) == {"desk", "customers"}
    assert set(logins["desk"]) == {"url", "admin_url", "staff"}
    assert len(logins["desk"]["staff"]) == 7
    for person in logins["desk"]["staff"]:
        assert set(person) == {"name", "email", "role", "password", "api_token"}
        assert person["api_token"].startswith("sd_")
    assert [one["code"] for one in logins["customers"]] == [one.code for one in small.customers]
    for one in logins["customers"]:
        assert set(one) == {"code", "name", "url", "contacts"}
        assert one["url"] == f"http://{one['code']}.localhost:8000"
        for person in one["contacts"]:
            assert set(person) == {"name", "email", "role", "api_token"}


def _let_everybody_in(logins: dict[str, Any]) -> None:
    for person in logins["desk"]["staff"]:
        user = User.objects.get(email=person["email"])
        assert user.check_password(person["password"])
        assert user.role == person["role"]
    for one in logins["customers"]:
        customer = Customer.objects.live().get(code=one["code"])
        with schema_of(customer):
            for person in one["contacts"]:
                assert Contact.objects.active().get(email=person["email"]).role == person["role"]


def _the_first_agent_serves_all_and_the_branch_has_its_parent() -> None:
    first = User.objects.get(email="ada.lindqvist@tidewell.example")
    hamburg = Customer.objects.select_related("parent").get(code="hamburg")

    assert Customer.objects.served_by(first).filter(code="lanshan").exists()
    assert hamburg.parent is not None
    assert hamburg.parent.code == "harbor"


def test_the_demos_tokens_live_a_year_at_most_and_are_renewed_by_half(
    built: Path, small: Demo
) -> None:
    now, year = timezone.now(), timedelta(days=365)
    tokens = ApiToken.objects.filter(name="Demo")
    assert all(now < token.expires_at <= now + year for token in tokens)

    for passed, is_renewed in ((year / 3, False), (year * 2 / 3, True), (year * 3, True)):
        before = tokens.earliest("pk").expires_at
        give_tokens(demo=small, now=now + passed)
        token = tokens.earliest("pk")
        assert (token.expires_at > before) == is_renewed
        assert now + passed + year / 2 <= token.expires_at <= now + passed + year

    tokens.update(revoked_at=now)
    give_tokens(demo=small, now=now + year)
    assert not tokens.filter(revoked_at=None).exists()


def test_a_customer_of_ours_with_a_code_of_the_demo_stops_it_and_stays(
    small: Demo, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    settings.VAR = tmp_path
    monkeypatch.setattr(command, "load", lambda: small)
    lay(code="lanshan", name="Our own", now=NINE)

    with pytest.raises(CommandError, match="the code lanshan is a customer of yours"):
        call_command("demo", stdout=io.StringIO())

    assert not Customer.objects.filter(code="harbor").exists()
    assert not (tmp_path / "demo.json").exists()
