from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_absence")]

    operations = [
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(("deputy", models.F("id")), _negated=True),
                name="nobody_is_their_own_deputy",
            ),
        ),
    ]
