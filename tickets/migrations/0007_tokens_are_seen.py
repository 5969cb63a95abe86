"""Whoever takes this step is granted anew: the desk sees which tokens a contact made, and when."""

from django.db import migrations

SAID = "COMMENT ON COLUMN tickets_contacttoken.digest IS 'for the customer''s own login alone'"


class Migration(migrations.Migration):
    dependencies = [("tickets", "0006_signed_out")]

    operations = [migrations.RunSQL(SAID, migrations.RunSQL.noop)]
