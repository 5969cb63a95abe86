"""What the health page asks, by any login of ours that has no table: figures, and nothing else.

Versioned like every function here: a later one is `sd.health_2`. Ages are seconds, 0 where nothing
waits. Beat's age counts from the last migration while it has never been heard.
"""

from django.db import migrations, models

HEALTH = """
CREATE FUNCTION sd.health_1(known text[], head text) RETURNS TABLE (
  at timestamptz, outbox_lag float8, outbox_waiting bigint, outbox_dead bigint,
  due_lag float8, unjudged bigint, beat_age float8, unapplied bigint, behind bigint)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT clock_timestamp(), outbox.lag, outbox.waiting,
    (SELECT count(*) FROM public.desk_outboxitem WHERE state = 'dead'),
    (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(d.due_at)), 0)
     FROM public.desk_due d JOIN public.customers_customer c ON c.id = d.customer_id
     WHERE d.due_at <= clock_timestamp() AND c.laid_at IS NOT NULL AND c.suspended_at IS NULL),
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
    SELECT coalesce(extract(epoch FROM clock_timestamp() - min(o.not_before)), 0) AS lag,
      count(*) AS waiting
    FROM public.desk_outboxitem o JOIN public.customers_customer c ON c.id = o.customer_id
    WHERE o.state IN ('new', 'sending') AND o.not_before <= clock_timestamp()
      AND c.laid_at IS NOT NULL AND c.suspended_at IS NULL) AS outbox
$$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("desk", "0004_heartbeat"),
        ("customers", "0003_opening"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="outboxitem",
            index=models.Index(
                fields=["not_before"],
                name="outbox_given_up",
                condition=models.Q(state="dead"),
            ),
        ),
        migrations.RunSQL([HEALTH], ["DROP FUNCTION sd.health_1(text[], text)"]),
    ]
