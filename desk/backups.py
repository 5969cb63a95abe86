"""What a backup does with our work across customers."""

from accounts.kept import Goes, Line

TABLES = {
    "desk_calendar": Line(Goes.OURS, "when we are open", named_by=("name",)),
    "desk_policy": Line(Goes.OURS, "what customers may expect", named_by=("name",)),
    "desk_customerhours": Line(Goes.CUSTOMER, "its own calendar", order=("customer_id",)),
    "desk_queueitem": Line(Goes.CUSTOMER, "its tickets in the queue", order=("ticket_id",)),
    "desk_searchdocument": Line(Goes.CUSTOMER, "its words in the search", order=("ticket_id",)),
    "desk_outboxitem": Line(
        Goes.CUSTOMER,
        "what was told, and what is still to be told; codes to sign in by are over in ten minutes",
        order=("key",),
        where="kind <> 'sign_in_code'",
    ),
    "desk_due": Line(Goes.CUSTOMER, "what is due at it", order=("kind", "row_id")),
    "desk_bell": Line(Goes.CUSTOMER, "bells rung at its tickets", order=("key",)),
    "desk_heartbeat": Line(Goes.NOWHERE, "written anew within seconds"),
}
