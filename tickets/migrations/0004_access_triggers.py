"""What was changed about a contact stays as it was written."""

from django.db import migrations

TRIGGERS = [
    "CREATE TRIGGER a_append_only BEFORE UPDATE OR DELETE ON tickets_contactchange"
    " FOR EACH ROW EXECUTE FUNCTION sd.append_only_1()",
    "CREATE TRIGGER a_append_only_all BEFORE TRUNCATE ON tickets_contactchange"
    " FOR EACH STATEMENT EXECUTE FUNCTION sd.append_only_1()",
]


class Migration(migrations.Migration):
    dependencies = [("tickets", "0003_access"), ("desk", "0002_trigger_functions")]

    operations = [migrations.RunSQL([*TRIGGERS], migrations.RunSQL.noop)]
