"""A next version of what runs after an entry. The first stays, for customers not yet migrated."""

from importlib import import_module

from django.db import migrations

from tests.scale.later import last_of_today

FIRST = import_module("desk.migrations.0002_trigger_functions").ENTRY_AFTER
SECOND = FIRST.replace("entry_after_1", "entry_after_900").replace(
    "SET updated_at = greatest(updated_at, $2)",
    "SET updated_at = greatest(updated_at, $2), spoken = spoken + 1",
)


class Migration(migrations.Migration):
    dependencies = [("desk", last_of_today("desk"))]

    operations = [migrations.RunSQL([SECOND], migrations.RunSQL.noop)]
