"""What the database keeps of policies and clocks: a default, versions, what is out of date.

The functions of a customer's triggers are versioned and never changed in place.
"""

from typing import Any

from django.db import migrations

HEADER = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp"
HOUR = 3600

# At the end of the transaction, so that one default may take the place of another.
DEFAULT = """
CREATE FUNCTION sd.policy_default_1() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM public.desk_policy WHERE is_active AND customer_id IS NULL
      AND plan_id IS NULL AND NOT for_vip AND kind = '' AND priority = '' AND channel = '') THEN
    RAISE EXCEPTION 'an active policy without conditions must stay: the default'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'a_default_policy_stays';
  END IF;
  RETURN NULL;
END $$
"""

VERSION = """
CREATE FUNCTION sd.policy_version_1() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.version := OLD.version + 1;
  RETURN NEW;
END $$
"""

# Terms that a change has made out of date are no longer current; the next judge writes new ones.
STALE = """
CREATE FUNCTION sd.terms_stale_1() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  changed jsonb := to_jsonb(CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END);
BEGIN
  CASE TG_TABLE_NAME
  WHEN 'desk_policy' THEN
    UPDATE public.desk_terms SET is_current = false
    WHERE policy_id = (changed->>'id')::bigint AND is_current;
  WHEN 'desk_step' THEN
    UPDATE public.desk_policy SET version = version + 1
    WHERE id = (changed->>'policy_id')::bigint;
  WHEN 'desk_calendar' THEN
    UPDATE public.desk_terms SET is_current = false
    WHERE calendar_id = (changed->>'id')::bigint AND is_current;
  WHEN 'desk_closure' THEN
    UPDATE public.desk_terms SET is_current = false
    WHERE calendar_id = (changed->>'calendar_id')::bigint AND is_current;
  ELSE
    UPDATE public.desk_terms t SET is_current = false FROM public.desk_calendar c
    WHERE c.id = t.calendar_id AND c.country = changed->>'country' AND t.is_current;
  END CASE;
  RETURN NULL;
END $$
"""

TRIGGERS = [
    "CREATE CONSTRAINT TRIGGER a_default_policy_stays AFTER UPDATE OR DELETE ON public.desk_policy"
    " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sd.policy_default_1()",
    "CREATE TRIGGER b_version BEFORE UPDATE ON public.desk_policy FOR EACH ROW"
    " WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION sd.policy_version_1()",
    "CREATE TRIGGER c_stale AFTER UPDATE ON public.desk_policy FOR EACH ROW"
    " WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION sd.terms_stale_1()",
    "CREATE TRIGGER c_stale AFTER INSERT OR UPDATE OR DELETE ON public.desk_step"
    " FOR EACH ROW EXECUTE FUNCTION sd.terms_stale_1()",
    "CREATE TRIGGER c_stale AFTER UPDATE ON public.desk_calendar FOR EACH ROW"
    " WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION sd.terms_stale_1()",
    "CREATE TRIGGER c_stale AFTER INSERT OR UPDATE OR DELETE ON public.desk_closure"
    " FOR EACH ROW EXECUTE FUNCTION sd.terms_stale_1()",
    "CREATE TRIGGER c_stale AFTER INSERT OR UPDATE OR DELETE ON public.desk_holidayyear"
    " FOR EACH ROW EXECUTE FUNCTION sd.terms_stale_1()",
]

COLUMNS = (
    "ticket_id, kind, seq, started_at, target, due_at, soon_at, stands, ended_at, reason,"
    " is_provisional, spans, staff_id"
)
SET = ", ".join(f"{name} = excluded.{name}" for name in map(str.strip, COLUMNS.split(",")[3:]))

# For INSERT, UPDATE and DELETE: each trigger of a statement names its rows `changed`.
CLOCKS = f"""
CREATE FUNCTION sd.clock_items_1() RETURNS trigger LANGUAGE plpgsql {HEADER} AS $$
DECLARE
  home bigint;
BEGIN
  SELECT id INTO home FROM public.customers_customer WHERE schema_name = TG_TABLE_SCHEMA;
  IF TG_OP = 'DELETE' THEN
    DELETE FROM public.desk_clockitem c USING changed w
    WHERE c.customer_id = home AND c.ticket_id = w.ticket_id AND c.kind = w.kind AND c.seq = w.seq;
  ELSE
    INSERT INTO public.desk_clockitem (customer_id, {COLUMNS})
    SELECT home, {COLUMNS} FROM changed
    ON CONFLICT (customer_id, ticket_id, kind, seq) DO UPDATE SET {SET};
  END IF;
  RETURN NULL;
END $$
"""

LADDER = (
    ("owner", 50, 0),
    ("owner", 80, 0),
    ("owner", 100, 0),
    ("lead", 100, HOUR // 2),
    ("manager", 100, 2 * HOUR),
)


def fill(apps: Any, schema_editor: Any) -> None:
    """Policies made before there were ladders and resolutions get the usual ones."""
    steps = apps.get_model("desk", "Step").objects
    for policy in apps.get_model("desk", "Policy").objects.filter(steps__isnull=True):
        policy.resolution = policy.resolution or max(40 * HOUR, policy.real_answer * 2)
        policy.total_resolution = policy.total_resolution or policy.resolution
        policy.save()
        for level, percent, delay in LADDER:
            steps.create(policy=policy, level=level, percent=percent, delay=delay)


class Migration(migrations.Migration):
    dependencies = [("desk", "0009_clocks")]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunSQL([DEFAULT], ["DROP FUNCTION sd.policy_default_1() CASCADE"]),
        migrations.RunSQL([VERSION], ["DROP FUNCTION sd.policy_version_1() CASCADE"]),
        migrations.RunSQL([STALE], ["DROP FUNCTION sd.terms_stale_1() CASCADE"]),
        migrations.RunSQL([*TRIGGERS], migrations.RunSQL.noop),
        migrations.RunSQL([CLOCKS], ["DROP FUNCTION sd.clock_items_1()"]),
    ]
