"""Since when a customer pays who had a free plan; what its portal may tell of that and of us.

The view on `session_user` gets who of ours is in the group beside the consultant, when the group
was opened, and since when it pays: its portal welcomes its people by that. Further columns stand
after those there, so the code before goes on reading it.
"""

from django.db import migrations, models

COLUMNS = """
SELECT c.id, c.code, c.name, c.brand_colour, c.language, c.time_zone,
  coalesce(u.name, '') AS consultant_name, coalesce(p.name, '') AS plan_name
"""
ROWS = """
FROM public.customers_customer c
LEFT JOIN public.accounts_user u ON u.id = c.consultant_id
LEFT JOIN public.customers_plan p ON p.id = c.plan_id
"""
MORE_ROWS = """
LEFT JOIN public.accounts_user m ON m.id = c.product_manager_id
LEFT JOIN public.accounts_team t ON t.id = c.team_id
LEFT JOIN public.customers_opening g ON g.customer_id = c.id
"""
WHERE = "WHERE c.id = substring(session_user::text FROM '_c([0-9]+)$')::bigint"
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
MORE = """, coalesce(m.name, '') AS product_manager_name, coalesce(t.name, '') AS team_name,
  g.finished_at AS opened_at, c.paying_since AS paying_since
"""
VIEW = "CREATE OR REPLACE VIEW public.customers_portal WITH (security_barrier) AS"
BACK = f"DROP VIEW public.customers_portal; {VIEW} {COLUMNS} {HOURS} {ROWS} {WHERE}"


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0010_default_stages"),
        ("desk", "0014_portal_hours"),
    ]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="paying_since",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="pays since"
            ),
        ),
        migrations.RunSQL(f"{VIEW} {COLUMNS} {HOURS} {MORE} {ROWS} {MORE_ROWS} {WHERE}", BACK),
    ]
