from followups.models.callback import Answer, Callback, Calling
from followups.models.feed import Feed
from followups.models.notice import Notice, NoticeTicket
from followups.models.rescue import Event, Rescue, RescueAnswer

__all__ = [
    "Answer",
    "Callback",
    "Calling",
    "Event",
    "Feed",
    "Notice",
    "NoticeTicket",
    "Rescue",
    "RescueAnswer",
]
