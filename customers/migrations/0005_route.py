"""The router's one question, answered with what any visitor of a portal sees before signing in.

So a portal's page needs no second look at its customer. In plpgsql: its plan is kept for the
session. The consultant and the plan stay with `customers_portal`, which only the customer reads.
"""

from django.db import migrations

ROUTE = """
CREATE FUNCTION sd.route_2(asked text) RETURNS TABLE (customer_id bigint, schema_name text,
  code text, name text, brand_colour text, language text, time_zone text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT c.id, c.schema_name::text, c.code::text, c.name::text, c.brand_colour::text,
    c.language::text, c.time_zone::text
  FROM public.customers_domain d JOIN public.customers_customer c ON c.id = d.customer_id
  WHERE d.host = asked AND c.laid_at IS NOT NULL AND c.suspended_at IS NULL;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0004_names")]

    operations = [migrations.RunSQL([ROUTE], ["DROP FUNCTION sd.route_2(text)"])]
