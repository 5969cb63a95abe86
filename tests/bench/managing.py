"""What each dashboard costs over the 200,000 tickets of 1,000 customers, the last 30 days compared.

`python -m tests.bench.managing` in the environment of a bench's installation prints a line of JSON:
milliseconds of each dashboard's page by its name, sign-in, sidebar and drawing included, and how
many statements its figures send. It lays what the bench has not itself, 20,000 scores, promises,
resolutions, 130,000 times spent, 33,000 tickets of problems, and takes it away again, so nothing
else may work there.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from typing import Any

from servicedesk import env
from tests.bench import laying

FAR, ROUNDS = 8_000_000, 8
"""Where the ids of what is laid here begin; how often each page is looked at."""

TIDY = """
DELETE FROM public.desk_scoreitem WHERE callback_id > {far};
DELETE FROM public.desk_callbackitem WHERE callback_id > {far};
DELETE FROM public.desk_timeitem WHERE time_id > {far};
DELETE FROM public.desk_clockitem WHERE seq > {far};
DELETE FROM public.product_noticeitem WHERE notice_id > {far};
DELETE FROM public.product_reportitem USING public.product_problem p
  WHERE p.id = problem_id AND p.key LIKE 'bench-%';
DELETE FROM public.product_releaseitem USING public.product_release r
  WHERE r.id = release_id AND r.key LIKE 'bench-%';
DELETE FROM public.product_release WHERE key LIKE 'bench-%';
DELETE FROM public.product_problem WHERE key LIKE 'bench-%';
DELETE FROM public.desk_rate WHERE from_on < '2001-01-01';
DELETE FROM public.accounts_user WHERE email = 'managing@desk.test';
"""
ROWS = """
INSERT INTO public.desk_callbackitem (customer_id, callback_id, period, contact_id, contact_name,
  role, language, time_zone, phone, subject, ticket_kind, channel, "by", asked_at, expires_at,
  void_reason, said_by, words, is_low, is_machine, outcome, answered_at)
SELECT c.id, {far} + n, 'bench:' || n, n, 'Person ' || n, 'user', 'en', 'UTC', '', 'It fails',
  'fault', 'portal', 'mail', at, at, '', 'contact', '', n % 5 = 0, false, '', at
FROM public.customers_customer c, generate_series(1, 20) n,
  LATERAL (SELECT now() - n % 50 * interval '1 day') t (at);
INSERT INTO public.desk_scoreitem (customer_id, callback_id, key, kind, value, is_low,
  is_about_product, answered_at, ticket_kind, channel)
SELECT customer_id, callback_id, 'service', 'csat', 1 + callback_id % 5, is_low, false, answered_at,
  ticket_kind, channel FROM public.desk_callbackitem WHERE callback_id > {far};
INSERT INTO public.desk_rate (role, from_on, per_hour)
VALUES ('agent', '2000-01-01', 50), ('agent', '2000-06-01', 55), ('consultant', '2000-01-01', 70);
INSERT INTO public.desk_timeitem (customer_id, time_id, ticket_id, staff_id, role, minutes,
  spent_at, is_suggested)
SELECT customer_id, {far} + ticket_id, ticket_id, staff_id,
  CASE ticket_id % 4 WHEN 0 THEN 'consultant' ELSE 'agent' END, 5 + ticket_id % 40, ended_at,
  ticket_id % 3 = 0
FROM public.desk_clockitem WHERE kind = 'first_response' AND stands = 'met';
INSERT INTO public.desk_clockitem (customer_id, ticket_id, kind, seq, started_at, target, due_at,
  stands, ended_at, reason, is_provisional, spans, staff_id)
SELECT customer_id, ticket_id, new, {far} + 1, started_at, 86400, started_at + interval '1 day',
  'met', started_at + ticket_id % 30 * interval '1 hour', '', false, '[]', staff_id
FROM public.desk_clockitem, unnest(ARRAY['promise', 'resolution']) k (new)
WHERE kind = 'first_response' AND (new = 'resolution' OR ticket_id % 5 = 0);
"""
LOOP = """
INSERT INTO public.product_problem (key, title, track, kind, state, cause, reference, link,
  agreed_en, agreed_zh, workaround, may_harm, material, material_url, created_at, created_by_name,
  state_at)
SELECT 'bench-' || n, 'Problem ' || n, 'new', 'technical', CASE n % 3 WHEN 0 THEN 'open'
  ELSE 'live' END, '', '', '', '', '', '', false, '', '', now(), '', now()
