"""A scale has both of its ends, and what is left out is written down once."""

from django.db import migrations, models
from django.db.models import F, Q

WHOLE = {
    "question_has_a_scale_unless_it_asks_for_words": (
        Q(kind="text", lowest__isnull=True, highest__isnull=True)
        | (
            ~Q(kind="text")
            & Q(lowest__isnull=False, highest__isnull=False, lowest__lt=F("highest"))
        )
    ),
    "low_score_lies_on_the_scale": (
        Q(low_at__isnull=True)
        | Q(
            lowest__isnull=False,
            highest__isnull=False,
            low_at__gte=F("lowest"),
            low_at__lt=F("highest"),
        )
    ),
}


class Migration(migrations.Migration):
    dependencies = [("desk", "0022_default_callbacks")]

    operations = [
        *(migrations.RemoveConstraint("question", name) for name in WHOLE),
        *(
            migrations.AddConstraint("question", models.CheckConstraint(condition=rule, name=name))
            for name, rule in WHOLE.items()
        ),
        migrations.AddConstraint(
            "blackout",
            models.UniqueConstraint(
                fields=["customer", "plan", "first_on", "last_on"],
                name="each_blackout_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            "callbackskip",
            models.UniqueConstraint(
                fields=["customer", "plan", "contact_id", "created_at"],
                name="each_skip_once",
                nulls_distinct=False,
            ),
        ),
    ]
