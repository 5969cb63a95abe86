"""A portal tells the name of its plan to who reads Chinese, too: a further column of its view."""

from importlib import import_module

from django.db import migrations

was = import_module("customers.migrations.0011_welcomes")
MORE = f"{was.MORE}, coalesce(nullif(p.name_zh, ''), p.name, '') AS plan_name_zh"
BEFORE = f"{was.VIEW} {was.COLUMNS} {was.HOURS} {was.MORE} {was.ROWS} {was.MORE_ROWS} {was.WHERE}"
AFTER = f"{was.VIEW} {was.COLUMNS} {was.HOURS} {MORE} {was.ROWS} {was.MORE_ROWS} {was.WHERE}"


class Migration(migrations.Migration):
    dependencies = [("customers", "0011_welcomes")]

    operations = [
        migrations.RunSQL(AFTER, f"DROP VIEW public.customers_portal; {BEFORE}"),
    ]
