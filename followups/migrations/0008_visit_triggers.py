"""Visits and drafts of reports are shown over all customers; what was published stays as it is."""

from django.db import migrations

SHOWN = {"followups_visit": "visit_items_1", "followups_reportdraft": "report_drafts_1"}

TRIGGERS = [
    *(
        f"CREATE TRIGGER c_items_{deed.lower()} AFTER {deed} ON {table}"
        f" REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION sd.{function}()"
        for table, function in SHOWN.items()
        for deed in ("INSERT", "UPDATE")
    ),
    "CREATE TRIGGER a_append_only BEFORE UPDATE OR DELETE ON followups_servicereport"
    " FOR EACH ROW EXECUTE FUNCTION sd.append_only_1()",
    "CREATE TRIGGER a_append_only_all BEFORE TRUNCATE ON followups_servicereport"
    " FOR EACH STATEMENT EXECUTE FUNCTION sd.append_only_1()",
    "CREATE TRIGGER a_guard BEFORE INSERT OR UPDATE ON followups_reportshare"
    " FOR EACH ROW EXECUTE FUNCTION sd.report_share_1()",
]


class Migration(migrations.Migration):
    dependencies = [
        ("followups", "0007_visits_and_reports"),
        ("desk", "0027_work_functions"),
    ]

    operations = [migrations.RunSQL([*TRIGGERS], migrations.RunSQL.noop)]
