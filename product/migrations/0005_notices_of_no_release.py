"""A notice whose release could not be restored with its customer is shown nowhere, and may be read.

The trigger is pointed to this version by `followups.0003_notices_of_no_release`.
"""

from django.db import migrations

HEADER = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp"

NOTICES = f"""
CREATE FUNCTION sd.notice_items_2() RETURNS trigger LANGUAGE plpgsql {HEADER} AS $$
DECLARE
  home bigint;
BEGIN
  SELECT id INTO home FROM public.customers_customer WHERE schema_name = TG_TABLE_SCHEMA;
  INSERT INTO public.desk_due AS d (customer_id, kind, row_id, due_at, tries, last_error, asked)
  SELECT home, 'answer', w.id, clock_timestamp(), 0, '', 1
  FROM changed w JOIN public.product_noticeitem n ON n.customer_id = home AND n.notice_id = w.id
  WHERE w.answer <> '' AND n.answer <> w.answer AND w.release_id IS NOT NULL
  ON CONFLICT (customer_id, kind, row_id) DO UPDATE
    SET asked = d.asked + 1, due_at = least(d.due_at, excluded.due_at), tries = 0;
  INSERT INTO public.product_noticeitem (release_id, customer_id, contact_id, notice_id, told_at,
    delivered_at, read_at, answer, answered_at, reminded_at, closed_at, is_bounced, left_out)
  SELECT w.release_id, home, w.contact_id, w.id, w.told_at,
    CASE WHEN NOT w.by_mail THEN w.told_at END, w.read_at, w.answer, w.answered_at, w.reminded_at,
    w.closed_at, false, ''
  FROM changed w WHERE w.release_id IS NOT NULL
  ON CONFLICT (customer_id, notice_id) DO UPDATE SET read_at = excluded.read_at,
    answer = excluded.answer, answered_at = excluded.answered_at,
    reminded_at = excluded.reminded_at, closed_at = excluded.closed_at;
  RETURN NULL;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("product", "0004_named_exclusions")]

    operations = [migrations.RunSQL([NOTICES], ["DROP FUNCTION sd.notice_items_2()"])]
