"""The schema of our functions, the router's one question, and what a portal may read of its customer."""

from django.db import migrations

SCHEMA = "CREATE SCHEMA IF NOT EXISTS sd"

ROUTE = """
CREATE FUNCTION sd.route_1(asked text) RETURNS TABLE (customer_id bigint, schema_name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT c.id, c.schema_name::text
  FROM public.customers_domain d JOIN public.customers_customer c ON c.id = d.customer_id
  WHERE d.host = asked AND c.laid_at IS NOT NULL AND c.suspended_at IS NULL
$$
"""

PORTAL = """
CREATE VIEW public.customers_portal WITH (security_barrier) AS
SELECT c.id, c.code, c.name, c.brand_colour, c.language, c.time_zone,
  coalesce(u.name, '') AS consultant_name, coalesce(p.name, '') AS plan_name
FROM public.customers_customer c
LEFT JOIN public.accounts_user u ON u.id = c.consultant_id
LEFT JOIN public.customers_plan p ON p.id = c.plan_id
WHERE c.id = substring(session_user::text FROM '_c([0-9]+)$')::bigint
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial"), ("accounts", "0001_initial")]

    operations = [
        migrations.RunSQL([SCHEMA], ["DROP SCHEMA sd CASCADE"]),
        migrations.RunSQL([ROUTE], ["DROP FUNCTION sd.route_1(text)"]),
        migrations.RunSQL([PORTAL], ["DROP VIEW public.customers_portal"]),
    ]
