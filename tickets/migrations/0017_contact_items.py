"""Whose contact an address is, is shown over all customers: who is there now, and who comes."""

from django.db import migrations

TRIGGERS = [
    "INSERT INTO public.desk_contactitem (customer_id, contact_id, digest)"
    " SELECT c.id, p.id, encode(sha256(convert_to(lower(p.email), 'UTF8')), 'hex')"
    " FROM tickets_contact p JOIN public.customers_customer c ON c.schema_name = current_schema()"
    " WHERE p.is_active ON CONFLICT DO NOTHING",
    "CREATE TRIGGER d_items_insert AFTER INSERT ON tickets_contact"
    " FOR EACH ROW EXECUTE FUNCTION sd.contact_items_1()",
    "CREATE TRIGGER d_items_update AFTER UPDATE OF email, is_active ON tickets_contact FOR EACH ROW"
    " WHEN ((OLD.email, OLD.is_active) IS DISTINCT FROM (NEW.email, NEW.is_active))"
    " EXECUTE FUNCTION sd.contact_items_1()",
]


class Migration(migrations.Migration):
    dependencies = [("tickets", "0016_mail_in"), ("desk", "0032_contact_items")]

    operations = [migrations.RunSQL([*TRIGGERS], migrations.RunSQL.noop)]
