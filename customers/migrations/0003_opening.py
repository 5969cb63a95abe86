import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0002_zones"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="migrated_to",
            field=models.CharField(blank=True, db_default="", editable=False, max_length=200),
        ),
        migrations.CreateModel(
            name="Opening",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("people", models.JSONField(blank=True, default=list, verbose_name="first people")),
                ("asked_at", models.DateTimeField(null=True)),
                ("step", models.CharField(blank=True, default="", max_length=40)),
                ("steps_done", models.PositiveSmallIntegerField(default=0)),
                ("steps_total", models.PositiveSmallIntegerField(default=0)),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("failed_at", models.DateTimeField(null=True)),
                ("problem", models.CharField(blank=True, default="", max_length=300)),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="opening",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "opening",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("finished_at__isnull", True),
                            ("failed_at__isnull", True),
                            _connector="OR",
                        ),
                        name="opening_is_done_or_given_up_not_both",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("failed_at__isnull", True),
                            models.Q(("problem", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="opening_given_up_says_why",
                    ),
                ],
            },
        ),
    ]
