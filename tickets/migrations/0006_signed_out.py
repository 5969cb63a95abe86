"""When a contact's sessions of before ended: at the latest when they were switched off."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tickets", "0005_quicker_triggers")]

    operations = [
        migrations.AddField("contact", "signed_out_at", models.DateTimeField(null=True)),
    ]
