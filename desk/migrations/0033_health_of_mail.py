"""Health looks at mail that came in: what waits to be worked on, and mailboxes that let nobody in."""

from django.db import migrations

HEALTH = """
CREATE FUNCTION sd.mail_1() RETURNS TABLE (
  lag float8, waiting bigint, failed bigint, mailboxes_failing bigint)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(extract(epoch FROM clock_timestamp() - min(m.received_at)), 0), count(*),
    (SELECT count(*) FROM public.desk_incomingmail
     WHERE outcome = 'held' AND reason = 'failed' AND settled_at IS NULL),
    (SELECT count(*) FROM public.desk_mailbox WHERE is_active AND failed_since IS NOT NULL)
  FROM public.desk_incomingmail m WHERE m.state = 'new'
$$
"""


class Migration(migrations.Migration):
    dependencies = [("desk", "0032_contact_items")]

    operations = [
        migrations.RunSQL([HEALTH], ["DROP FUNCTION sd.mail_1()"]),
    ]
