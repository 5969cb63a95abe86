"""Time spent is shown over all customers, and viewings are what they were."""

from django.db import migrations

TRIGGERS = [
    *(
        f"CREATE TRIGGER c_items_{deed.lower()} AFTER {deed} ON tickets_timespent"
        " REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION sd.time_items_1()"
        for deed in ("INSERT", "UPDATE")
    ),
    "CREATE TRIGGER a_once BEFORE UPDATE ON tickets_viewing"
    " FOR EACH ROW EXECUTE FUNCTION sd.viewing_1()",
]


class Migration(migrations.Migration):
    dependencies = [("tickets", "0014_time_and_viewings"), ("desk", "0027_work_functions")]

    operations = [migrations.RunSQL([*TRIGGERS], migrations.RunSQL.noop)]
