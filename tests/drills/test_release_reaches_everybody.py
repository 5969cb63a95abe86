"""A release goes live for everybody who asked, while workers, broker and database fall over.

An installation of the drill's own. DRILL_CUSTOMERS, DRILL_ASKERS, DRILL_TICKETS and DRILL_KILLS
say how much; without a kill it measures the rate and the memory of one worker from start to end.
DRILL_VAR names an installation that `tests.drills.asking lay` has filled before, evenly; it may
have more customers, and serve again.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg2
import pytest
from django.conf import settings

from servicedesk import env
from servicedesk.embedded.valkey import Broker
from tests.drills.houses import House, end, process
from tests.drills.machinery import Sink, sinking, wait_until
from tests.drills.mails import empty_broker
from tests.driving import spare_port

pytestmark = [pytest.mark.drill, pytest.mark.timeout(3000)]

CUSTOMERS = int(os.environ.get("DRILL_CUSTOMERS", "1000"))
ASKERS = int(os.environ.get("DRILL_ASKERS", "20000"))
TICKETS = int(os.environ.get("DRILL_TICKETS", "30000"))
KILLS = int(os.environ.get("DRILL_KILLS", "20"))

WORKER = (
    "celery -q -A servicedesk worker -Q celery --concurrency 1 --without-mingle --without-gossip"
)
LEFT = "SELECT count(*) FROM desk_due WHERE kind NOT IN ('remind', 'step', 'judge')"
FROM_REACHED = "FROM desk_queueitem q JOIN product_reach r USING (customer_id) WHERE r.release_id ="
HELD = "SELECT count(*) FROM desk_queueitem WHERE state = 'on_hold'"
WORKERS = 2
PATIENCE = 1500


@dataclass
class Fan:
    """The installation while it tells: its workers, and what was seen of them."""

    house: House
    smtp: str
    redis: str
    release: int = 0
    held: int = 0
    since: float = field(default_factory=time.time)
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)
    """Seconds, and MiB of the older worker's process that works."""
    times: dict[str, float] = field(default_factory=dict)
    _raw: Any = None

    def environ(self) -> dict[str, str]:
        return {"REDIS_URL": self.redis, "SERVICEDESK_SMTP_URL": self.smtp}

    def start(self, name: str, zone: str, words: str) -> subprocess.Popen[bytes]:
        return self.running.enter_context(process(self.house, name, zone, words, **self.environ()))

    running: ExitStack = field(default_factory=ExitStack)

    def work(self) -> None:
        """Start a worker."""
        self.workers.append(self.start("worker", "desk", WORKER))

    def revive(self) -> None:
        """Kill the worker that has worked the longest, with all it has, and start another."""
        end(self.workers.pop(0))
        self.work()

    def number(self, sql: str) -> int:
        """What a question to the database counts; asked again when it falls over meanwhile."""
        for _try in range(200):
            try:
                self._raw = self._raw or self.house.superuser()
                with self._raw.cursor() as cursor:
                    cursor.execute(sql)
                    return int(cursor.fetchone()[0])
            except psycopg2.Error:
                self._raw = None
                time.sleep(0.1)
        raise AssertionError("the database does not come back")

    def told(self) -> int:
        """How many notices there are by now."""
        asked = f"SELECT count(*) FROM product_noticeitem WHERE release_id = {self.release}"  # noqa: S608  a number
        return self.number(asked)

    @property
    def mails(self) -> str:
        """Which rows of the outbox are the notices' mails."""
        return f"FROM desk_outboxitem WHERE key LIKE 'release:{self.release}:%'"

    def weigh(self) -> None:
        """Note what the older worker's process that works holds now."""
        for one in psutil.Process(self.workers[0].pid).children():
            with suppress(psutil.Error):
                self.memory.append((time.monotonic(), one.memory_info().rss / 2**20))

    def probed(self) -> list[dict[str, Any]]:
        """What was asked by the probe since the start: when, and what it waited for."""
        log = self.house.var / "probe.log"
        lines = log.read_text().splitlines() if log.exists() else []
        found = [json.loads(line) for line in lines if line.startswith("{")]
        return [one for one in found if one["at"] >= self.since]

    def said(self) -> str:
        return (self.house.var / "worker.log").read_text(errors="replace")[-5000:]


