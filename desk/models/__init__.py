from desk.models.bell import Bell
from desk.models.calendar import Calendar, Closure, CustomerHours, HolidayYear
from desk.models.callbacks import (
    Blackout,
    CallbackPlan,
    CallbackSkip,
    Question,
    Questionnaire,
)
from desk.models.clocks import ClockItem
from desk.models.contact_item import ContactItem
from desk.models.department import AskItem, Department
from desk.models.due import Due
from desk.models.heartbeat import Heartbeat
from desk.models.mail import (
    BlockedSender,
    IncomingMail,
    MailAddress,
    Mailbox,
    MailDomain,
)
from desk.models.outbox import OutboxItem
from desk.models.policy import Policy, Retargeting, Step, Terms
from desk.models.queue import QueueItem
from desk.models.rescuing import Duty, RescueCause, Topic
from desk.models.satisfaction import CallbackItem, RescueItem, ScoreItem
from desk.models.search import SearchDocument
from desk.models.succession import Succession
from desk.models.work import FigureMail, Rate, ServiceReportItem, TimeItem, VisitItem

__all__ = [
    "AskItem",
    "Bell",
    "Blackout",
    "BlockedSender",
    "Calendar",
    "CallbackItem",
    "CallbackPlan",
    "CallbackSkip",
    "ClockItem",
    "Closure",
    "ContactItem",
    "CustomerHours",
    "Department",
    "Due",
    "Duty",
    "FigureMail",
    "Heartbeat",
    "HolidayYear",
    "IncomingMail",
    "MailAddress",
    "MailDomain",
    "Mailbox",
    "OutboxItem",
    "Policy",
    "Question",
    "Questionnaire",
    "QueueItem",
    "Rate",
    "RescueCause",
    "RescueItem",
    "Retargeting",
    "ScoreItem",
    "SearchDocument",
    "ServiceReportItem",
    "Step",
    "Succession",
    "Terms",
    "TimeItem",
    "Topic",
    "VisitItem",
]
