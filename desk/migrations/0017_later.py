from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("desk", "0016_release_loop"),
    ]

    operations = [
        migrations.AlterField(
            model_name="due",
            name="kind",
            field=models.CharField(
                choices=[
                    ("judge", "Judge a ticket"),
                    ("send", "Send a waiting reply"),
                    ("step", "Warn about a clock"),
                    ("retarget", "Judge by new terms"),
                    ("release", "Tell of a release"),
                    ("answer", "Follow the answer to a notice"),
                    ("remind", "Remind of a notice, or end it"),
                    ("agreed", "Send an agreed reply"),
                    ("later", "Judge a ticket after all else"),
                ],
                max_length=8,
            ),
        ),
    ]
