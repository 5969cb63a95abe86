"""Indexes that hold all that dashboards count, so that a month is counted without its rows."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("desk", "0029_viewers")]

    operations = [
        migrations.RemoveIndex("clockitem", "clocks_not_ended"),
        migrations.RemoveIndex("clockitem", "clocks_ended_lately"),
        migrations.RemoveIndex("clockitem", "clocks_by_beginning"),
        migrations.RemoveIndex("timeitem", "time_items_by_time"),
        migrations.AddIndex(
            "clockitem",
            models.Index(
                fields=["kind", "due_at"],
                name="clocks_not_ended",
                condition=Q(ended_at__isnull=True),
                include=["customer", "stands", "staff"],
            ),
        ),
        migrations.AddIndex(
            "clockitem",
            models.Index(
                fields=["kind", "-ended_at"],
                name="clocks_ended_lately",
                condition=Q(ended_at__isnull=False),
                include=["customer", "due_at", "stands", "staff"],
            ),
        ),
        migrations.AddIndex(
            "clockitem",
            models.Index(
                fields=["kind", "-started_at"], name="clocks_by_beginning", include=["customer"]
            ),
        ),
        migrations.AddIndex(
            "clockitem",
            models.Index(
                fields=["customer", "-started_at"],
                name="tickets_of_a_customer",
                condition=Q(kind="first_response"),
            ),
        ),
        migrations.AddIndex(
            "timeitem",
            models.Index(
                fields=["spent_at"],
                name="time_items_by_time",
                include=["customer", "staff", "role", "minutes", "ticket_id", "is_suggested"],
            ),
        ),
    ]
