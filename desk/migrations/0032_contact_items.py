"""Whose contact an address is, over all customers: told by its hash, kept by triggers."""

import django.db.models.deletion
from django.db import migrations, models

HEADER = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp"

# For INSERT, and for UPDATE of what stands in it; who is switched off is nobody's contact.
CONTACTS = f"""
CREATE FUNCTION sd.contact_items_1() RETURNS trigger LANGUAGE plpgsql {HEADER} AS $$
DECLARE
  home bigint;
BEGIN
  SELECT id INTO home FROM public.customers_customer WHERE schema_name = TG_TABLE_SCHEMA;
  IF NEW.is_active THEN
    INSERT INTO public.desk_contactitem (customer_id, contact_id, digest)
    VALUES (home, NEW.id, encode(sha256(convert_to(lower(NEW.email), 'UTF8')), 'hex'))
    ON CONFLICT (customer_id, contact_id) DO UPDATE SET digest = excluded.digest;
  ELSE
    DELETE FROM public.desk_contactitem WHERE customer_id = home AND contact_id = NEW.id;
  END IF;
  RETURN NULL;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0012_plan_in_chinese"), ("desk", "0031_mail_in")]

    operations = [
        migrations.CreateModel(
            name="ContactItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("contact_id", models.BigIntegerField()),
                ("digest", models.CharField(max_length=64)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["digest"], name="contact_items_by_address")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["customer", "contact_id"], name="one_contact_item_per_contact"
                    )
                ],
            },
        ),
        migrations.RunSQL([CONTACTS], ["DROP FUNCTION sd.contact_items_1()"]),
    ]