FROM generate_series(0, 199) n;
INSERT INTO public.product_release (key, name, version, notes_en, notes_zh, state, live_at,
  created_at, created_by_name, is_staged)
SELECT 'bench-' || n, 'Release ' || n, '', 'x', 'x', 'live', now() - n * interval '5 days', now(),
  '', false FROM generate_series(0, 19) n;
INSERT INTO public.product_releaseitem (release_id, problem_id, added_at)
SELECT r.id, p.id, now() FROM public.product_release r JOIN public.product_problem p
  ON split_part(p.key, '-', 2)::int % 20 = split_part(r.key, '-', 2)::int
WHERE p.key LIKE 'bench-%' AND r.key LIKE 'bench-%' AND p.state = 'live';
INSERT INTO public.product_reportitem (customer_id, ticket_id, number, problem_id, contact_id,
  linked_at)
SELECT c.customer_id, c.ticket_id, c.ticket_id, p.id, c.ticket_id, c.started_at
FROM public.desk_clockitem c JOIN public.product_problem p
  ON p.key = 'bench-' || (c.customer_id * 7 + c.ticket_id) % 200
WHERE c.kind = 'first_response' AND c.ticket_id % 6 = 0;
INSERT INTO public.product_noticeitem (release_id, customer_id, contact_id, notice_id, told_at,
  answer, answered_at, is_bounced, left_out)
SELECT DISTINCT ON (x.release_id, i.customer_id, i.contact_id) x.release_id, i.customer_id,
  i.contact_id, {far} + i.id, r.live_at + interval '1 hour',
  CASE i.id % 3 WHEN 0 THEN '' ELSE 'works' END,
  CASE i.id % 3 WHEN 0 THEN NULL ELSE r.live_at + interval '9 hours' END, false, ''
FROM public.product_reportitem i JOIN public.product_releaseitem x USING (problem_id)
JOIN public.product_release r ON r.id = x.release_id WHERE r.key LIKE 'bench-%';
"""


def main() -> None:
    """Lay, look so often, tidy."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "servicedesk.settings")
    env.ensure_database()
    django.setup()
    connection = laying.superuser(env.INSTALLATION)
    try:
        with connection.cursor() as cursor:
            _run(cursor, TIDY)
            _run(cursor, ROWS + LOOP)
            cursor.execute("VACUUM ANALYZE")
        found = look()
    finally:
        with connection.cursor() as cursor:
            _run(cursor, TIDY)
        connection.close()
    print(json.dumps(found))


def _run(cursor: Any, statements: str) -> None:
    """Each in its own transaction, without triggers."""
    cursor.execute("SET session_replication_role = replica")
    for statement in statements.format(far=FAR).split(";\n"):
        if statement.strip():
            cursor.execute(statement)
    cursor.execute("SET session_replication_role = origin")


def look() -> dict[str, Any]:
    """Milliseconds of each page as a manager sees it, the first not kept; and its statements."""
    from django.conf import settings
    from django.test import Client

    from accounts.policy import Role
    from desk.dashboards import NAMES
    from servicedesk import zones
    from tests.cast import make_staff

    zones.use(zones.DESK)
    mei = make_staff(name="Mei", email="managing@desk.test", role=Role.MANAGER)
    client = Client(HTTP_HOST=settings.ADMIN_HOST)
    client.force_login(mei, backend=settings.AUTHENTICATION_BACKENDS[0])
    gc.collect()
    gc.freeze()  # as `servicedesk.wsgi` does
    pages = {name: _page(client, f"/dashboards/{name}/?compare=1") for name in NAMES}
    return {"pages": pages, "statements": {name: _statements(name, mei) for name in NAMES}}


def _page(client: Any, address: str) -> list[float]:
    spent = []
    for _ in range(1 + ROUNDS):
        started = time.perf_counter()
        answer = client.get(address)
        spent.append((time.perf_counter() - started) * 1000)
        if answer.status_code != 200:
            sys.exit(f"{address}: {answer.status_code}: {answer.content.decode()[:3000]}")
    return spent[1:]


def _statements(name: str, mei: Any) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from desk.dashboards import asked_from, board
    from servicedesk import zones

    zones.use(zones.DESK)
    now = timezone.now()
    with CaptureQueriesContext(connection) as captured:
        board(name, user=mei, asked=asked_from({"compare": "1"}, today=now.date()), now=now)
    return len(captured.captured_queries)


if __name__ == "__main__":
    main()
