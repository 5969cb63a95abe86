"""What a backup does with the tables of a customer's schema: all of it but what opens doors."""

from accounts.kept import Goes, Line

_ALL = Line(Goes.CUSTOMER, "what the customer told us and what we answered")
_HISTORY = Line(Goes.CUSTOMER, "part of the trail", is_history=True)

TABLES = {
    "tickets_contact": _ALL,
    "tickets_contactsession": Line(Goes.NOWHERE, "signed-in browsers: people sign in again"),
    "tickets_signincode": Line(Goes.NOWHERE, "codes to sign in by, over in ten minutes"),
    "tickets_limit": Line(Goes.NOWHERE, "counted tries, over within the hour"),
    "tickets_contacttoken": Line(
        Goes.CUSTOMER,
        "hashes of 256 random bits open nothing to who reads them; integrations go on working",
    ),
    "tickets_remembered": Line(Goes.CUSTOMER, "a request sent again still does nothing"),
    "tickets_contactchange": _HISTORY,
    "tickets_ticket": _ALL,
    "tickets_entry": _HISTORY,
    "tickets_attachment": _ALL,
    "tickets_counter": _ALL,
    "tickets_head": _ALL,
    "tickets_handling": _ALL,
    "tickets_note": Line(
        Goes.CUSTOMER,
        "part of the trail; it tells by which terms a ticket was judged since when",
        is_history=True,
        tells=(
            (
                "desk_terms",
                "SELECT new::bigint FROM {schema}.tickets_note WHERE kind = 'event'"
                " AND field = 'terms'",
            ),
        ),
    ),
    "tickets_pending": _HISTORY,
    "tickets_promise": _ALL,
    "tickets_clock": _ALL,
    "tickets_alert": _ALL,
    "tickets_ask": _ALL,
    "tickets_internalfile": _ALL,
    "tickets_origin": _ALL,
    "tickets_report": _ALL,
    "tickets_timespent": _ALL,
    "tickets_viewing": _ALL,
    "tickets_mail": _ALL,
    "tickets_follower": _ALL,
    "django_migrations": Line(Goes.NOWHERE, "stands in the archive's own manifest"),
}
