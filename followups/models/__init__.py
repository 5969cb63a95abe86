from followups.models.feed import Feed
from followups.models.notice import Notice, NoticeTicket

__all__ = ["Feed", "Notice", "NoticeTicket"]
