from accounts.models.limit import CountedLimit, Limit
from accounts.models.team import Team
from accounts.models.user import User

__all__ = ["CountedLimit", "Limit", "Team", "User"]
