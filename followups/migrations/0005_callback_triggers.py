"""Answers are judged where they are written, and callbacks and rescues shown over all customers."""

from django.db import migrations

APPEND_ONLY = ("followups_answer", "followups_event")

SHOWN = ("name", "role", "language", "time_zone", "phone")
OLD, NEW = (", ".join(f"{row}.{name}" for name in SHOWN) for row in ("OLD", "NEW"))


def items(table: str, function: str) -> list[str]:
    """Statement triggers that hand new and changed rows to a function."""
    return [
        f"CREATE TRIGGER c_items_{deed.lower()} AFTER {deed} ON {table}"
        f" REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION sd.{function}()"
        for deed in ("INSERT", "UPDATE")
    ]


TRIGGERS = [
    *(
        line
        for table in APPEND_ONLY
        for line in (
            f"CREATE TRIGGER a_append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION sd.append_only_1()",
            f"CREATE TRIGGER a_append_only_all BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION sd.append_only_1()",
        )
    ),
    "CREATE TRIGGER b_judged BEFORE INSERT ON followups_answer"
    " FOR EACH ROW EXECUTE FUNCTION sd.answer_before_1()",
    "CREATE TRIGGER c_said AFTER INSERT ON followups_answer"
    " FOR EACH ROW EXECUTE FUNCTION sd.answer_after_1()",
    *items("followups_callback", "callback_items_1"),
    *items("followups_calling", "callback_items_1"),
    *items("followups_rescue", "rescue_items_1"),
    *items("followups_rescueanswer", "rescue_items_1"),
    "CREATE TRIGGER c_called AFTER UPDATE ON tickets_contact FOR EACH ROW"
    f" WHEN (({OLD}) IS DISTINCT FROM ({NEW})) EXECUTE FUNCTION sd.callback_contact_1()",
    "CREATE TRIGGER d_resolved AFTER UPDATE OF state ON tickets_ticket FOR EACH ROW"
    " WHEN (NEW.state <> OLD.state AND (NEW.state = 'resolved'"
    " OR OLD.state IN ('resolved', 'closed') AND NEW.state NOT IN ('resolved', 'closed')))"
    " EXECUTE FUNCTION sd.resolved_1()",
    "CREATE OR REPLACE TRIGGER a_guard BEFORE INSERT ON tickets_entry"
    " FOR EACH ROW EXECUTE FUNCTION sd.entry_before_4()",
    "CREATE OR REPLACE TRIGGER c_said AFTER INSERT ON tickets_entry"
    " FOR EACH ROW EXECUTE FUNCTION sd.entry_after_5()",
]


class Migration(migrations.Migration):
    dependencies = [
        ("followups", "0004_callbacks"),
        ("tickets", "0013_resolved_owner"),
        ("desk", "0021_callback_functions"),
    ]

    operations = [migrations.RunSQL([*TRIGGERS], migrations.RunSQL.noop)]
