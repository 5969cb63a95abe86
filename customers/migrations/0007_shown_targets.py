"""A plan says whether its customers are told our targets."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0006_schema_by_name")]

    operations = [
        migrations.AddField(
            model_name="plan",
            name="shows_targets",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="How fast we mean to answer, in the portal and in mails.",
                verbose_name="its customers are told our targets",
            ),
        ),
    ]