def run(house: House, *words: str, **environ: str) -> dict[str, Any]:
    """`python -m tests.drills.asking …` in the installation; what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.drills.asking", *words], cwd=env.BASE_DIR,
        env=house.environ(**environ), capture_output=True, text=True, timeout=1200,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """The installation, laid: so many customers, and all who asked."""
    laid = os.environ.get("DRILL_VAR")
    house = House(Path(laid) if laid else tmp_path / "var", spare_port())
    house.manage("prepare")
    house.wake_database()
    said = laid or run(house, "lay", f"{CUSTOMERS}", f"{ASKERS}", f"{TICKETS}")
    print(f"\n{CUSTOMERS:,} customers, {ASKERS:,} askers, {TICKETS:,} tickets: {said}", flush=True)
    yield house
    house.cluster.stop()


def test_everybody_hears_of_a_release_once(house: House) -> None:
    broker = Broker(house.var)
    with sinking(seconds_a_mail=0.001) as (sink, smtp), ExitStack() as running:
        running.callback(broker.stop)
        fan = Fan(house, smtp, broker.use(), running=running)
        fan.start("beat", "desk", f"celery -q -A servicedesk beat --pidfile= -s {house.var}/beat")
        for _ in range(WORKERS):
            fan.work()
        fan.start("probe", "desk", "tests.drills.asking probe")
        wait_until(lambda: bool(fan.probed()), seconds=120, what=fan.said)
        fan.held = fan.number(HELD)
        published = run(house, "publish", f"{CUSTOMERS}", SERVICEDESK_ZONE="desk", **fan.environ())
        fan.release = published["release"]
        _publish_said(published)
        _tell(fan, broker, sink)
        _check_told(fan)
        _finish(fan)
        _check_mailed(fan, sink)
        running.pop_all().close()
    _report(fan)
    assert published["preview"] <= 1.0


def _publish_said(said: dict[str, Any]) -> None:
    assert (said["people"], said["customers"]) == (ASKERS, CUSTOMERS)
    print(
        f"preview of {said['all']:,} people {said['preview'] * 1000:.0f} ms (promised: 1,000),"
        f" counts once live {said['counts'] * 1000:.0f} ms,"
        f" go_live {said['go_live'] * 1000:.0f} ms",
        flush=True,
    )


def _tell(fan: Fan, broker: Broker, sink: Sink) -> None:
    """Until everybody is told: the worker killed evenly, broker and database in the middle."""
    fan.times["began"] = time.monotonic()
    for kill in range(1, KILLS + 1):
        _until_told(fan, kill * ASKERS // (KILLS + 1))
        fan.revive()
        spent = time.monotonic() - fan.times["began"]
        print(f"  kill {kill} after {spent:.0f} s", flush=True)
        if kill == KILLS // 3 + 1:
            empty_broker(broker)
        if kill == 2 * KILLS // 3 + 1:
            fan.house.crash_database()
            fan.house.wake_database()
    fan.times |= {"killed": time.monotonic(), "calm": time.time() + (20 if KILLS else 0)}
    _until_told(fan, ASKERS)
    fan.times["told"] = time.monotonic()
    fan.times["mailed by then"] = len(sink.ids)


def _until_told(fan: Fan, people: int) -> None:
    ends = time.monotonic() + PATIENCE
    while fan.told() < people:
        assert time.monotonic() < ends, fan.said()
        fan.weigh()
        time.sleep(0.2)


def _finish(fan: Fan) -> None:
    """Until all is judged and mailed."""
    for name, sql in (
        ("judged", LEFT),
        ("mailed", f"SELECT count(*) {fan.mails} AND state <> 'sent'"),
    ):
        ends = time.monotonic() + PATIENCE
        while fan.number(sql):
            assert time.monotonic() < ends, fan.said()
            fan.weigh()
            time.sleep(0.5)
        fan.times[name] = time.monotonic()


def _check_told(fan: Fan) -> None:
    """Everybody was told exactly once, and what was held for it is resolved."""
    number, only = fan.number, f"WHERE release_id = {fan.release}"
    distinct = "SELECT count(DISTINCT (customer_id, contact_id)) FROM product_noticeitem "
    assert number(distinct + only) == fan.told() == ASKERS
    notices = tickets = 0
    for schema in _column(fan, "SELECT schema_name FROM customers_customer"):
        asked = f"FROM {schema}.followups_notice n {only}"
        notices += number(f"SELECT count(*) {asked}")
        tickets += number(
            f"SELECT count(*) FROM {schema}.followups_noticeticket WHERE notice_id IN"  # noqa: S608  ours
            f" (SELECT id {asked})"
        )
    assert (notices, tickets) == (ASKERS, TICKETS // CUSTOMERS * CUSTOMERS)
    resolved = fan.held - number(HELD)
    held = f"SELECT count(*) {FROM_REACHED} {fan.release} AND q.state = 'on_hold'"
    assert number(held) == 0
    assert number(f"SELECT count(*) FROM product_reach {only} AND done_at IS NULL") == 0  # noqa: S608  ours
    took = fan.times["told"] - fan.times["began"]
    print(
        f"told in {took:.1f} s, {ASKERS / took:.0f} notices/s: {notices:,} notices, each contact"
        f" exactly one; {resolved:,} held tickets resolved",
        flush=True,
    )


def _check_mailed(fan: Fan, sink: Sink) -> None:
    """Everybody's mail came, with one Message-ID each."""
    left = _column(fan, f"SELECT mail_id {fan.mails}")
    assert len(set(left)) == ASKERS
    arrived = Counter(sink.ids)
    expected = {f"<{one}@{settings.MAIL_DOMAIN}>" for one in left}
    lost = expected - set(arrived)
    repeats = sum(arrived[one] - 1 for one in expected if arrived[one])
    print(
        f"mails: {len(expected & set(arrived)):,} distinct Message-IDs, {len(lost)} lost,"
        f" {repeats} sent again with the same Message-ID after {KILLS} kills",
        flush=True,
    )
    assert not lost
    assert repeats <= KILLS + 1


