"""What a backup does with what we still owe a customer: all of it goes with the customer."""

from accounts.kept import Goes, Line

TABLES = {
    "followups_notice": Line(Goes.CUSTOMER, "whom we told what is live, and what they said"),
    "followups_noticeticket": Line(Goes.CUSTOMER, "about which tickets"),
    "followups_feed": Line(
        Goes.CUSTOMER, "numbers that open nothing without our secret; readers go on working"
    ),
}
