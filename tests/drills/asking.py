"""An installation full of people who asked for one release: laid, published, and asked meanwhile.

`python -m tests.drills.asking lay CUSTOMERS ASKERS TICKETS`, `… publish CUSTOMERS` and `… probe`,
in the environment of an installation of its own (tests/drills/houses.py).
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from django.db import DatabaseError, InterfaceError, connection, connections, transaction

PROBLEMS = 3
EVERY_HELD = 3
"""Every so many tickets one is on hold with a promise."""

_PEOPLE = """
INSERT INTO tickets_contact (name, email, role, phone, language, time_zone, theme, is_active,
  created_at)
SELECT 'Person ' || n, 'p' || n || '@' || %(code)s || '.test', 'user', '',
  CASE WHEN n %% 2 = 0 THEN 'en' ELSE 'zh-hans' END, 'UTC', '', true, now() - interval '90 days'
FROM generate_series(1, %(people)s) AS n
"""

_TICKETS = """
INSERT INTO tickets_ticket (subject, kind, state, channel, requester_id, opened_at, updated_at)
SELECT 'The export loses a line ' || n, 'question',
  CASE WHEN n %% %(every)s = 0 THEN 'on_hold' ELSE 'open' END, 'portal',
  (SELECT min(id) FROM tickets_contact) + (n - 1) %% %(people)s,
  now() - interval '20 days', now() - interval '20 days'
FROM generate_series(1, %(tickets)s) AS n
"""

_ENTRIES = """
INSERT INTO tickets_entry
  (ticket_id, kind, author_kind, author_name, contact_id, staff_id, body, written_at)
SELECT t.id, k.kind, k.author, k.author, CASE WHEN k.author = 'contact' THEN t.requester_id END,
  CASE WHEN k.author = 'staff' THEN %(staff)s::bigint END, '<p>导出少了一行 the last line.</p>',
  t.opened_at + k.after
FROM tickets_ticket t
JOIN (VALUES ('question', 'contact', interval '0'), ('reply', 'staff', interval '5 min'),
  ('promise', 'staff', interval '9 min')) AS k (kind, author, after)
  ON k.kind <> 'promise' OR t.state = 'on_hold'
ORDER BY t.id, k.after
"""

_PROMISES = """
INSERT INTO tickets_promise (ticket_id, entry_id, due_at, reason, given_at, given_by_id,
  given_by_name, outcome)
SELECT ticket_id, id, date_trunc('second', now()) + interval '30 days', 'Waits for the release',
  written_at, %(staff)s, 'Ada Lind', '' FROM tickets_entry WHERE kind = 'promise'
"""

_NOTES = """
INSERT INTO tickets_note
  (ticket_id, kind, author_name, staff_id, body, field, old, new, written_at)
