"""The rule that somebody is left out of a release once is named as the others are."""

from django.db import migrations, models

RENAMED = "ALTER TABLE public.product_exclusion RENAME CONSTRAINT {} TO {}"
NAMES = ("excluded_once", "each_contact_excluded_once")


class Migration(migrations.Migration):
    dependencies = [("product", "0003_told_reports")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(RENAMED.format(*NAMES), RENAMED.format(*reversed(NAMES)))
            ],
            state_operations=[
                migrations.RemoveConstraint(model_name="exclusion", name="excluded_once"),
                migrations.AddConstraint(
                    model_name="exclusion",
                    constraint=models.UniqueConstraint(
                        fields=("release", "customer", "contact_id"),
                        name="each_contact_excluded_once",
                        nulls_distinct=False,
                    ),
                ),
            ],
        )
    ]
