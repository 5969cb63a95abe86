"""What a backup does with what we still owe a customer: all of it goes with the customer."""

from accounts.kept import Goes, Line

TABLES = {
    "followups_notice": Line(Goes.CUSTOMER, "whom we told what is live, and what they said"),
    "followups_noticeticket": Line(Goes.CUSTOMER, "about which tickets"),
    "followups_callback": Line(Goes.CUSTOMER, "whom we asked how we did, and what they said"),
    "followups_calling": Line(Goes.CUSTOMER, "how we asked, and whose the score is"),
    "followups_answer": Line(Goes.CUSTOMER, "each time they said it", is_history=True),
    "followups_rescue": Line(
        Goes.CUSTOMER, "what low scores opened, and how it ended", history=("cause_id",)
    ),
    "followups_rescueanswer": Line(Goes.CUSTOMER, "the low answers of a rescue"),
    "followups_event": Line(Goes.CUSTOMER, "the trail of callbacks and rescues", is_history=True),
    "followups_visit": Line(Goes.CUSTOMER, "our visits and calls"),
    "followups_visitperson": Line(Goes.CUSTOMER, "with whom"),
    "followups_visitpicture": Line(Goes.CUSTOMER, "pictures of visits"),
    "followups_story": Line(Goes.CUSTOMER, "what our work brought them"),
    "followups_reportdraft": Line(Goes.CUSTOMER, "service reports as we work on them"),
    "followups_servicereport": Line(Goes.CUSTOMER, "service reports as published", is_history=True),
    "followups_reportshare": Line(
        Goes.CUSTOMER, "by which links reports are read; they open nothing without our secret"
    ),
    "followups_feed": Line(
        Goes.CUSTOMER, "numbers that open nothing without our secret; readers go on working"
    ),
}
