from desk.models.bell import Bell
from desk.models.due import Due
from desk.models.heartbeat import Heartbeat
from desk.models.outbox import OutboxItem
from desk.models.policy import Calendar, CustomerHours, Policy
from desk.models.queue import QueueItem
from desk.models.search import SearchDocument

__all__ = [
    "Bell",
    "Calendar",
    "CustomerHours",
    "Due",
    "Heartbeat",
    "OutboxItem",
    "Policy",
    "QueueItem",
    "SearchDocument",
]
