from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("desk", "0003_default_policy"),
    ]

    operations = [
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("beat_at", models.DateTimeField()),
            ],
        ),
    ]
