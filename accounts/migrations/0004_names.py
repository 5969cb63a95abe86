from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_audit_triggers"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="team",
            options={"verbose_name": "team", "verbose_name_plural": "teams"},
        ),
        migrations.AlterField(
            model_name="auditevent",
            name="row",
            field=models.CharField(max_length=80, verbose_name="row"),
        ),
        migrations.AlterField(
            model_name="auditevent",
            name="seq",
            field=models.PositiveBigIntegerField(
                db_default=0, editable=False, unique=True, verbose_name="number"
            ),
        ),
        migrations.AlterField(
            model_name="user",
            name="teams",
            field=models.ManyToManyField(
                blank=True, related_name="members", to="accounts.team", verbose_name="teams"
            ),
        ),
    ]
