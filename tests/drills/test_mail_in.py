"""Mail comes in while things die: nothing is lost, nothing doubled.

An installation of the drill's own: PostgreSQL, Valkey, worker, beat, the LMTP listener, and a real
IMAP server. Of DRILL_MAILS (10,000) seven tenths come by LMTP, the others by IMAP. DRILL_KILLS (20)
times the worker is killed with all it has started; PostgreSQL and the IMAP server fall over twice
each, the listener once. A relay that is not told "250" sends again, as relays do.
"""

from __future__ import annotations

import hashlib
import imaplib
import json
import os
import smtplib
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from servicedesk import env
from servicedesk.embedded.valkey import Broker
from tests.drills.houses import House, end, process
from tests.drills.machinery import wait_until
from tests.driving import spare_port
from tests.inbound.dovecot import PASSWORD, Dovecot, dovecot

pytestmark = [pytest.mark.drill, pytest.mark.timeout(5400)]

MAILS = int(os.environ.get("DRILL_MAILS", "10000"))
KILLS = int(os.environ.get("DRILL_KILLS", "20"))
RELAYS = 3
SILENT = 300.0
"""Seconds without a mail worked on, after which the drill gives up."""
VERIFIED = "Authentication-Results: mx.drill; dmarc=pass header.from={domain}\r\n"
WORKER = "celery -q -A servicedesk worker -Q celery --concurrency 2 --without-mingle"
TRUSTING = {
    "DJANGO_SETTINGS_MODULE": "servicedesk.settings", "SERVICEDESK_AUTHSERV_ID": "mx.drill",
}  # fmt: skip
SAID = """
SELECT substring(body from 'Drill mail (\\d+) ends') FROM {schema}.tickets_entry
WHERE body LIKE '%%Drill mail %%'
"""
KEPT = """
SELECT substring(convert_from(raw, 'UTF8') from 'Drill mail (\\d+) ends')
FROM {schema}.tickets_mail WHERE subject = 'Drill'
"""
BY_IMAP = (2, 5, 8)
"""Of ten mails these come by IMAP."""


@dataclass(frozen=True)
class Sent:
    """A mail that is handed in: to whom, its bytes, and what should become of it."""

    number: int
    to: str
    raw: bytes
    outcome: str


