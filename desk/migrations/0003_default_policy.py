"""Every installation has a default policy from its first day: without one no ticket can be judged."""

from typing import Any

from django.db import migrations

OFFICE_WEEK = [[["09:00", "18:00"]]] * 5 + [[]] * 2
HOUR = 3600


def make_default(apps: Any, schema_editor: Any) -> None:
    calendar = apps.get_model("desk", "Calendar").objects.create(
        name="Office hours (UTC)", zone="UTC", weekly=OFFICE_WEEK
    )
    apps.get_model("desk", "Policy").objects.create(
        name="Default",
        position=1000,
        calendar=calendar,
        first_response=4 * HOUR,
        next_response=8 * HOUR,
        real_answer=16 * HOUR,
    )


class Migration(migrations.Migration):
    dependencies = [("desk", "0002_trigger_functions")]

    operations = [migrations.RunPython(make_default, migrations.RunPython.noop)]
