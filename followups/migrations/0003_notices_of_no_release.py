"""Notices are shown over all customers by the version that passes over those of no release."""

from django.db import migrations

TRIGGERS = [
    f"CREATE OR REPLACE TRIGGER c_items_{deed.lower()} AFTER {deed} ON followups_notice"
    " REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION sd.notice_items_2()"
    for deed in ("INSERT", "UPDATE")
]


class Migration(migrations.Migration):
    dependencies = [("followups", "0002_triggers"), ("product", "0005_notices_of_no_release")]

    operations = [migrations.RunSQL([*TRIGGERS], migrations.RunSQL.noop)]
