"""No day stands in two closures; and until when the holidays that are counted by are published."""

import django.contrib.postgres.constraints
import django.db.models.constraints
from django.db import migrations, models

# Asked by the health page as the router, which has no table.
HORIZON = """
CREATE FUNCTION sd.horizon_1() RETURNS date LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
  SELECT min(t.published_until) FROM public.desk_terms t
  WHERE t.is_current AND t.calendar_id IN (
    SELECT calendar_id FROM public.desk_policy WHERE is_active
    UNION SELECT calendar_id FROM public.desk_customerhours)
$$
"""


class Migration(migrations.Migration):
    dependencies = [("desk", "0010_terms")]

    operations = [
        migrations.AddConstraint(
            model_name="closure",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                name="no_day_in_two_closures",
                expressions=[
                    (
                        models.Func(
                            models.F("calendar"),
                            models.F("calendar"),
                            models.Value("[]"),
                            function="int8range",
                        ),
                        "&&",
                    ),
                    (
                        models.Func(
                            models.F("first_on"),
                            models.F("last_on"),
                            models.Value("[]"),
                            function="daterange",
                        ),
                        "&&",
                    ),
                ],
                deferrable=django.db.models.constraints.Deferrable.DEFERRED,
            ),
        ),
        migrations.RunSQL([HORIZON], ["DROP FUNCTION sd.horizon_1()"]),
    ]
