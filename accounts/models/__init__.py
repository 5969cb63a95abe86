from accounts.models.audit import AuditEvent
from accounts.models.hand_over import HandOver
from accounts.models.limit import CountedLimit, Limit
from accounts.models.remembered import Remembered, RememberedRequest
from accounts.models.team import Team
from accounts.models.token import ApiToken, HeldToken
from accounts.models.user import User

__all__ = [
    "ApiToken",
    "AuditEvent",
    "CountedLimit",
    "HandOver",
    "HeldToken",
    "Limit",
    "Remembered",
    "RememberedRequest",
    "Team",
    "User",
]