def _column(fan: Fan, sql: str) -> list[str]:
    raw = fan.house.superuser()
    with raw.cursor() as cursor:
        cursor.execute(sql)
        found = [row[0] for row in cursor.fetchall()]
    raw.close()
    return found


def _report(fan: Fan) -> None:
    at = fan.times
    judged, mailed = (at[name] - at["began"] for name in ("judged", "mailed"))
    print(
        f"all judged after {judged:.0f} s, all mailed after {mailed:.0f} s"
        f" ({at['mailed by then']:.0f} mails by the time all were told)"
    )
    sizes = [size for when, size in fan.memory if when > at["killed"] + 20]
    if sizes:
        print(
            f"the worker that lived the longest: {sizes[0]:.0f} MiB 20 s after its start,"
            f" {max(sizes):.0f} at most, {sizes[-1]:.0f} at the end"
        )
    for when, seen in (
        ("while workers were killed", [one for one in fan.probed() if one["at"] <= at["calm"]]),
        ("while nobody was", [one for one in fan.probed() if one["at"] > at["calm"]]),
    ):
        waits = sorted(one["judged"] for one in seen)
        mails = sorted(one["mailed"] or 60.0 for one in seen)
        if waits:
            print(
                f"{len(waits)} questions asked {when}: judged p50"
                f" {statistics.median(waits):.2f} s, p95 {waits[int(len(waits) * 0.95)]:.2f} s, at"
                f" most {waits[-1]:.2f} s; receipt left p95 {mails[int(len(mails) * 0.95)]:.2f} s"
            )
