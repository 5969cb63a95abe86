import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0004_names"),
        ("desk", "0005_health"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="calendar",
            options={"verbose_name": "calendar", "verbose_name_plural": "calendars"},
        ),
        migrations.AlterModelOptions(
            name="customerhours",
            options={"verbose_name": "own hours", "verbose_name_plural": "customers' own hours"},
        ),
        migrations.AlterModelOptions(
            name="outboxitem",
            options={"verbose_name": "outbox item", "verbose_name_plural": "outbox"},
        ),
        migrations.AlterField(
            model_name="customerhours",
            name="calendar",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="desk.calendar",
                verbose_name="calendar",
            ),
        ),
        migrations.AlterField(
            model_name="customerhours",
            name="customer",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="hours",
                to="customers.customer",
                verbose_name="customer",
            ),
        ),
        migrations.AlterField(
            model_name="outboxitem",
            name="attempts",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="tries"),
        ),
        migrations.AlterField(
            model_name="outboxitem",
            name="claimed_by",
            field=models.CharField(blank=True, default="", max_length=80, verbose_name="held by"),
        ),
        migrations.AlterField(
            model_name="outboxitem",
            name="contact_id",
            field=models.BigIntegerField(null=True, verbose_name="to contact"),
        ),
        migrations.AlterField(
            model_name="outboxitem",
            name="created_at",
            field=models.DateTimeField(verbose_name="written"),
        ),
        migrations.AlterField(
            model_name="outboxitem",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="customers.customer",
                verbose_name="customer",
            ),
        ),
        migrations.AlterField(
            model_name="outboxitem",
            name="key",
            field=models.CharField(max_length=200, unique=True, verbose_name="what it tells"),
        ),
        migrations.AlterField(
            model_name="outboxitem",
            name="kind",
            field=models.CharField(max_length=40, verbose_name="kind of mail"),
        ),
        migrations.AlterField(
            model_name="outboxitem",
            name="last_error",
            field=models.CharField(
                blank=True, default="", max_length=300, verbose_name="last problem"
            ),
        ),
        migrations.AlterField(
            model_name="outboxitem",
            name="lease_until",
            field=models.DateTimeField(null=True, verbose_name="held until"),
        ),
        migrations.AlterField(
            model_name="outboxitem",
            name="not_before",
            field=models.DateTimeField(verbose_name="not before"),
        ),
        migrations.AlterField(
            model_name="outboxitem",
            name="row",
            field=models.CharField(max_length=40, verbose_name="row"),
        ),
        migrations.AlterField(
            model_name="outboxitem",
            name="sent_at",
            field=models.DateTimeField(null=True, verbose_name="sent"),
        ),
        migrations.AlterField(
            model_name="outboxitem",
            name="state",
            field=models.CharField(
                choices=[
                    ("new", "New"),
                    ("sending", "Being sent"),
                    ("sent", "Sent"),
                    ("dead", "Given up"),
                ],
                default="new",
                max_length=8,
                verbose_name="state",
            ),
        ),
        migrations.AlterField(
            model_name="policy",
            name="calendar",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                to="desk.calendar",
                verbose_name="calendar",
            ),
        ),
        migrations.AlterField(
            model_name="policy",
            name="first_response",
            field=models.PositiveIntegerField(
                help_text="business seconds", verbose_name="first response"
            ),
        ),
        migrations.AlterField(
            model_name="policy",
            name="for_vip",
            field=models.BooleanField(default=False, verbose_name="for VIP customers only"),
        ),
        migrations.AlterField(
            model_name="policy",
            name="next_response",
            field=models.PositiveIntegerField(
                help_text="business seconds", verbose_name="next response"
            ),
        ),
        migrations.AlterField(
            model_name="policy",
            name="plan",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="customers.plan",
                verbose_name="plan",
            ),
        ),
        migrations.AlterField(
            model_name="policy",
            name="position",
            field=models.PositiveSmallIntegerField(unique=True, verbose_name="order"),
        ),
        migrations.AlterField(
            model_name="policy",
            name="real_answer",
            field=models.PositiveIntegerField(
                help_text="business seconds", verbose_name="real answer"
            ),
        ),
    ]
