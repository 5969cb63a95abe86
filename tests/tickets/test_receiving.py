"""Mail is stored before anything is done with it, once; worked from its row, however often."""

from __future__ import annotations

import io
import json
import sys
import types
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.db.models.functions import Now

from customers.models import Customer
from desk.models import IncomingMail, MailAddress
from servicedesk import zones
from tests.cast import NINE
from tests.doors import Kicks
from tests.inbound.letters import mail
from tickets import tasks
from tickets.inbound.apart import Reader
from tickets.inbound.reading import MAX_BYTES, TooLarge
from tickets.operations import receiving, working_mail
from tickets.operations.working_through import work_through

TO = "acme@mail.localhost"


@pytest.fixture(autouse=True)
def _as_the_desk(db: None, settings: Any) -> None:
    settings.MAIL_DOMAIN = "mail.localhost"
    zones.use(zones.DESK)


def _store(raw: bytes, to: str = TO, **more: Any) -> receiving.Received:
    return receiving.store(raw=raw, recipient=to, way="smtp", now=NINE, **more)


@pytest.fixture
def worked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Which mails were worked on; what becomes of a mail has tests of its own."""
    done: list[int] = []

    def work(*, mail_id: int, reader: Reader, now: Any) -> IncomingMail:
        done.append(mail_id)
        IncomingMail.objects.filter(pk=mail_id).update(
            state="done", outcome="unrouted", reason="unknown_recipient", worked_at=now
        )
        return IncomingMail.objects.get(pk=mail_id)

    monkeypatch.setattr(working_mail, "work", work)
    return done


# --- Once -----------------------------------------------------------------------------------------


def test_the_same_mail_to_the_same_recipient_is_one_row() -> None:
    first = _store(mail("Hello.\r\n", Message_ID="<1@acme.test>"))
    for again in (
        mail("Hello.\n\n", Received="from relay.example", Message_ID="<1@acme.test>"),
        mail("Hello.\r\n", Message_ID="<1@acme.test>", X_Spam="no"),
    ):
        assert _store(again, to=TO.upper()) == (first.mail, False)

    assert first.is_new
    assert bytes(IncomingMail.objects.get().raw or b"") == mail(
        "Hello.\r\n", Message_ID="<1@acme.test>"
    )


@pytest.mark.parametrize(
    "other",
    [
        mail("Hello you.\n", Message_ID="<1@acme.test>"),
        mail("Hello.\n", Message_ID="<2@acme.test>"),
        mail("Hello.\n", Message_ID="<1@acme.test>", From="Dan <dan@acme.test>"),
        mail("Hello.\n"),
    ],
)
def test_another_body_id_or_author_is_another_mail(other: bytes) -> None:
    _store(mail("Hello.\n", Message_ID="<1@acme.test>"))

    assert _store(other).is_new


def test_mails_without_an_id_are_told_apart_by_what_they_say_of_themselves() -> None:
    assert _store(mail("Thanks.\n", Subject="Paper", Date="Mon, 2 Nov 2026 09:00:00 +0000")).is_new
    assert _store(mail("Thanks.\n", Subject="Toner", Date="Mon, 2 Nov 2026 09:00:00 +0000")).is_new
    assert _store(mail("Thanks.\n", Subject="Toner", Date="Tue, 3 Nov 2026 09:00:00 +0000")).is_new
    assert not _store(
        mail("Thanks.\n", Subject="Paper", Date="Mon, 2 Nov 2026 09:00:00 +0000")
    ).is_new


def test_a_mail_to_several_of_us_is_a_row_for_each_and_rings_once(
    kicks: Kicks, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        stored = receiving.store_all(
            raw=mail(), recipients=[TO, "globex@mail.localhost", TO], way="smtp", now=NINE
        )

    assert [one.mail.recipient for one in stored] == [TO, "globex@mail.localhost"]
    assert kicks == [("tickets.tasks.work_mails", {})]


def test_what_is_too_large_or_broken_is_refused_or_kept_as_it_is() -> None:
    with pytest.raises(TooLarge):
        _store(b"x" * (MAX_BYTES + 1))
    for raw in (b"", b"\x00\xff", b"From: \r\n", b"Message-ID: <\x00>\n\n\x00", b"a" * 200_000):
        stored = _store(raw, to="\x00\udcff@x\n", return_path="\x00")
        assert bytes(IncomingMail.objects.get(pk=stored.mail.pk).raw or b"") == raw


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"To": f"Us <{TO.upper()}>, eve@globex.test"}, [TO]),
        (
            {"To": "a@b.test", "Cc": f"acme+7-abc@mail.localhost, {TO}"},
            ["acme+7-abc@mail.localhost", TO],
        ),
        ({"To": "undisclosed-recipients:;", "Delivered_To": "help@acme.test"}, ["help@acme.test"]),
        ({"To": "box@vendor.test"}, ["box@vendor.test"]),
        ({"To": "somebody@else.test"}, ["box@vendor.test"]),
        ({"To": "acme@mail.localhost.evil.test, evilmail.localhost@x.test"}, ["box@vendor.test"]),
    ],
)
def test_whom_of_ours_a_mail_without_an_envelope_is_to(
    acme: Customer, headers: dict[str, str], expected: list[str]
) -> None:
    MailAddress.objects.create(address="help@acme.test", customer=acme, created_at=NINE)

    assert receiving.recipients_of(raw=mail(**headers), address="box@vendor.test") == expected


def test_a_mail_to_nobody_we_know_is_kept_for_nobody() -> None:
    assert receiving.recipients_of(raw=mail(To="x@y.test")) == [""]


# --- From the row ---------------------------------------------------------------------------------


def test_a_claimed_mail_is_its_claimers_until_its_lease_ends() -> None:
    _store(mail())
    (held,) = _claim("one")
    assert _claim("two") == []

    IncomingMail.objects.update(lease_until=Now() - timedelta(seconds=1))
    (taken,) = _claim("two")

    assert not receiving.begin(mail=held)
    assert receiving.begin(mail=taken)
    assert IncomingMail.objects.get().attempts == 1


def test_a_mail_that_breaks_waits_and_holds_nobody_up(
    worked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = _store(mail("bad")).mail, _store(mail("good")).mail
    work = working_mail.work
    monkeypatch.setattr(working_mail, "work", _breaking(bad.pk, work))

    _sweep()

    assert worked == [good.pk]
    bad.refresh_from_db()
    assert (bad.state, bad.attempts, bad.claimed_by) == ("new", 1, "")
    assert bad.last_error == "RuntimeError: poison"
    assert bad.lease_until is not None


def test_after_eight_tries_it_is_held_with_its_bytes(
    worked: list[int], monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    bad = _store(mail("bad")).mail
    monkeypatch.setattr(working_mail, "work", _breaking(bad.pk, working_mail.work))

    for attempts in range(1, 9):
        assert IncomingMail.objects.get().state == "new"
        _sweep()
        assert IncomingMail.objects.get().attempts == attempts
        IncomingMail.objects.filter(state="new").update(lease_until=None)

    held = IncomingMail.objects.get()
    assert (held.state, held.outcome, held.reason) == ("done", "held", "failed")
    assert bytes(held.raw or b"") == mail("bad")
    assert "it is held" in caplog.text


def test_a_mail_that_ends_its_worker_each_time_is_held_without_another_try(
    worked: list[int],
) -> None:
    _store(mail())
    IncomingMail.objects.update(attempts=receiving.TRIES)

    _sweep()

    assert (worked, IncomingMail.objects.get().reason) == ([], "failed")


def test_the_task_works_on_what_came_and_rings_for_what_is_left(
    worked: list[int], kicks: Kicks, monkeypatch: Any, django_capture_on_commit_callbacks: Any
) -> None:
    for number in range(3):
        _store(mail(f"{number}"))

    with django_capture_on_commit_callbacks(execute=True):
        tasks.work_mails()
    assert (len(worked), kicks) == (3, [])

    _store(mail("more"))
    monkeypatch.setattr(tasks, "SECONDS_AT_ONCE", -1.0)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.work_mails()
    assert (len(worked), kicks) == (3, [("tickets.tasks.work_mails", {})])
    assert IncomingMail.objects.get(state="new").claimed_by == ""


# --- By command -----------------------------------------------------------------------------------


def test_the_command_tells_a_line_for_each_recipient(worked: list[int], monkeypatch: Any) -> None:
    said = _receive(monkeypatch, mail(To=f"{TO}, globex@mail.localhost"))

    assert [(one["outcome"], one["reason"]) for one in said] == [
        ("unrouted", "unknown_recipient")
    ] * 2
    assert IncomingMail.objects.filter(way="command", authserv_id="mx.example").count() == 2


def test_the_command_calls_what_came_before_a_duplicate(
    worked: list[int], acme: Customer, monkeypatch: Any
) -> None:
    assert _receive(monkeypatch, mail(), "--to", TO)[0]["outcome"] == "unrouted"
    IncomingMail.objects.update(customer=acme, raw=None, outcome="opened", reason="new", number=7)

    (said,) = _receive(monkeypatch, mail(), "--to", TO)

    assert said == {"outcome": "duplicate", "customer": "acme", "number": 7, "reason": "duplicate"}
    assert len(worked) == 1


def test_the_command_goes_on_with_what_a_killed_one_left(
    worked: list[int], monkeypatch: Any
) -> None:
    _store(mail())

    assert _receive(monkeypatch, mail(), "--to", TO)[0]["outcome"] == "unrouted"


def test_the_command_leaves_what_breaks_to_the_worker(monkeypatch: Any) -> None:
    monkeypatch.setattr(working_mail, "work", _breaking(None, working_mail.work))

    (said,) = _receive(monkeypatch, mail(), "--to", TO)

    assert (said["outcome"], said["reason"]) == ("held", "later")
    assert IncomingMail.objects.get().last_error == "RuntimeError: poison"


def test_the_commands_exit_codes_are_those_of_pipes(monkeypatch: Any) -> None:
    assert _exit(monkeypatch, b"x" * (MAX_BYTES + 1)) == 1
    assert _exit(monkeypatch, mail(), "/nonexistent/mail") == 66

    def away(**_mail: Any) -> None:
        raise OperationalError("no server")

    monkeypatch.setattr(receiving, "store_all", away)
    assert _exit(monkeypatch, mail()) == 75


def _breaking(pk: int | None, work: Callable[..., Any]) -> Callable[..., Any]:
    def breaking(*, mail_id: int, **more: Any) -> Any:
        if pk is None or mail_id == pk:
            raise RuntimeError("poison")
        return work(mail_id=mail_id, **more)

    return breaking


def _claim(by: str) -> list[IncomingMail]:
    return receiving.claim(limit=10, by=by)


def _sweep() -> None:
    with Reader() as reader:
        work_through(reader=reader, seconds=3, now=NINE)


def _receive(monkeypatch: Any, raw: bytes, *words: str) -> list[dict[str, Any]]:
    monkeypatch.setattr(sys, "stdin", types.SimpleNamespace(buffer=io.BytesIO(raw)))
    said = io.StringIO()
    call_command("receive_mail", "--trust", "mx.example", *words, stdout=said)
    return [json.loads(line) for line in said.getvalue().splitlines()]


def _exit(monkeypatch: Any, raw: bytes, *words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        _receive(monkeypatch, raw, *words)
    return int(str(ended.value.code))
