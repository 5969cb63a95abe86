import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import customers.fields


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0002_triggers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ContactChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("staff_name", models.CharField(max_length=120)),
                ("from_address", models.GenericIPAddressField(null=True)),
                ("action", models.CharField(max_length=40)),
                ("changes", models.JSONField(default=dict)),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="tickets.contact",
                    ),
                ),
                ("staff", customers.fields.PublicForeignKey(to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name="Remembered",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("caller", models.CharField(max_length=40)),
                ("key", models.CharField(max_length=255)),
                ("asked", models.CharField(max_length=64)),
                ("status", models.PositiveSmallIntegerField(null=True)),
                ("row", models.CharField(blank=True, default="", max_length=80)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "db_table": "tickets_remembered",
                "indexes": [models.Index(fields=["created_at"], name="contacts_remembered_by_age")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("caller", "key"), name="one_answer_per_contact_and_key"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ContactToken",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                ("hint", models.CharField(editable=False, max_length=12)),
                ("scopes", models.JSONField(default=list, verbose_name="scopes")),
                ("created_at", models.DateTimeField(verbose_name="made")),
                ("expires_at", models.DateTimeField(verbose_name="valid until")),
                ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="revoked")),
                (
                    "last_used_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="last used"),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="api_tokens",
                        to="tickets.contact",
                    ),
                ),
            ],
            options={
                "verbose_name": "API token",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("digest__regex", "^[0-9a-f]{64}$")),
                        name="contact_token_digest_is_sha256",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("created_at"))),
                        name="contact_token_expires_after_it_was_made",
                    ),
                ],
            },
        ),
    ]
