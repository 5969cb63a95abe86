"""The grants manifest: every table of a customer's schema and who may do what with it.

Laid and re-laid by `customers.operations.laying`; a table without a line here fails the tests. A
customer's own login gets what its people may do themselves; what it may not read or set stands in
tables where its line is empty.
"""

from customers.grants import Grant

GRANTS = {
    "tickets_contact": Grant(
        customer="SELECT, UPDATE (language, theme, last_seen_at, news_by_mail, is_asked,"
        " wants_report, quiet_from, quiet_until)",
        desk="SELECT, INSERT, UPDATE",
    ),
    "tickets_contactsession": Grant(
        customer="SELECT, INSERT, UPDATE, DELETE", desk="SELECT (expire_date), DELETE"
    ),
    "tickets_signincode": Grant(
        customer="SELECT, INSERT, UPDATE (tries, used_at)", desk="SELECT, DELETE"
    ),
    "tickets_limit": Grant(customer="SELECT, INSERT, UPDATE", desk="SELECT, DELETE"),
    "tickets_contacttoken": Grant(
        customer="SELECT, INSERT, UPDATE (last_used_at, revoked_at)",
        desk="SELECT (id, contact_id, name, created_at, revoked_at), UPDATE (revoked_at)",
    ),
    "tickets_remembered": Grant(
        customer="SELECT, INSERT, UPDATE (status, row)", desk="SELECT (created_at), DELETE"
    ),
    "tickets_contactchange": Grant(customer="", desk="SELECT, INSERT"),
    "tickets_ticket": Grant(customer="SELECT, INSERT", desk="SELECT, INSERT, UPDATE"),
    "tickets_entry": Grant(customer="SELECT, INSERT", desk="SELECT, INSERT"),
    "tickets_attachment": Grant(customer="SELECT, INSERT", desk="SELECT, INSERT"),
    "tickets_counter": Grant(customer="", desk="SELECT"),
    "tickets_head": Grant(customer="", desk="SELECT"),
    "tickets_handling": Grant(customer="", desk="SELECT, UPDATE"),
    "tickets_note": Grant(customer="", desk="SELECT, INSERT"),
    "tickets_pending": Grant(customer="", desk="SELECT, INSERT, UPDATE"),
    "tickets_promise": Grant(customer="SELECT", desk="SELECT, INSERT, UPDATE"),
    "tickets_clock": Grant(customer="", desk="SELECT, INSERT, UPDATE, DELETE"),
    "tickets_alert": Grant(customer="", desk="SELECT, INSERT, DELETE"),
    "tickets_ask": Grant(customer="", desk="SELECT, INSERT, UPDATE"),
    "tickets_internalfile": Grant(customer="", desk="SELECT, INSERT, UPDATE"),
    "tickets_report": Grant(customer="", desk="SELECT, INSERT, UPDATE, DELETE"),
    "tickets_timespent": Grant(customer="", desk="SELECT, INSERT, UPDATE"),
    "tickets_viewing": Grant(
        customer="SELECT, UPDATE (used_at, ended_at)", desk="SELECT, INSERT, UPDATE"
    ),
    "tickets_mail": Grant(customer="", desk="SELECT, INSERT, UPDATE, DELETE"),
    "tickets_follower": Grant(customer="", desk="SELECT, INSERT, UPDATE"),
    "tickets_origin": Grant(customer="", desk="SELECT, INSERT"),
    "django_migrations": Grant(customer="", desk="SELECT"),
}