@dataclass
class Post:
    """The installation's ways in, and what came of them."""

    house: House
    imap: Dovecot
    lmtp: int
    laid: dict[str, Any]
    taken: int = 0
    refused: int = 0
    before: int = 0
    """Mails of the demo's own, which are worked on already."""
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def mail(self, number: int) -> Sent:
        """The mail of that number: answers of who may, of strangers, unverified, to nobody."""
        address, person = self.laid["answers"][number % len(self.laid["answers"])]
        code = self.laid["codes"][number % len(self.laid["codes"])]
        kind = number % 10
        to, sender, outcome = address, person, "added"
        if kind == 7:
            to, sender, outcome = f"{code}@{self.laid['domain']}", "who@stranger.test", "held"
        elif kind == 8:
            outcome = "held"
        elif kind == 9:
            to, sender, outcome = f"x{code}@{self.laid['domain']}", "who@stranger.test", "unrouted"
        proof = "" if kind == 8 else VERIFIED.format(domain=sender.rpartition("@")[2])
        head = (
            f"From: <{sender}>\r\nTo: <{to}>\r\nSubject: Drill\r\nMessage-ID: <{number}@drill>\r\n"
        )
        body = f"\r\nDrill mail {number} ends.\r\n"
        return Sent(number, to, (proof + head + body).encode(), outcome)

    def relay(self, numbers: list[int]) -> None:
        """Hand mails in by LMTP, each until it is taken, as a relay does."""
        client: smtplib.LMTP | None = None
        for number in numbers:
            mail = self.mail(number)
            while True:
                try:
                    client = client or smtplib.LMTP("127.0.0.1", self.lmtp, timeout=30)
                    client.sendmail("bounces@drill.test", [mail.to], mail.raw)
                    break
                except (OSError, smtplib.SMTPException):
                    self._come_again(client)
                    client = None
            with self._turn:
                self.taken += 1
        if client:
            client.close()

    def _come_again(self, client: smtplib.LMTP | None) -> None:
        if client:
            client.close()
        with self._turn:
            self.refused += 1
        time.sleep(0.3)

    def deliver(self, numbers: list[int]) -> None:
        """Lay mails into the folder, each until the IMAP server has taken it."""
        client: imaplib.IMAP4 | None = None
        for number in numbers:
            while True:
                try:
                    client = client or self._signed_in()
                    status, _said = client.append("Drill", "", "", self.mail(number).raw)
                    assert status == "OK"
                    break
                except (OSError, imaplib.IMAP4.error, AssertionError):
                    client = None
                    time.sleep(0.3)
            with self._turn:
                self.taken += 1

    def _signed_in(self) -> imaplib.IMAP4:
        client = imaplib.IMAP4("127.0.0.1", self.imap.port, timeout=30)
        client.login("box", PASSWORD)
        return client

    def asked(self, statement: str, *words: Any) -> list[tuple[Any, ...]]:
        """Rows of the database, [] while it is away."""
        with suppress(psycopg2.Error, OSError):
            connection = self.house.superuser()
            try:
                with connection.cursor() as cursor:
                    cursor.execute(statement, words)
                    return list(cursor.fetchall())
            finally:
                connection.close()
        return []

    def done(self) -> int:
        """Mails that were worked on."""
        found = self.asked("SELECT count(*) FROM desk_incomingmail WHERE state = 'done'")
        return int(found[0][0]) - self.before if found else 0


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    """The installation with its demo, before the worker's first start."""
    house = House(tmp_path / "var", spare_port())
    house.manage("prepare")
    house.manage("demo")
    broker = Broker(house.var)
    broker.use()
    with ExitStack() as running:
        running.callback(house.cluster.stop)
        running.callback(broker.stop)
        imap = running.enter_context(dovecot())
        with imap.folder() as client:
            client.create("Drill")
        told = subprocess.run(
            [sys.executable, "-m", "tests.drills.mail_laid", str(imap.port), "Drill", PASSWORD],
            cwd=env.BASE_DIR, env=house.environ(), capture_output=True, text=True, timeout=120,
            check=True,
        )  # fmt: skip
        lmtp = spare_port()
        running.enter_context(
            process(
                house,
                "beat",
                "desk",
                f"celery -q -A servicedesk beat -s {house.var}/beat --pidfile=",
            )
        )
        ready = Post(house, imap, lmtp, json.loads(told.stdout.splitlines()[-1]))
        ready.before = ready.done()
        yield ready


