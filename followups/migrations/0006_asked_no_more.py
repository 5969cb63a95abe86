"""Whoever wants no more questions is asked none at once."""

from django.db import migrations

TRIGGER = (
    "CREATE TRIGGER e_asked_no_more AFTER UPDATE OF is_asked ON tickets_contact FOR EACH ROW"
    " WHEN (OLD.is_asked AND NOT NEW.is_asked) EXECUTE FUNCTION sd.asked_no_more_1()"
)


class Migration(migrations.Migration):
    dependencies = [
        ("followups", "0005_callback_triggers"),
        ("desk", "0025_asked_no_more"),
    ]

    operations = [migrations.RunSQL([TRIGGER], ["DROP TRIGGER e_asked_no_more ON tickets_contact"])]
