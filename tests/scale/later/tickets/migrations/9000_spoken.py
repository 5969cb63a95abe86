"""A new column with a default of the database's own; the trigger's next version."""

from django.db import migrations, models

from tests.scale.later import last_of_today

REPOINT = """
CREATE OR REPLACE TRIGGER c_said AFTER INSERT ON tickets_entry
FOR EACH ROW EXECUTE FUNCTION sd.entry_after_900()
"""


class Migration(migrations.Migration):
    dependencies = [("tickets", last_of_today("tickets")), ("desk", "9000_entry_after_900")]

    operations = [
        migrations.AddField("ticket", "spoken", models.PositiveIntegerField(db_default=0)),
        migrations.RunSQL([REPOINT], migrations.RunSQL.noop),
    ]
