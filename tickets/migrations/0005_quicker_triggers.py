"""Points the triggers of new tickets and of entries at the second versions of their functions."""

from django.db import migrations

TRIGGERS = [
    "CREATE OR REPLACE TRIGGER c_queue_insert AFTER INSERT ON tickets_ticket"
    " REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION sd.queue_insert_2()",
    "CREATE OR REPLACE TRIGGER c_said AFTER INSERT ON tickets_entry"
    " FOR EACH ROW EXECUTE FUNCTION sd.entry_after_2()",
]


class Migration(migrations.Migration):
    dependencies = [("tickets", "0004_access_triggers"), ("desk", "0008_quicker_triggers")]

    operations = [migrations.RunSQL([*TRIGGERS], migrations.RunSQL.noop)]
