"""A portal may tell its people when we are open, and our targets where their plan says so.

The hours are those of the terms for a customer's tickets in general: of the first policy that asks
nothing of a ticket, with their special days from yesterday to two months ahead.
"""

from django.db import migrations

COLUMNS = """
SELECT c.id, c.code, c.name, c.brand_colour, c.language, c.time_zone,
  coalesce(u.name, '') AS consultant_name, coalesce(p.name, '') AS plan_name
"""
ROWS = """
FROM public.customers_customer c
LEFT JOIN public.accounts_user u ON u.id = c.consultant_id
LEFT JOIN public.customers_plan p ON p.id = c.plan_id
WHERE c.id = substring(session_user::text FROM '_c([0-9]+)$')::bigint
"""
HOURS = """, (
  SELECT jsonb_build_object('zone', t.zone, 'weekly', t.weekly,
    'days', (SELECT coalesce(jsonb_object_agg(d.key, d.value), '{}') FROM jsonb_each(t.days) d
      WHERE d.key COLLATE "C" BETWEEN (current_date - 1)::text AND (current_date + 60)::text),
    'targets', CASE WHEN p.shows_targets THEN t.targets END)
  FROM public.desk_policy o JOIN public.desk_terms t ON t.policy_id = o.id AND t.is_current
    AND t.calendar_id = coalesce(
      (SELECT h.calendar_id FROM public.desk_customerhours h WHERE h.customer_id = c.id),
      o.calendar_id)
  WHERE o.id = (
    SELECT f.id FROM public.desk_policy f
    WHERE f.is_active AND f.kind = '' AND f.priority = '' AND f.channel = ''
      AND (f.customer_id IS NULL OR f.customer_id = c.id
        OR (f.with_branches AND f.customer_id = c.parent_id))
      AND (f.plan_id IS NULL OR f.plan_id = c.plan_id) AND (c.is_vip OR NOT f.for_vip)
    ORDER BY f.position LIMIT 1)
  LIMIT 1) AS hours
"""
VIEW = "CREATE OR REPLACE VIEW public.customers_portal WITH (security_barrier) AS"
BACK = f"DROP VIEW public.customers_portal; {VIEW} {COLUMNS} {ROWS}"


class Migration(migrations.Migration):
    dependencies = [
        ("desk", "0013_withdrawn"),
        ("desk", "0010_terms"),
        ("customers", "0007_shown_targets"),
    ]

    operations = [migrations.RunSQL(f"{VIEW} {COLUMNS} {HOURS} {ROWS}", BACK)]
