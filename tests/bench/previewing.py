"""What the page of a release costs that 20,000 people of 1,000 customers asked for.

`python -m tests.bench.previewing` in the environment of an installation prints a line of JSON:
milliseconds of each page, the login's and the rail's statements included. It lays its rows itself
(30,000 tickets, a third of them on hold) and takes them away again. Where the installation has
fewer customers it adds bare ones meanwhile, so nothing else may work there.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

from tests.bench import laying

CUSTOMERS, PEOPLE, TICKETS, PROBLEMS, ROUNDS = 1_000, 20, 30, 10, 12
FAR = 7_000_000
"""Where the ids of the tickets begin, so that none is the installation's own."""

TIDY = """
DELETE FROM public.product_releaseitem USING public.product_release r
  WHERE r.id = release_id AND r.key = 'preview';
DELETE FROM public.product_release WHERE key = 'preview';
DELETE FROM public.product_reportitem WHERE ticket_id > {far};
DELETE FROM public.product_asker WHERE contact_id > {far};
DELETE FROM public.product_problem WHERE key LIKE 'PREVIEW-%';
DELETE FROM public.desk_queueitem WHERE ticket_id > {far};
DELETE FROM public.customers_customer WHERE code LIKE 'preview-%';
DELETE FROM public.accounts_user WHERE email = 'preview@desk.test';
"""
ROWS = """
INSERT INTO public.customers_customer (code, name, schema_name, stage, is_vip, language, time_zone,
  brand_colour, created_at, laid_at, suspended_reason)
SELECT 'preview-' || n, 'Preview ' || n, 'c_' || ({far} + n), 'live', n % 10 = 0, 'en', 'UTC',
  '#2a50c4', now(), now(), ''
FROM generate_series(1, {customers} - (SELECT count(*)::int FROM public.customers_customer
  WHERE laid_at IS NOT NULL)) n;
CREATE TEMP TABLE firm AS SELECT id, language FROM public.customers_customer
  WHERE laid_at IS NOT NULL ORDER BY id LIMIT {customers};
INSERT INTO public.product_problem (key, title, kind, state, cause, reference, link, agreed_en,
  agreed_zh, workaround, may_harm, material, material_url, created_at, created_by_name, state_at)
SELECT 'PREVIEW-' || n, 'A problem ' || n, 'technical', 'open', '', '', '', '', '', '', false, '',
  '', now(), 'Pia', now() FROM generate_series(1, {problems} * 4) n;
INSERT INTO public.product_asker (customer_id, contact_id, name, role, language, time_zone,
  is_active, news_by_mail, quiet_from, quiet_until)
SELECT id, {far} + n, 'Person ' || n || ' of ' || id,
  (ARRAY['owner', 'decision_maker', 'executor', 'user'])[1 + n % 4], language, 'Europe/Berlin',
  true, n % 7 <> 0, CASE WHEN n % 3 = 0 THEN time '00:00' END,
  CASE WHEN n % 3 = 0 THEN time '23:59' END
FROM firm, generate_series(1, {people}) n;
INSERT INTO public.desk_queueitem (customer_id, ticket_id, number, subject, kind, state, priority,
  is_vip, requester_name, next_due_kind, is_judged, last_side, version, opened_at, updated_at)
SELECT id, {far} + n, {far} + n, 'It fails', 'fault', CASE WHEN n % 3 = 0 THEN 'on_hold' ELSE
  'open' END, 'normal', false, 'x', '', true, 'us', 1, now() - interval '9 days', now()
FROM firm, generate_series(1, {tickets}) n;
INSERT INTO public.product_reportitem (customer_id, ticket_id, number, problem_id, contact_id,
  linked_at)
SELECT f.id, {far} + n, {far} + n, p.id, {far} + 1 + (n * 7) % {people}, now()
FROM firm f, generate_series(1, {tickets}) n
JOIN public.product_problem p ON p.key = 'PREVIEW-' || 1 + n % {problems};
INSERT INTO public.product_release (key, name, version, notes_en, notes_zh, state, created_at,
  created_by_name) VALUES ('preview', 'Preview', '1', 'Whole.', '', 'planned', now(), 'Pia');
INSERT INTO public.product_releaseitem (release_id, problem_id, added_at)
SELECT r.id, p.id, now() FROM public.product_release r, public.product_problem p
WHERE r.key = 'preview' AND p.key IN
  (SELECT 'PREVIEW-' || n FROM generate_series(1, {problems}) n);
"""


def main() -> None:
    """Lay, look so often, tidy."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "servicedesk.settings")
    django.setup()
    from servicedesk import env

    env.ensure_database()
    connection = laying.superuser(env.INSTALLATION)
    try:
        with connection.cursor() as cursor:
            _tidy(cursor)
            counts = {"customers": CUSTOMERS, "people": PEOPLE, "tickets": TICKETS}
            cursor.execute(ROWS.format(far=FAR, problems=PROBLEMS, **counts).replace("%", "%%"), [])
            cursor.execute("ANALYZE")
        found = {"looking": look()}
    finally:
        with connection.cursor() as cursor:
            _tidy(cursor)
        connection.close()
    print(json.dumps(found))


def _tidy(cursor: Any) -> None:
    cursor.execute("SET session_replication_role = replica")
    cursor.execute(TIDY.format(far=FAR))
    cursor.execute("SET session_replication_role = origin")


def look() -> list[float]:
    """Milliseconds of the composer's page, as a product manager sees it; the first is not kept."""
    from django.conf import settings
    from django.test import Client

    from accounts.policy import Role
    from servicedesk import zones
    from tests.cast import make_staff

    zones.use(zones.DESK)
    pia = make_staff(name="Pia", email="preview@desk.test", role=Role.PRODUCT_MANAGER)
    client = Client(HTTP_HOST=settings.DESK_HOST)
    client.force_login(pia, backend=settings.AUTHENTICATION_BACKENDS[0])
    spent = []
    for _ in range(1 + ROUNDS):
        started = time.perf_counter()
        answer = client.get("/releases/preview/")
        spent.append((time.perf_counter() - started) * 1000)
        told = answer.content.decode()
        if f"{CUSTOMERS * PEOPLE} people" not in told:
            sys.exit(f"{answer.status_code}: {told[:3000]}")
    return spent[1:]


if __name__ == "__main__":
    main()
