"""Shows over all customers which tickets an agreed reply has come to."""

import django.db.models.deletion
from django.db import migrations, models

# For UPDATE of a report's `told_id`. A ticket of two problems that were merged has two reports.
TOLD = """
CREATE FUNCTION sd.report_told_1() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE public.product_reportitem r SET told_id = NEW.told_id
  FROM public.customers_customer c, public.product_problem p
  WHERE c.schema_name = TG_TABLE_SCHEMA AND p.id = NEW.problem_id AND r.customer_id = c.id
    AND r.ticket_id = NEW.ticket_id AND r.problem_id = coalesce(p.merged_into_id, p.id)
    AND (r.told_id IS NULL OR r.told_id < NEW.told_id);
  RETURN NULL;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("product", "0002_loop_functions")]

    operations = [
        migrations.AddField(
            model_name="reportitem",
            name="told",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="product.agreedreply",
            ),
        ),
        migrations.RunSQL([TOLD], ["DROP FUNCTION sd.report_told_1()"]),
    ]
