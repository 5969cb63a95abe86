"""Shows reports, people who asked and notices over all customers; entries may answer a notice."""

from django.db import migrations

SHOWN = (
    "name", "role", "language", "time_zone", "is_active", "news_by_mail", "quiet_from", "quiet_until"
)  # fmt: skip
OLD, NEW = (", ".join(f"{row}.{name}" for name in SHOWN) for row in ("OLD", "NEW"))


def items(table: str, function: str, deeds: dict[str, str]) -> list[str]:
    """Statement triggers that hand the changed rows to a function, one for each deed."""
    return [
        f"CREATE TRIGGER c_items_{deed.lower()} AFTER {deed} ON {table}"
        f" REFERENCING {rows} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION sd.{function}()"
        for deed, rows in deeds.items()
    ]


TRIGGERS = [
    *items("tickets_report", "report_items_1", {"INSERT": "NEW", "DELETE": "OLD"}),
    *items("followups_notice", "notice_items_1", {"INSERT": "NEW", "UPDATE": "NEW"}),
    "CREATE TRIGGER c_asker AFTER UPDATE ON tickets_contact FOR EACH ROW"
    f" WHEN (({OLD}) IS DISTINCT FROM ({NEW})) EXECUTE FUNCTION sd.asker_1()",
    "CREATE OR REPLACE TRIGGER a_guard BEFORE INSERT ON tickets_entry"
    " FOR EACH ROW EXECUTE FUNCTION sd.entry_before_3()",
    "CREATE OR REPLACE TRIGGER c_said AFTER INSERT ON tickets_entry"
    " FOR EACH ROW EXECUTE FUNCTION sd.entry_after_4()",
]


class Migration(migrations.Migration):
    dependencies = [
        ("followups", "0001_initial"),
        ("tickets", "0011_reports"),
        ("product", "0002_loop_functions"),
    ]

    operations = [migrations.RunSQL([*TRIGGERS], migrations.RunSQL.noop)]
