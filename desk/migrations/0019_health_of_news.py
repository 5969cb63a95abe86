"""Health looks at what somebody waits for: news by the thousand, held or not, may take their time."""

from django.db import migrations

HEALTH = """
CREATE FUNCTION sd.health_2(known text[], head text) RETURNS TABLE (
  at timestamptz, outbox_lag float8, outbox_waiting bigint, outbox_dead bigint,
  due_lag float8, unjudged bigint, beat_age float8, unapplied bigint, behind bigint)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT clock_timestamp(), outbox.lag, outbox.waiting,
    (SELECT count(*) FROM public.desk_outboxitem WHERE state = 'dead'),
    (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(d.due_at)), 0)
     FROM public.desk_due d JOIN public.customers_customer c ON c.id = d.customer_id
     WHERE d.due_at <= clock_timestamp() AND c.laid_at IS NOT NULL AND c.suspended_at IS NULL
       AND d.kind NOT IN ('retarget', 'release', 'agreed', 'later')),
    (SELECT count(*) FROM public.desk_queueitem
     WHERE NOT is_judged AND state NOT IN ('resolved', 'closed')),
    (SELECT extract(epoch FROM clock_timestamp() - coalesce(
       (SELECT beat_at FROM public.desk_heartbeat WHERE name = 'beat'),
       (SELECT max(applied) FROM public.django_migrations)))),
    (SELECT count(*) FROM unnest(known) AS name
     WHERE name NOT IN (SELECT m.app || '/' || m.name FROM public.django_migrations m)),
    (SELECT coalesce(sum(signs.customers), 0)::bigint
     FROM (SELECT migrated_to, count(*) AS customers FROM public.customers_customer
           WHERE laid_at IS NOT NULL GROUP BY migrated_to) AS signs
     WHERE EXISTS (
       SELECT FROM unnest(string_to_array(head, ' ')) AS need WHERE NOT EXISTS (
         SELECT FROM unnest(string_to_array(signs.migrated_to, ' ')) AS has
         WHERE split_part(has, '/', 1) = split_part(need, '/', 1)
           AND split_part(has, '/', 2) COLLATE "C" >= split_part(need, '/', 2))))
  FROM (
    SELECT coalesce(extract(epoch FROM clock_timestamp() - min(o.not_before)
        FILTER (WHERE o.kind NOT IN ('notice', 'reminder'))), 0) AS lag,
      count(*) AS waiting
    FROM public.desk_outboxitem o LEFT JOIN public.customers_customer c ON c.id = o.customer_id
    WHERE o.state IN ('new', 'sending') AND o.not_before <= clock_timestamp() AND NOT o.is_held
      AND (o.customer_id IS NULL OR (c.laid_at IS NOT NULL AND c.suspended_at IS NULL))) AS outbox
$$
"""


class Migration(migrations.Migration):
    dependencies = [("desk", "0018_staff_mail")]

    operations = [
        migrations.RunSQL([HEALTH], ["DROP FUNCTION sd.health_2(text[], text)"]),
    ]
