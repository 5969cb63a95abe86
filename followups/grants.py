"""The follow-ups' part of the grants manifest: see `tickets.grants`."""

from customers.grants import Grant

GRANTS = {
    "followups_notice": Grant(
        customer="SELECT, UPDATE (read_at, answer, answered_at)", desk="SELECT, INSERT, UPDATE"
    ),
    "followups_noticeticket": Grant(customer="SELECT", desk="SELECT, INSERT"),
    "followups_feed": Grant(
        customer="SELECT, INSERT, UPDATE (revoked_at)", desk="SELECT, UPDATE (revoked_at)"
    ),
}
