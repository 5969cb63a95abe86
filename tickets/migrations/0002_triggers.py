"""The triggers of a customer's schema. Of one table and time they fire in the order of their names."""

from django.db import migrations

TRIGGERS = [
    "CREATE TRIGGER a_number BEFORE INSERT ON tickets_ticket"
    " FOR EACH ROW EXECUTE FUNCTION sd.ticket_before_1()",
    "CREATE TRIGGER b_handling AFTER INSERT ON tickets_ticket"
    " FOR EACH ROW EXECUTE FUNCTION sd.ticket_after_1()",
    "CREATE TRIGGER c_queue_insert AFTER INSERT ON tickets_ticket REFERENCING NEW TABLE AS changed"
    " FOR EACH STATEMENT EXECUTE FUNCTION sd.queue_insert_1()",
    "CREATE TRIGGER c_queue_update AFTER UPDATE ON tickets_ticket REFERENCING NEW TABLE AS changed"
    " FOR EACH STATEMENT EXECUTE FUNCTION sd.queue_ticket_1()",
    "CREATE TRIGGER c_queue_update AFTER UPDATE ON tickets_handling REFERENCING NEW TABLE AS changed"
    " FOR EACH STATEMENT EXECUTE FUNCTION sd.queue_handling_1()",
    "CREATE TRIGGER c_queue_name AFTER UPDATE OF name ON tickets_contact FOR EACH ROW"
    " WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION sd.queue_contact_1()",
    "CREATE TRIGGER a_guard BEFORE INSERT ON tickets_entry"
    " FOR EACH ROW EXECUTE FUNCTION sd.entry_before_1()",
    "CREATE TRIGGER b_chain BEFORE INSERT ON tickets_entry"
    " FOR EACH ROW EXECUTE FUNCTION sd.chain_1()",
    "CREATE TRIGGER c_said AFTER INSERT ON tickets_entry"
    " FOR EACH ROW EXECUTE FUNCTION sd.entry_after_1()",
    "CREATE TRIGGER a_guard BEFORE INSERT ON tickets_note"
    " FOR EACH ROW EXECUTE FUNCTION sd.note_before_1()",
    "CREATE TRIGGER b_chain BEFORE INSERT ON tickets_note"
    " FOR EACH ROW EXECUTE FUNCTION sd.chain_1()",
    "CREATE TRIGGER c_mail AFTER INSERT ON tickets_signincode"
    " FOR EACH ROW EXECUTE FUNCTION sd.code_after_1()",
    *(
        statement
        for table in ("tickets_entry", "tickets_note")
        for statement in (
            f"CREATE TRIGGER a_append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION sd.append_only_1()",
            f"CREATE TRIGGER a_append_only_all BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION sd.append_only_1()",
        )
    ),
]


class Migration(migrations.Migration):
    dependencies = [("tickets", "0001_initial"), ("desk", "0002_trigger_functions")]

    operations = [migrations.RunSQL([*TRIGGERS], migrations.RunSQL.noop)]
