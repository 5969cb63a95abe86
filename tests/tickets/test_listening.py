"""Mail of our own relay: kept before it is told so, for addresses of ours alone."""

from __future__ import annotations

import asyncio
import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier, Thread
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError

from desk.models import IncomingMail
from servicedesk import env, zones
from tests.inbound.letters import mail
from tests.living import Live
from tickets import listening
from tickets.inbound.reading import MAX_BYTES
from tickets.listening import Listener
from tickets.operations import receiving

pytestmark = pytest.mark.real_logins

MOST = 1_000_000  # bytes, for these tests: 25 MiB take a second each
ACME, GLOBEX = "acme@mail.localhost", "globex@mail.localhost"


@contextmanager
def listens(protocol: str) -> Iterator[int]:
    """A listener in a thread of its own while the block lasts; its port."""
    loop, listener = asyncio.new_event_loop(), Listener(protocol=protocol, host="127.0.0.1", port=0)
    thread = Thread(target=loop.run_forever)
    thread.start()  # ours may have a loop that runs: a browser's of an earlier test
    asyncio.run_coroutine_threadsafe(listener.start(), loop).result(10)
    try:
        yield listener.port
    finally:
        asyncio.run_coroutine_threadsafe(listener.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@pytest.fixture(autouse=True)
def _at_mail_localhost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "MAIL_DOMAIN", "mail.localhost")
    monkeypatch.setattr(settings, "AUTHSERV_ID", "mx.example")
    assert (listening.MOST_RECIPIENTS, MAX_BYTES) == (100, 25 * 1024 * 1024)
    monkeypatch.setattr(listening, "MOST_RECIPIENTS", 8)
    monkeypatch.setattr(listening, "MAX_BYTES", MOST)


