"""A portal may tell whether whoever of ours looks at it is still let in, and nothing else of them.

`viewers_portal` has the viewings of the customer whose login asks, that nobody ended, of people who
are active and serve that customer; with their role of today.
"""

from django.db import migrations

VIEWERS = """
CREATE FUNCTION sd.viewers_1() RETURNS TABLE (viewing uuid, role text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  home record;
BEGIN
  SELECT c.schema_name, c.team_id INTO home FROM public.customers_customer c
    WHERE c.id = substring(session_user::text FROM '_c([0-9]+)$')::bigint
      AND c.laid_at IS NOT NULL AND c.suspended_at IS NULL;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  RETURN QUERY EXECUTE format('SELECT v.id, u.role::text FROM %I.tickets_viewing v
    JOIN public.accounts_user u ON u.id = v.staff_id
    WHERE v.ended_at IS NULL AND u.is_active AND (u.serves_all OR $1 IS NULL OR EXISTS (
      SELECT FROM public.accounts_user_teams m WHERE m.user_id = u.id AND m.team_id = $1))',
    home.schema_name) USING home.team_id;
END $$
"""

VIEW = """
CREATE VIEW public.viewers_portal WITH (security_barrier) AS
SELECT viewing, role FROM sd.viewers_1()
"""


class Migration(migrations.Migration):
    dependencies = [("desk", "0028_successions")]

    operations = [
        migrations.RunSQL(
            [VIEWERS, VIEW],
            ["DROP VIEW public.viewers_portal", "DROP FUNCTION sd.viewers_1()"],
        ),
    ]
