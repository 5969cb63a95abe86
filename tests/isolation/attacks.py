"""Forty ways to reach what is not one's own, written as somebody would who can run any SQL.

The login is Acme's. Placeholders: {own} and {other} are the two schemas, {other_role}, {desk_role}
and {owner_role} are logins, {other_word} is a word that stands in Globex's rows only.
"""

# ruff: noqa: S608  the names in these statements are our own tables'

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["refused", "own", "nothing", "opaque", "harmless"]
"""What must come of it.

refused: an error. own: an answer from Acme's rows. nothing: an answer without any row or fact of
others. opaque: numbers or generated names only (PostgreSQL's catalogs are readable by everybody).
harmless: it works, and neither shows nor changes anything of others.
"""


@dataclass(frozen=True)
class Attack:
    """One attack: its statements, run in order, and what must come of the last."""

    name: str
    statements: tuple[str, ...]
    verdict: Verdict


def _attack(name: str, *statements: str, must: Verdict = "refused") -> Attack:
    return Attack(name, statements, must)


READ_OTHER = "SELECT subject FROM {other}.tickets_ticket"

ATTACKS = [
    _attack("own tickets", "SELECT subject FROM tickets_ticket", must="own"),
    _attack("other schema, by its full name", READ_OTHER),
    _attack(
        "search path of the other",
        "SET search_path = {other}",
        "SELECT subject FROM tickets_ticket",
    ),
    _attack("reset role", "RESET ROLE", READ_OTHER),
    _attack("set role of the other", "SET ROLE {other_role}", READ_OTHER),
    _attack("session of the other", "SET SESSION AUTHORIZATION {other_role}", READ_OTHER),
    _attack("set role of the owner", "SET ROLE {owner_role}", READ_OTHER),
    _attack("set role of the desk", "SET ROLE {desk_role}", READ_OTHER),
    _attack(
        "role hidden in a select",
        "SELECT set_config('role', '{other_role}', false)",
        READ_OTHER,
    ),
    _attack(
        "role through pg_settings",
        "UPDATE pg_settings SET setting = '{other_role}' WHERE name = 'role'",
        READ_OTHER,
    ),
    _attack("forget everything, then read", "RESET ALL", READ_OTHER),
    _attack(
        "claim to be another by a setting",
        "SELECT set_config('sd.customer', '2', false)",
        READ_OTHER,
    ),
    _attack("row security off", "SET row_security = off", READ_OTHER),
    _attack("the queue over all customers", "SELECT subject FROM public.desk_queueitem"),
    _attack("the search over all customers", "SELECT subject FROM public.desk_searchdocument"),
    _attack("all staff", "SELECT email FROM public.accounts_user"),
    _attack(
        "password hashes",
        "SELECT password FROM public.accounts_user WHERE password LIKE 'argon2%'",
    ),
    _attack("mails that wait", "SELECT key FROM public.desk_outboxitem"),
    _attack("other customers", "SELECT name FROM public.customers_customer"),
    _attack("other customers' hosts", "SELECT host FROM public.customers_domain"),
    _attack("sessions of staff", "SELECT session_key FROM public.django_session"),
    _attack(
        "leak by an error in a condition",
        "SELECT 1 FROM public.customers_portal WHERE 1 / (code = 'acme')::int = 1",
        must="own",
    ),
    _attack("releases that reach one", "SELECT 1 FROM public.releases_portal", must="own"),
    _attack("releases for others", "SELECT name FROM public.product_release"),
    _attack(
        "leak by a cast in a condition on releases",
        "SELECT 1 FROM public.releases_portal"
        " WHERE CASE WHEN name LIKE '%-acme' THEN 1 ELSE notes_en::int END = 1",
        must="own",
    ),
    _attack(
        "whom a release reaches",
        "SELECT count(*) FROM public.releases_portal r JOIN public.product_releasecustomer c"
        " ON c.release_id = r.id",
    ),
    _attack("who of ours looks in", "SELECT 1 FROM public.viewers_portal", must="own"),
    _attack("what that is made of", "SELECT role FROM sd.viewers_1()"),
    _attack("who looks at others", "SELECT reason FROM {other}.tickets_viewing"),
    _attack(
        "a viewing of one's own making",
        "INSERT INTO tickets_viewing (id, contact_id, staff_name, reason, began_at, expires_at)"
        " SELECT gen_random_uuid(), id, 'Ada', 'x', now(), now() + interval '1 day'"
        " FROM tickets_contact",
    ),
    _attack("a viewing without an end", "UPDATE tickets_viewing SET expires_at = 'infinity'"),
    _attack("what tickets took us", "SELECT minutes FROM tickets_timespent"),
    _attack("what an hour costs us", "SELECT per_hour FROM public.desk_rate"),
    _attack("problems", "SELECT title FROM public.product_problem"),
    _attack("who asked about them", "SELECT name FROM public.product_asker"),
    _attack("what became of telling others", "SELECT answer FROM public.product_noticeitem"),
    _attack("who is left out, and why", "SELECT reason FROM public.product_exclusion"),
    _attack("the problem of one's own ticket", "SELECT problem_id FROM tickets_report"),
    _attack("notices of others", "SELECT secret FROM {other}.followups_notice"),
    _attack("a later end of a notice", "UPDATE followups_notice SET expires_at = 'infinity'"),
    _attack(
        "a notice of one's own making",
        "INSERT INTO followups_notice (release_id, contact_id, secret, by_mail, told_at,"
        " expires_at, answer) SELECT 1, min(id), gen_random_uuid(), false, now(), now(), ''"
        " FROM tickets_contact",
    ),
    _attack("what others were asked", "SELECT secret FROM {other}.followups_callback"),
    _attack("how we call, and whose the score is", "SELECT agent_id FROM followups_calling"),
    _attack("what a low score opened", "SELECT consultant_id FROM followups_rescue"),
    _attack("what we did about it", "SELECT body FROM followups_event"),
    _attack(
        "a rescue of one's own making",
        "INSERT INTO followups_rescue (state, opened_at) VALUES ('open', now())",
    ),
    _attack("the end of a rescue", "UPDATE followups_rescue SET closed_at = now()"),
    _attack(
        "a callback of one's own making",
        "INSERT INTO followups_callback (contact_id, period, secret, questions, by, asked_at,"
        " expires_at, scores, words) SELECT min(id), 'x', gen_random_uuid(), '[]', 'mail', now(),"
        " 'infinity', '{}', '' FROM tickets_contact",
    ),
    _attack("a later end of a callback", "UPDATE followups_callback SET expires_at = 'infinity'"),
    _attack("scores by hand", "UPDATE followups_callback SET answered_at = now()"),
    _attack("another answer in place of one", "UPDATE followups_answer SET words = ''"),
    _attack("an answer taken back", "DELETE FROM followups_answer"),
    *(
        _attack(
            f"an answer {what}",
            "INSERT INTO followups_answer (callback_id, scores, words, via, given_at, contact_id,"
            f" staff_id, is_complaint) SELECT id, '{{}}', 'x', {values} FROM followups_callback",
        )
        for what, values in (
            ("of somebody else", "'portal', now(), contact_id + 1, NULL, false"),
            ("of nobody", "'portal', now(), NULL, NULL, false"),
            ("by staff", "'portal', now(), NULL, 1, false"),
            ("heard on the phone", "'phone', now(), contact_id, NULL, false"),
            ("that is a complaint", "'portal', now(), contact_id, NULL, true"),
        )
    ),
    *(
        _attack(what, f"SELECT {column} FROM public.{table}")
        for what, column, table in (
            ("what everybody was asked", "words", "desk_callbackitem"),
            ("all scores", "value", "desk_scoreitem"),
            ("all rescues", "subject", "desk_rescueitem"),
            ("whom we ask, and when", "name", "desk_callbackplan"),
            ("from where a score is low", "low_at", "desk_question"),
            ("who is skipped, and why", "reason", "desk_callbackskip"),
            ("when nobody is asked", "reason", "desk_blackout"),
            ("why scores were low", "name", "desk_rescuecause"),
            ("whose answers speak for a request", "callback_id", "product_evidence"),
        )
    ),
    _attack(
        "leak by a function of one's own in a condition",
        "CREATE FUNCTION {own}.tell(text) RETURNS bool LANGUAGE plpgsql COST 0.0000001 AS"
        " $$BEGIN RAISE NOTICE '%', $1; RETURN true; END$$",
    ),
    _attack(
        "names of schemas",
        "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'c\\_%'",
        must="opaque",
    ),
    _attack(
        "how many rows others have",
        "SELECT reltuples::int FROM pg_class WHERE oid = (SELECT c.oid FROM pg_class c JOIN"
        " pg_namespace n ON n.oid = relnamespace WHERE nspname = '{other}'"
        " AND relname = 'tickets_ticket')",
        must="opaque",
    ),
    _attack(
        "statistics of columns",
        "SELECT most_common_vals::text FROM pg_stats WHERE schemaname = '{other}'",
        must="nothing",
    ),
    _attack(
        "what others ask now",
        "SELECT query FROM pg_stat_activity WHERE query NOT LIKE '<insufficient%'"
        " AND query <> '' AND usename <> current_user",
        must="nothing",
    ),
    _attack(
        "counters of others' tables",
        "SELECT n_live_tup FROM pg_stat_all_tables WHERE schemaname = '{other}'",
        must="opaque",
    ),
    _attack("temporary table", "CREATE TEMP TABLE x (a int)"),
    _attack("table in one's own schema", "CREATE TABLE {own}.x (a int)"),
    _attack("table in public", "CREATE TABLE public.zz (a int)"),
    _attack("own triggers off", "ALTER TABLE {own}.tickets_ticket DISABLE TRIGGER ALL"),
    _attack("replication role", "SET session_replication_role = replica"),
    _attack("run a program", "COPY (SELECT 1) TO PROGRAM 'id'"),
    _attack("read a file of the server", "SELECT pg_read_file('postgresql.conf')"),
    _attack("another connection from inside", "CREATE EXTENSION dblink"),
    _attack(
        "large object of one's own",
        "SELECT lo_from_bytea(0, 'x')",
        must="harmless",
    ),
    _attack("large object of others", "SELECT lo_get({large_object})"),
    _attack("call a trigger's function", "SELECT sd.queue_insert_1()"),
    _attack("call the judge of answers", "SELECT sd.answer_before_1()"),
    _attack("show a rescue anew", "SELECT sd.rescue_items_1()"),
    _attack("ask the judge for another", "SELECT sd.ask_judge_1('{other}', 1)"),
    _attack("ask the router", "SELECT * FROM sd.route_1('globex.localhost')"),
    _attack("ask the router more", "SELECT * FROM sd.route_2('globex.localhost')"),
    _attack("become a superuser", "ALTER ROLE CURRENT_USER SUPERUSER"),
    _attack("a password for the other", "ALTER ROLE {other_role} PASSWORD 'guessed'"),
    _attack("join the desk", "GRANT {desk_role} TO CURRENT_USER"),
    _attack(
        "an entry by staff",
        "INSERT INTO tickets_entry (ticket_id, kind, author_kind, author_name, staff_id, body,"
        " written_at) SELECT min(id), 'reply', 'staff', 'Ada', 1, '', now() FROM tickets_ticket",
    ),
    _attack("a priority", "UPDATE tickets_handling SET priority = 'urgent'"),
    _attack("a resolved ticket", "UPDATE tickets_ticket SET state = 'resolved'"),
    _attack("a session for another person's door", "INSERT INTO public.django_session VALUES (1)"),
    _attack("listen", "LISTEN desk_events", must="harmless"),
    _attack("a lock of its own", "SELECT pg_try_advisory_lock(1)", must="harmless"),
    _attack("no time limit", "SET statement_timeout = 0", must="harmless"),
    _attack("end the others", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = '{other_role_name}'"),
]  # fmt: skip
