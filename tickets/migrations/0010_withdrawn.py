"""Points the triggers of entries at the functions that know what is withdrawn."""

from django.db import migrations

TRIGGERS = [
    "CREATE OR REPLACE TRIGGER a_guard BEFORE INSERT ON tickets_entry"
    " FOR EACH ROW EXECUTE FUNCTION sd.entry_before_2()",
    "CREATE OR REPLACE TRIGGER c_said AFTER INSERT ON tickets_entry"
    " FOR EACH ROW EXECUTE FUNCTION sd.entry_after_3()",
]


class Migration(migrations.Migration):
    dependencies = [("tickets", "0009_clock_triggers"), ("desk", "0013_withdrawn")]

    operations = [migrations.RunSQL([*TRIGGERS], migrations.RunSQL.noop)]
