from desk.models.bell import Bell
from desk.models.calendar import Calendar, Closure, CustomerHours, HolidayYear
from desk.models.clocks import ClockItem
from desk.models.department import AskItem, Department
from desk.models.due import Due
from desk.models.heartbeat import Heartbeat
from desk.models.outbox import OutboxItem
from desk.models.policy import Policy, Retargeting, Step, Terms
from desk.models.queue import QueueItem
from desk.models.search import SearchDocument

__all__ = [
    "AskItem",
    "Bell",
    "Calendar",
    "ClockItem",
    "Closure",
    "CustomerHours",
    "Department",
    "Due",
    "Heartbeat",
    "HolidayYear",
    "OutboxItem",
    "Policy",
    "QueueItem",
    "Retargeting",
    "SearchDocument",
    "Step",
    "Terms",
]
