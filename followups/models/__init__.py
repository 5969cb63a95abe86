from followups.models.callback import Answer, Callback, Calling
from followups.models.feed import Feed
from followups.models.notice import Notice, NoticeTicket
from followups.models.rescue import Event, Rescue, RescueAnswer
from followups.models.service_report import ReportDraft, ReportShare, ServiceReport
from followups.models.visit import Story, Visit, VisitPerson, VisitPicture

__all__ = [
    "Answer",
    "Callback",
    "Calling",
    "Event",
    "Feed",
    "Notice",
    "NoticeTicket",
    "ReportDraft",
    "ReportShare",
    "Rescue",
    "RescueAnswer",
    "ServiceReport",
    "Story",
    "Visit",
    "VisitPerson",
    "VisitPicture",
]
