from product.models.agreed import AgreedReach, AgreedReply
from product.models.asked import Asker, ReportItem
from product.models.event import Event
from product.models.evidence import Evidence
from product.models.problem import Problem
from product.models.reach import Exclusion, NoticeItem, Reach
from product.models.release import PortalRelease, Release, ReleaseCustomer, ReleaseItem
from product.models.triage import Attendance, Meeting, MeetingItem

__all__ = [
    "AgreedReach",
    "AgreedReply",
    "Asker",
    "Attendance",
    "Event",
    "Evidence",
    "Exclusion",
    "Meeting",
    "MeetingItem",
    "NoticeItem",
    "PortalRelease",
    "Problem",
    "Reach",
    "Release",
    "ReleaseCustomer",
    "ReleaseItem",
    "ReportItem",
]
