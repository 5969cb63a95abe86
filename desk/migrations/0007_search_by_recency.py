"""The newest documents first: a common word is found among them without reading all that hold it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("desk", "0006_names")]

    operations = [
        migrations.AddIndex(
            model_name="searchdocument",
            index=models.Index(fields=["-updated_at"], name="search_by_recency"),
        ),
    ]