def test_mail_of_the_relay(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """One copy of the database for all of it: each costs a tenth of a second."""
    zones.use(zones.DESK)
    with listens("smtp") as port:
        _it_is_kept_when_it_is_told_so(port)
        _addresses_of_others_are_refused(port)
        _what_is_too_large_is_refused_before_it_is_sent_and_after(port)
        _what_cannot_be_kept_now_is_put_off(port, monkeypatch)
        _one_connection_too_many_is_told_to_wait(port, monkeypatch)
        _one_mail_four_times_at_once_is_one_row(port)
    with listens("lmtp") as port:
        _lmtp_answers_for_each_recipient(port, monkeypatch)
    _a_pipes_command_asks_for_another_try_without_a_database(live)


def _it_is_kept_when_it_is_told_so(port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as relay:
        relay.sendmail("Uma@acme.test", [ACME, GLOBEX.upper()], mail(".dot\r\n"))
        rows = IncomingMail.objects.order_by("received_at", "pk")
        assert {row.recipient for row in rows} == {ACME, GLOBEX}
        assert {(row.way, row.state, row.authserv_id) for row in rows} == {
            ("smtp", "new", "mx.example")
        }
        assert bytes(rows[0].raw or b"") == mail(".dot\r\n")

        relay.sendmail("Uma@acme.test", [ACME], mail(".dot\r\n"))
        assert rows.count() == 2

        relay.sendmail("", [ACME], mail("returned\r\n"))
        assert [row.return_path for row in rows.all()] == ["uma@acme.test"] * 2 + ["<>"]


def _addresses_of_others_are_refused(port: int) -> None:
    before = IncomingMail.objects.count()
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as relay:
        for address in ("x@else.test", "acme@mail.localhost.evil.test", "mail.localhost@else.test"):
            with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
                relay.sendmail("uma@acme.test", [address], mail("out\r\n"))
            assert refused.value.recipients[address][0] == 550
        told = relay.sendmail("uma@acme.test", [ACME, "x@else.test"], mail("both\r\n"))
        assert list(told) == ["x@else.test"]
        many = [f"acme+{number}@mail.localhost" for number in range(9)]
        assert list(relay.sendmail("uma@acme.test", many, mail("many\r\n"))) == many[8:]
    assert IncomingMail.objects.count() == before + 9


def _what_is_too_large_is_refused_before_it_is_sent_and_after(port: int) -> None:
    before = IncomingMail.objects.count()
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as relay:
        relay.ehlo()
        assert relay.esmtp_features["size"] == str(MOST)
        code, _words = relay.mail("uma@acme.test", [f"SIZE={MOST + 1}"])
        assert code == 552
        relay.rset()
        relay.mail("uma@acme.test")
        relay.rcpt(ACME)
        assert relay.data(mail((b"x" * 998 + b"\r\n") * (MOST // 1000 + 1)))[0] == 552
        assert relay.noop()[0] == 250
    assert IncomingMail.objects.count() == before


def _what_cannot_be_kept_now_is_put_off(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**_mail: Any) -> None:
        raise OperationalError("no server")

    with smtplib.SMTP("127.0.0.1", port, timeout=10) as relay:
        with monkeypatch.context() as broken:
            broken.setattr(receiving, "store_all", away)
            with pytest.raises(smtplib.SMTPDataError) as put_off:
                relay.sendmail("uma@acme.test", [ACME], mail("later\r\n"))
            assert put_off.value.smtp_code == 451
            assert "no server" not in str(put_off.value)
            broken.setattr(receiving, "is_ours", away)
            with pytest.raises(smtplib.SMTPRecipientsRefused) as not_now:
                relay.sendmail("uma@acme.test", [ACME], mail("later\r\n"))
            assert not_now.value.recipients[ACME][0] == 451
        relay.sendmail("uma@acme.test", [ACME], mail("later\r\n"))


def _one_mail_four_times_at_once_is_one_row(port: int) -> None:
    """Four threads of the listener store the same mail: the database keeps one."""
    before, ready = IncomingMail.objects.count(), Barrier(4)

    def hand_in(_number: int) -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=20) as relay:
            relay.ehlo()
            for number in range(5):
                ready.wait(10)
                relay.sendmail("uma@acme.test", [ACME], mail(f"at once {number}\r\n"))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(hand_in, range(4)))
    assert IncomingMail.objects.count() == before + 5


def _one_connection_too_many_is_told_to_wait(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    most = listening.MOST_CONNECTIONS
    monkeypatch.setattr(listening, "MOST_CONNECTIONS", 2)
    held = [smtplib.SMTP("127.0.0.1", port, timeout=10) for _ in range(2)]
    with socket.create_connection(("127.0.0.1", port), timeout=10) as one_more:
        assert one_more.recv(100).startswith(b"421 ")
    for relay in held:
        relay.quit()
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as relay:
        assert relay.noop()[0] == 250
    monkeypatch.setattr(listening, "MOST_CONNECTIONS", most)


def _lmtp_answers_for_each_recipient(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    keep = receiving.store_all

    def not_globex(**given: Any) -> Any:
        if given["recipients"] == [GLOBEX]:
            raise OperationalError("no server")
        return keep(**given)

    monkeypatch.setattr(receiving, "store_all", not_globex)
    with smtplib.LMTP("127.0.0.1", port, timeout=20) as relay:
        assert _answers(relay, mail("each\r\n"), ACME, GLOBEX, ACME) == [250, 451, 250]
        large = mail((b"x" * 998 + b"\r\n") * (MOST // 1000 + 1))
        assert _answers(relay, large, ACME, GLOBEX) == [552, 552]
        assert _answers(relay, mail("after\r\n"), ACME) == [250]
        assert relay.noop()[0] == 250


def _a_pipes_command_asks_for_another_try_without_a_database(live: Live) -> None:
    """As Postfix calls it, in a process of its own."""
    away = live.environ(SERVICEDESK_ZONE="desk", DATABASE_URL="postgresql://x:x@127.0.0.1:1/x")
    put_off = subprocess.run(
        [sys.executable, "manage.py", "receive_mail", "--to", ACME],
        cwd=env.BASE_DIR, env=away, input=mail(), capture_output=True, timeout=60,
    )  # fmt: skip
    assert (put_off.returncode, put_off.stdout) == (75, b"")


def _answers(relay: smtplib.LMTP, raw: bytes, *recipients: str) -> list[int]:
    """What is said to each recipient, read off the wire: smtplib's own reading stops at errors."""
    relay.ehlo_or_helo_if_needed()
    relay.mail("uma@acme.test")
    for recipient in recipients:
        assert relay.rcpt(recipient)[0] == 250
    first, _words = relay.data(raw)
    return [first, *(relay.getreply()[0] for _ in recipients[1:])]
