"""Whoever wants no more questions is asked none at once: what is open is looked at again.

`followups.0006_asked_no_more` has a trigger run it.
"""

from django.db import migrations

HEADER = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp"

# The desk voids what the due rows of their open callbacks are about (`followups.recalling`); a
# customer's own login may take its people's wish and do nothing else about it.
ASKED_NO_MORE = f"""
CREATE FUNCTION sd.asked_no_more_1() RETURNS trigger LANGUAGE plpgsql {HEADER} AS $$
BEGIN
  EXECUTE format('
    INSERT INTO public.desk_due AS d (customer_id, kind, row_id, due_at, tries, last_error, asked)
    SELECT o.id, ''recall'', c.id, clock_timestamp(), 0, '''', 1
    FROM %1$I.followups_callback c
    JOIN public.customers_customer o ON o.schema_name = %1$L
    WHERE c.contact_id = $1 AND c.answered_at IS NULL AND c.voided_at IS NULL
      AND c.expires_at > clock_timestamp()
    ON CONFLICT (customer_id, kind, row_id) DO UPDATE
      SET asked = d.asked + 1, due_at = least(d.due_at, excluded.due_at), tries = 0',
    TG_TABLE_SCHEMA) USING NEW.id;
  RETURN NULL;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("desk", "0024_callers")]

    operations = [
        migrations.RunSQL([ASKED_NO_MORE], ["DROP FUNCTION sd.asked_no_more_1()"]),
    ]
