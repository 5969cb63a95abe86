"""What the page of satisfaction costs over 20,000 scores of 1,000 customers in two months.

`python -m tests.bench.rating` in the environment of an installation prints a line of JSON:
milliseconds of each page, the login's and the rail's statements included. It lays its rows itself,
two thirds of them with words, and takes them away again. Where the installation has fewer customers
it adds bare ones meanwhile, so nothing else may work there.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

from tests.bench import laying

CUSTOMERS, EACH, ROUNDS = 1_000, 20, 12
FAR = 8_000_000
"""Where the ids of the callbacks begin, so that none is the installation's own."""

TIDY = """
DELETE FROM public.desk_scoreitem WHERE callback_id > {far};
DELETE FROM public.desk_callbackitem WHERE callback_id > {far};
DELETE FROM public.customers_customer WHERE code LIKE 'rating-%';
DELETE FROM public.accounts_user WHERE email = 'rating@desk.test';
"""
ROWS = """
INSERT INTO public.customers_customer (code, name, schema_name, stage, is_vip, language, time_zone,
  brand_colour, created_at, laid_at, suspended_reason)
SELECT 'rating-' || n, 'Rating ' || n, 'c_' || ({far} + n), 'live', n % 10 = 0, 'en', 'UTC',
  '#2a50c4', now(), now(), ''
FROM generate_series(1, {customers} - (SELECT count(*)::int FROM public.customers_customer
  WHERE laid_at IS NOT NULL)) n;
CREATE TEMP TABLE firm AS SELECT id FROM public.customers_customer
  WHERE laid_at IS NOT NULL ORDER BY id LIMIT {customers};
INSERT INTO public.desk_callbackitem (customer_id, callback_id, period, contact_id, contact_name,
  role, language, time_zone, phone, subject, ticket_kind, channel, "by", asked_at, expires_at,
  void_reason, said_by, words, is_low, is_machine, outcome, answered_at)
SELECT id, {far} + n, 'bench:' || n, n, 'Person ' || n, 'user', 'en', 'UTC', '', 'It fails again',
  'fault', 'portal', 'mail', at, at, '', 'contact',
  CASE n % 3 WHEN 0 THEN '' WHEN 1 THEN 'You were slow, and the page shows an error each time'
    ELSE '等了很久，功能还是太复杂' END, n % 5 = 0, false, '', at
FROM firm, generate_series(1, {each}) n, LATERAL (SELECT now() - n % 50 * interval '1 day') t (at);
INSERT INTO public.desk_scoreitem (customer_id, callback_id, key, kind, value, is_low,
  is_about_product, answered_at, ticket_kind, channel)
SELECT customer_id, callback_id, 'service', 'csat', 1 + callback_id % 5, is_low, false, answered_at,
  ticket_kind, channel
FROM public.desk_callbackitem WHERE callback_id > {far};
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
            rows = ROWS.format(far=FAR, customers=CUSTOMERS, each=EACH)
            cursor.execute(rows.replace("%", "%%"), [])
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
    """Milliseconds of the page, as a manager sees it; the first is not kept."""
    from django.conf import settings
    from django.test import Client

    from accounts.policy import Role
    from servicedesk import zones
    from tests.cast import make_staff

    zones.use(zones.DESK)
    mei = make_staff(name="Mei", email="rating@desk.test", role=Role.MANAGER)
    client = Client(HTTP_HOST=settings.DESK_HOST)
    client.force_login(mei, backend=settings.AUTHENTICATION_BACKENDS[0])
    spent = []
    for _ in range(1 + ROUNDS):
        started = time.perf_counter()
        answer = client.get("/satisfaction/?span=quarter")
        spent.append((time.perf_counter() - started) * 1000)
        if answer.status_code != 200 or b"You were slow" not in answer.content:
            sys.exit(f"{answer.status_code}: {answer.content.decode()[:3000]}")
    return spent[1:]


if __name__ == "__main__":
    main()
