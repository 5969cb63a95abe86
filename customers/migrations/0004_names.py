import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_names"),
        ("customers", "0003_opening"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="domain",
            options={"verbose_name": "host", "verbose_name_plural": "hosts"},
        ),
        migrations.AlterModelOptions(
            name="plan",
            options={"verbose_name": "plan", "verbose_name_plural": "plans"},
        ),
        migrations.AlterField(
            model_name="customer",
            name="consultant",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="customers_cared_for",
                to=settings.AUTH_USER_MODEL,
                verbose_name="consultant",
            ),
        ),
        migrations.AlterField(
            model_name="customer",
            name="created_at",
            field=models.DateTimeField(verbose_name="added"),
        ),
        migrations.AlterField(
            model_name="customer",
            name="laid_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="laid"),
        ),
        migrations.AlterField(
            model_name="customer",
            name="parent",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="branches",
                to="customers.customer",
                verbose_name="branch of",
            ),
        ),
        migrations.AlterField(
            model_name="customer",
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
            model_name="customer",
            name="suspended_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="suspended"),
        ),
        migrations.AlterField(
            model_name="customer",
            name="suspended_reason",
            field=models.CharField(
                blank=True, default="", max_length=200, verbose_name="why suspended"
            ),
        ),
        migrations.AlterField(
            model_name="customer",
            name="team",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="accounts.team",
                verbose_name="team",
            ),
        ),
        migrations.AlterField(
            model_name="domain",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="domains",
                to="customers.customer",
                verbose_name="customer",
            ),
        ),
        migrations.AlterField(
            model_name="domain",
            name="host",
            field=models.CharField(max_length=253, unique=True, verbose_name="host"),
        ),
        migrations.AlterField(
            model_name="domain",
            name="is_primary",
            field=models.BooleanField(default=True, verbose_name="named in mails"),
        ),
    ]
