"""The follow-ups' part of the grants manifest: see `tickets.grants`."""

from customers.grants import Grant

GRANTS = {
    "followups_notice": Grant(
        customer="SELECT, UPDATE (read_at, answer, answered_at)", desk="SELECT, INSERT, UPDATE"
    ),
    "followups_noticeticket": Grant(customer="SELECT", desk="SELECT, INSERT"),
    "followups_callback": Grant(customer="SELECT", desk="SELECT, INSERT, UPDATE"),
    "followups_calling": Grant(customer="", desk="SELECT, INSERT, UPDATE"),
    "followups_answer": Grant(customer="SELECT, INSERT", desk="SELECT, INSERT"),
    "followups_rescue": Grant(customer="", desk="SELECT, INSERT, UPDATE"),
    "followups_rescueanswer": Grant(customer="", desk="SELECT, INSERT, UPDATE"),
    "followups_event": Grant(customer="", desk="SELECT, INSERT"),
    "followups_visit": Grant(customer="", desk="SELECT, INSERT, UPDATE"),
    "followups_visitperson": Grant(customer="", desk="SELECT, INSERT, DELETE"),
    "followups_visitpicture": Grant(customer="", desk="SELECT, INSERT"),
    "followups_story": Grant(customer="", desk="SELECT, INSERT, UPDATE, DELETE"),
    "followups_reportdraft": Grant(customer="", desk="SELECT, INSERT, UPDATE"),
    "followups_servicereport": Grant(customer="SELECT", desk="SELECT, INSERT"),
    "followups_reportshare": Grant(
        customer="SELECT, INSERT, UPDATE (revoked_at)", desk="SELECT, INSERT, UPDATE (revoked_at)"
    ),
    "followups_feed": Grant(
        customer="SELECT, INSERT, UPDATE (revoked_at)", desk="SELECT, UPDATE (revoked_at)"
    ),
}
