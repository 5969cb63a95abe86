"""What a backup does with our work across customers."""

from accounts.kept import Goes, Line

TABLES = {
    "desk_calendar": Line(Goes.OURS, "when we are open", named_by=("name",)),
    "desk_closure": Line(Goes.OURS, "days on which we are closed"),
    "desk_holidayyear": Line(Goes.OURS, "holidays as countries published them"),
    "desk_policy": Line(Goes.OURS, "what customers may expect", named_by=("name",)),
    "desk_step": Line(Goes.OURS, "who is told when that is not kept"),
    "desk_terms": Line(
        Goes.OURS,
        "by what tickets were judged; a customer's clocks cannot be counted again without",
        named_by=("digest",),
        travels=True,
        set_back=(("is_current", "false"),),
    ),
    "desk_retargeting": Line(Goes.OURS, "when open tickets were judged anew, and why"),
    "desk_department": Line(Goes.OURS, "whom we ask about a ticket", named_by=("name",)),
    "desk_department_people": Line(Goes.OURS, "who answers for a department"),
    "desk_customerhours": Line(Goes.CUSTOMER, "its own calendar", order=("customer_id",)),
    "desk_queueitem": Line(Goes.CUSTOMER, "its tickets in the queue", order=("ticket_id",)),
    "desk_clockitem": Line(
        Goes.CUSTOMER, "its clocks, as we count them", order=("ticket_id", "kind", "seq")
    ),
    "desk_askitem": Line(Goes.CUSTOMER, "where asks about its tickets stand", order=("ask_id",)),
    "desk_searchdocument": Line(Goes.CUSTOMER, "its words in the search", order=("ticket_id",)),
    "desk_outboxitem": Line(
        Goes.CUSTOMER,
        "what was told, and what is still to be told; codes to sign in by are over in ten minutes;"
        " what goes to our own people names no customer",
        order=("key",),
        where="kind <> 'sign_in_code'",
        nobodys=True,
    ),
    "desk_due": Line(Goes.CUSTOMER, "what is due at it", order=("kind", "row_id")),
    "desk_questionnaire": Line(Goes.OURS, "what we ask", named_by=("key",)),
    "desk_question": Line(Goes.OURS, "what we ask"),
    "desk_callbackplan": Line(Goes.OURS, "whom we ask, when and how", named_by=("name",)),
    "desk_callbackplan_plans": Line(Goes.OURS, "which customers a callback plan is for"),
    "desk_callbackplan_customers": Line(
        Goes.CUSTOMER, "callback plans that are for it", order=("callbackplan_id",)
    ),
    "desk_blackout": Line(
        Goes.CUSTOMER,
        "days on which nobody of it is asked; those of all customers are ours",
        order=("first_on", "last_on", "plan_id"),
        nobodys=True,
    ),
    "desk_callbackskip": Line(
        Goes.CUSTOMER,
        "who of it is not asked until when",
        order=("created_at", "plan_id", "contact_id"),
    ),
    "desk_rescuecause": Line(
        Goes.OURS,
        "why scores are low; a rescue that ended says which",
        named_by=("name",),
        travels=True,
    ),
    "desk_duty": Line(Goes.OURS, "who takes low scores"),
    "desk_topic": Line(Goes.OURS, "what complaints are about", named_by=("name",)),
    "desk_callbackitem": Line(Goes.CUSTOMER, "whom of it we asked", order=("callback_id",)),
    "desk_scoreitem": Line(Goes.CUSTOMER, "its scores", order=("callback_id", "key")),
    "desk_rescueitem": Line(Goes.CUSTOMER, "its rescues", order=("rescue_id",)),
    "desk_rate": Line(Goes.OURS, "what our hours cost"),
    "desk_succession": Line(Goes.OURS, "who took over from whom"),
    "desk_figuremail": Line(Goes.OURS, "who of ours gets which dashboard by mail"),
    "desk_timeitem": Line(Goes.CUSTOMER, "time spent on its tickets", order=("time_id",)),
    "desk_visititem": Line(Goes.CUSTOMER, "our visits at it", order=("visit_id",)),
    "desk_servicereportitem": Line(Goes.CUSTOMER, "its service reports", order=("month",)),
    "desk_mailbox": Line(
        Goes.OURS,
        "where mail is fetched; secrets are typed in again",
        named_by=("name",),
        set_back=(("secret", "''"),),
    ),
    "desk_mailaddress": Line(Goes.CUSTOMER, "where its people write to", order=("address",)),
    "desk_maildomain": Line(Goes.CUSTOMER, "where its people write from", order=("domain",)),
    "desk_contactitem": Line(
        Goes.CUSTOMER, "whose its people's addresses are, hashed", order=("contact_id",)
    ),
    "desk_blockedsender": Line(Goes.OURS, "whose mail is refused"),
    "desk_incomingmail": Line(
        Goes.CUSTOMER,
        "mail to it, and what became of it; what is nobody's yet is ours",
        order=("key",),
        keeps_id=True,
        nobodys=True,
    ),
    "desk_bell": Line(Goes.CUSTOMER, "bells rung at its tickets", order=("key",)),
    "desk_heartbeat": Line(Goes.NOWHERE, "written anew within seconds"),
}
