"""Clocks are shown over all customers; tickets that stand open when clocks come are judged anew."""

from django.db import migrations

TRIGGERS = [
    f"CREATE TRIGGER c_items_{deed.lower()} AFTER {deed} ON tickets_clock"
    f" REFERENCING {rows} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION sd.clock_items_1()"
    for deed, rows in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD"))
]

JUDGE = """
INSERT INTO public.desk_due (customer_id, kind, row_id, due_at, tries, last_error, asked)
SELECT c.id, 'judge', t.id, clock_timestamp(), 0, '', 1
FROM tickets_ticket t JOIN public.customers_customer c ON c.schema_name = current_schema()
WHERE t.settled_at IS NULL
ON CONFLICT (customer_id, kind, row_id) DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("tickets", "0008_clocks"), ("desk", "0010_terms")]

    operations = [
        migrations.RunSQL([*TRIGGERS], migrations.RunSQL.noop),
        migrations.RunSQL([JUDGE], migrations.RunSQL.noop),
    ]