class Running:
    """What dies: the worker, the listener, and now and then the servers behind them."""

    def __init__(self, post: Post, stack: ExitStack) -> None:
        self._post, self._stack = post, stack
        self._listen = f"django listen_mail --protocol lmtp --port {post.lmtp}"
        self._listener, self._worker = self._start("mail"), self._start("worker")

    def _start(self, name: str) -> subprocess.Popen[bytes]:
        words, more = (self._listen, TRUSTING) if name == "mail" else (WORKER, {})
        return self._stack.enter_context(process(self._post.house, name, "desk", words, **more))

    def kill(self, number: int) -> None:
        """Kill the worker with all it has started, for the so-many-th time, and what falls then."""
        end(self._worker)
        self._worker = self._start("worker")
        if number in (KILLS // 3, 2 * KILLS // 3):
            self._post.house.crash_database()
            self._post.house.wake_database()
        if number in (KILLS // 4, 3 * KILLS // 4):
            self._post.imap.kill()
            self._post.imap.start()
        if number == KILLS // 2:
            end(self._listener)
            self._listener = self._start("mail")


def test_ten_thousand_mails_come_in_while_things_die(post: Post) -> None:
    began = time.monotonic()
    with ExitStack() as stack:
        running, senders = Running(post, stack), _sending(post)
        for number in range(1, KILLS + 1):
            _wait_for(post, number * MAILS // (KILLS + 2))
            running.kill(number)
        for sender in senders:
            sender.join(SILENT)
            assert not sender.is_alive()
        handed_in = time.monotonic() - began
        _wait_for(post, MAILS)
        took = time.monotonic() - began
        wait_until(lambda: not post.imap.flags("Drill"), seconds=180, what=lambda: "not all marked")
    _tell(post, handed_in, took)
    _each_is_there_once(post)


def _sending(post: Post) -> list[threading.Thread]:
    """The relays, and whoever lays mail into the folder, at work."""
    by_imap = [number for number in range(MAILS) if number % 10 in BY_IMAP]
    by_lmtp = [number for number in range(MAILS) if number % 10 not in BY_IMAP]
    senders = [
        threading.Thread(target=post.relay, args=(by_lmtp[part::RELAYS],), daemon=True)
        for part in range(RELAYS)
    ]
    senders.append(threading.Thread(target=post.deliver, args=(by_imap,), daemon=True))
    for sender in senders:
        sender.start()
    return senders


def _wait_for(post: Post, count: int) -> None:
    """Until so many are worked on; fails when nothing moves any more."""
    last, since = -1, time.monotonic()
    while (done := post.done()) < count:
        if done != last:
            last, since = done, time.monotonic()
        log = post.house.var / "worker.log"
        assert time.monotonic() - since < SILENT, f"{done} done\n{log.read_text()[-5000:]}"
        time.sleep(0.5)


def _tell(post: Post, handed_in: float, took: float) -> None:
    tries = post.asked(
        "SELECT attempts, count(*) FROM desk_incomingmail WHERE attempts > 0 GROUP BY 1 ORDER BY 1"
    )
    outcomes = post.asked(
        "SELECT outcome, reason, count(*) FROM desk_incomingmail WHERE attempts > 0"
        " GROUP BY 1, 2 ORDER BY 3 DESC"
    )
    print(
        f"\n{MAILS:,} mails, {KILLS} kills of the worker, PostgreSQL and IMAP server down twice:"
        f" handed in within {handed_in:.0f} s, all worked on in {took:.0f} s:"
        f" {MAILS / took:.1f} a second; {post.refused} times a relay had to come again"
        f"\ntries: {dict(tries)}\noutcomes: {outcomes}"
    )


def _each_is_there_once(post: Post) -> None:
    sent = [post.mail(number) for number in range(MAILS)]
    rows = post.asked(
        "SELECT sha256, outcome FROM desk_incomingmail WHERE state = 'done' AND attempts > 0"
    )
    arrived = Counter(row[0] for row in rows)
    wanted = {hashlib.sha256(mail.raw).hexdigest(): mail for mail in sent}
    lost = [mail.number for sha256, mail in wanted.items() if not arrived[sha256]]
    doubled = {wanted[sha256].number: times for sha256, times in arrived.items() if times > 1}
    assert (lost, doubled) == ([], {})
    assert len(rows) == MAILS
    outcomes = {row[0]: row[1] for row in rows}
    wrong = Counter(
        (mail.outcome, outcomes[sha256])
        for sha256, mail in wanted.items()
        if outcomes[sha256] != mail.outcome
    )
    assert not wrong, wrong
    said, kept = _in_schemas(post)
    answers = {mail.number for mail in sent if mail.outcome == "added"}
    assert said == Counter(answers), "every answer stands in its ticket's trail once"
    assert kept == Counter(mail.number for mail in sent if mail.outcome != "unrouted")
    print(f"0 lost, 0 doubled; {len(answers):,} entries in the trails, each once")


def _in_schemas(post: Post) -> tuple[Counter[int], Counter[int]]:
    """How often each mail's words stand in a trail, and its bytes in a customer's schema."""
    said: Counter[int] = Counter()
    kept: Counter[int] = Counter()
    schemas = post.asked("SELECT schema_name FROM customers_customer WHERE laid_at IS NOT NULL")
    for (schema,) in schemas:
        for counted, statement in ((said, SAID), (kept, KEPT)):
            rows = post.asked(statement.format(schema=schema))
            counted.update(int(row[0]) for row in rows)
    return said, kept
