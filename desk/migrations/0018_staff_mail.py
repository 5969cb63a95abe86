"""Mail to our own people stands in the outbox as well: it names one of them, and no customer."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("customers", "0008_plan_value"),
        ("desk", "0017_later"),
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
                    ("triage", "Link a ticket of a triage meeting"),
                    ("minutes", "Enter minutes into trails"),
                    ("later", "Judge a ticket after all else"),
                ],
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="outboxitem",
            name="customer",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="customers.customer",
                verbose_name="customer",
            ),
        ),
        migrations.AddField(
            model_name="outboxitem",
            name="user",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="to one of ours",
            ),
        ),
        migrations.AddConstraint(
            model_name="outboxitem",
            constraint=models.CheckConstraint(
                condition=models.Q(customer__isnull=False, user__isnull=True)
                | models.Q(customer__isnull=True, user__isnull=False, contact_id__isnull=True),
                name="outbox_item_is_of_a_customer_or_for_one_of_ours",
            ),
        ),
    ]