SELECT p.ticket_id, 'event', 'Ada Lind', %(staff)s, '', k.field, k.old, coalesce(k.new,
  to_char(p.due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"')), p.given_at
FROM tickets_promise p
CROSS JOIN (VALUES (1, 'promise', '', NULL), (2, 'state', 'open', 'on_hold'))
  AS k (place, field, old, new)
ORDER BY p.ticket_id, k.place
"""

_HANDLED = """
UPDATE tickets_handling h SET owner_id = %(staff)s, judged_at = now(), judged_seq = d.seq
FROM tickets_head d WHERE d.ticket_id = h.ticket_id
"""

_REPORTS = """
INSERT INTO tickets_report (ticket_id, problem_id, linked_at)
SELECT id, (%(problems)s::bigint[])[1 + number %% 3], now() FROM tickets_ticket
UNION ALL
SELECT id, (%(problems)s::bigint[])[1 + (number + 1) %% 3], now() FROM tickets_ticket
WHERE number %% 10 = 0
"""

_QUIET = "DELETE FROM public.desk_due WHERE customer_id = %(customer)s"


def lay(customers: int, people: int, tickets: int) -> None:
    """So many of each, evenly: customers by the product, their rows by SQL through the triggers."""
    from django.utils import timezone

    from customers.operations import lay as lay_customer
    from product.operations.problems import make_problem
    from tests.cast import STAFF, make_staff

    started, now = time.monotonic(), timezone.now()
    ada, *_, pia = [make_staff(name=name, email=mail, role=role) for name, mail, role in STAFF]
    problems = [
        make_problem(title=f"Exports lose a line {n}", key=f"EXPORT-{n}", by=pia, now=now)
        for n in range(PROBLEMS)
    ]
    asked = {
        "staff": ada.pk,
        "problems": [one.pk for one in problems],
        "people": people // customers,
        "tickets": tickets // customers,
        "every": EVERY_HELD,
    }
    with ThreadPoolExecutor(1) as filling:  # one is filled while the next one is laid
        filled = []
        for n in range(1, customers + 1):
            laid = lay_customer(code=f"d{n:04}", name=f"Drilled {n:04}", now=now)
            filled.append(filling.submit(_fill, laid, asked))
        for one in filled:
            one.result()
        filling.submit(connections.close_all)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(json.dumps({"laid in s": round(time.monotonic() - started)}))


def _fill(customer: Any, asked: dict[str, Any]) -> None:
    from customers.inside import schema_of

    asked = asked | {"code": customer.code, "customer": customer.pk}
    with schema_of(customer), transaction.atomic(), connection.cursor() as cursor:
        for sql in (
            _PEOPLE, _TICKETS, _ENTRIES, _PROMISES, _NOTES, _HANDLED, _REPORTS, _QUIET,
        ):  # fmt: skip
            cursor.execute(sql, asked)


def publish(customers: int) -> None:
    """Look at the preview for all, publish for so many, and say what each took.

    Every time another release of the same problems: one installation serves for many drills.
    """
    from django.utils import timezone

    from accounts.models import User
    from customers.models import Customer
    from product.models import Problem, Release
    from product.operations.audience import hearers
    from product.operations.counting import counts
    from product.operations.publishing import go_live
    from product.operations.releases import make_release, name_customers

    pia, now = User.objects.get(email="pia@desk.test"), timezone.now()
    release = make_release(
        key=f"autumn-{Release.objects.count()}", version="4.2", notes_en="Exports are whole.",
        notes_zh="导出已完整。", problems=list(Problem.objects.all()), by=pia, now=now,
    )  # fmt: skip

    def look() -> None:
        list(hearers(release).order_by("customer", "name")[:100])
        counts(release)

    said = {"all": hearers(release).count(), "release": release.pk}
    previewed = sorted(_timed(look) for _ in range(5))[2]
    named = Customer.objects.order_by("-pk")[:customers]
    if customers < Customer.objects.count():
        name_customers(release=release, customers=list(named), by=pia, now=now)
    numbers = counts(release)
    gone = _timed(lambda: go_live(release=release, by=pia, now=timezone.now()))
    counted = _timed(lambda: counts(release))
    said |= {"people": numbers["people"], "customers": numbers["customers"]}
    print(json.dumps(said | {"preview": previewed, "go_live": gone, "counts": counted}))


def _timed(deed: Callable[[], object]) -> float:
    began = time.monotonic()
    deed()
    return time.monotonic() - began


def probe() -> None:
    """Ask a question at one customer after the other, until ended; a line for each tells how long
    until it was judged, and until its receipt had left."""
    from customers.models import Customer

    ids = list(Customer.objects.live().order_by("pk").values_list("pk", flat=True))
    for turn in range(10**9):
        try:
            judged, mailed = _ask(ids[turn * 37 % len(ids)], turn)
        except (DatabaseError, InterfaceError):  # the drill makes it fall over
            with suppress(DatabaseError, InterfaceError):
                connections.close_all()
            time.sleep(0.5)
        else:
            print(json.dumps({"at": time.time(), "judged": judged, "mailed": mailed}), flush=True)
            time.sleep(0.5)


def _ask(customer_id: int, turn: int) -> tuple[float, float | None]:
    from django.utils import timezone

    from customers.inside import inside
    from desk.kick import kick
    from desk.models import OutboxItem, QueueItem
    from tests.cast import make_ticket
    from tickets.models import Contact

    with inside(customer_id), transaction.atomic():
        ticket = make_ticket(
            now=timezone.now(), requester=Contact.objects.earliest("pk"), subject=f"Probe {turn}"
        )
        kick("tickets.tasks.work_due_at", customer_id=customer_id)
    asked = time.monotonic()
    judged = QueueItem.objects.filter(customer=customer_id, ticket_id=ticket.pk, is_judged=True)
    left = OutboxItem.objects.filter(key=f"c{customer_id}:received:{ticket.pk}", state="sent")
    _wait(judged.exists, 300)
    took = time.monotonic() - asked
    return took, time.monotonic() - asked if _wait(left.exists, 60) else None


def _wait(true: Callable[[], bool], seconds: float) -> bool:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if true():
            return True
        time.sleep(0.02)
    return False


def main() -> None:
    """Do what the first word says."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "servicedesk.settings")
    django.setup()
    word, *numbers = sys.argv[1:]
    deeds: dict[str, Callable[..., None]] = {"lay": lay, "publish": publish, "probe": probe}
    deeds[word](*map(int, numbers))


if __name__ == "__main__":
    main()
