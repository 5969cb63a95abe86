"""Whoever is away from now on, or comes back: the steps of their open tickets are looked at anew."""

from django.db import migrations

ABSENCE = """
CREATE FUNCTION sd.absence_1() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO public.desk_due AS d
    (customer_id, kind, row_id, due_at, tries, last_error, asked)
  SELECT q.customer_id, 'step', q.ticket_id, clock_timestamp(), 0, '', 1
  FROM public.desk_queueitem q
  WHERE q.owner_id = NEW.id AND NOT (q.state IN ('resolved', 'closed'))
  ORDER BY q.customer_id, q.ticket_id
  ON CONFLICT (customer_id, kind, row_id) DO UPDATE
    SET asked = d.asked + 1, due_at = least(d.due_at, excluded.due_at), tries = 0;
  RETURN NULL;
END $$
"""

TRIGGER = """
CREATE TRIGGER a_absence AFTER UPDATE OF away_from, away_until, deputy_id ON public.accounts_user
FOR EACH ROW WHEN ((OLD.away_from, OLD.away_until, OLD.deputy_id)
  IS DISTINCT FROM (NEW.away_from, NEW.away_until, NEW.deputy_id))
EXECUTE FUNCTION sd.absence_1()
"""


class Migration(migrations.Migration):
    dependencies = [("desk", "0011_horizon"), ("accounts", "0006_deputies")]

    operations = [
        migrations.RunSQL([ABSENCE], ["DROP FUNCTION sd.absence_1() CASCADE"]),
        migrations.RunSQL([TRIGGER], migrations.RunSQL.noop),
    ]
