"""Shows over all customers which tickets an agreed reply has come to."""

from django.db import migrations

TRIGGER = (
    "CREATE TRIGGER c_told AFTER UPDATE ON tickets_report FOR EACH ROW"
    " WHEN (NEW.told_id IS DISTINCT FROM OLD.told_id) EXECUTE FUNCTION sd.report_told_1()"
)


class Migration(migrations.Migration):
    dependencies = [("tickets", "0011_reports"), ("product", "0003_told_reports")]

    operations = [migrations.RunSQL([TRIGGER], ["DROP TRIGGER c_told ON tickets_report"])]
