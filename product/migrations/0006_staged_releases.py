"""A staged release whose customers are all gone reaches nobody else by that."""

from django.db import migrations, models

STAGED = """
UPDATE public.product_release r SET is_staged = true
WHERE EXISTS (SELECT FROM public.product_releasecustomer c WHERE c.release_id = r.id)
"""

PORTAL = """
CREATE OR REPLACE VIEW public.releases_portal WITH (security_barrier) AS
SELECT r.id, r.key, r.name, r.version, r.notes_en, r.notes_zh, r.live_at
FROM public.product_release r,
  (SELECT substring(session_user::text FROM '_c([0-9]+)$')::bigint AS id) me
WHERE r.live_at IS NOT NULL AND me.id IS NOT NULL
  AND ({}NOT EXISTS (SELECT FROM public.product_releasecustomer c WHERE c.release_id = r.id)
    OR EXISTS (SELECT FROM public.product_releasecustomer c
      WHERE c.release_id = r.id AND c.customer_id = me.id))
  AND NOT EXISTS (SELECT FROM public.product_exclusion e
    WHERE e.release_id = r.id AND e.customer_id = me.id AND e.contact_id IS NULL)
"""


class Migration(migrations.Migration):
    dependencies = [("product", "0005_notices_of_no_release")]

    operations = [
        migrations.AddField(
            model_name="release",
            name="is_staged",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.RunSQL([STAGED, PORTAL.format("NOT r.is_staged AND ")], [PORTAL.format("")]),
    ]
