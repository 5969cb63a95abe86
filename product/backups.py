"""What a backup does with what we learn: problems, releases, triage, and who is told of them."""

from accounts.kept import Goes, Line

TABLES = {
    "product_release": Line(
        Goes.OURS,
        "what went live; notices point to it, and what was planned does not go live by a restore",
        named_by=("key",),
        travels=True,
        set_back=(
            ("state", "CASE WHEN live_at IS NULL THEN 'planned' ELSE 'live' END"),
            ("publish_at", "NULL::timestamptz"),
        ),
    ),
    "product_problem": Line(
        Goes.OURS, "causes behind tickets; reports point to it", named_by=("key",), travels=True
    ),
    "product_releaseitem": Line(Goes.OURS, "what is solved by which release"),
    "product_event": Line(Goes.OURS, "the trail of problems, releases and meetings"),
    "product_agreedreply": Line(Goes.OURS, "agreed replies as sent", named_by=("sent_at",)),
    "product_meeting": Line(Goes.OURS, "triage meetings", named_by=("opened_at",)),
    "product_attendance": Line(Goes.OURS, "who was at a meeting"),
    "product_meetingitem": Line(
        Goes.CUSTOMER,
        "its tickets on a meeting's list; lines about no customer's ticket are ours",
        order=("meeting_id", "ticket_id"),
        nobodys=True,
    ),
    "product_evidence": Line(
        Goes.CUSTOMER, "its answers that speak for a request", order=("problem_id", "callback_id")
    ),
    "product_reportitem": Line(
        Goes.CUSTOMER, "its tickets at problems", order=("ticket_id", "problem_id")
    ),
    "product_asker": Line(Goes.CUSTOMER, "who of it asked", order=("contact_id",)),
    "product_noticeitem": Line(
        Goes.CUSTOMER, "what became of telling its people", order=("notice_id",)
    ),
    "product_reach": Line(Goes.CUSTOMER, "releases told at it", order=("release_id",)),
    "product_releasecustomer": Line(Goes.CUSTOMER, "releases for it", order=("release_id",)),
    "product_exclusion": Line(
        Goes.CUSTOMER, "who of it is not told, and why", order=("release_id", "contact_id")
    ),
    "product_agreedreach": Line(
        Goes.CUSTOMER, "how far an agreed reply is at it", order=("agreed_id",)
    ),
}
