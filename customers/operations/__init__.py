from customers.operations.laying import (
    CodeTaken,
    ImpossibleCode,
    draft,
    lay,
    lay_drafted,
    migrate,
    resume,
    suspend,
)
from customers.operations.roles import missing_logins, prepare_roles, remake_login
from customers.operations.suspending import ReasonMissing, close_portal, open_portal

__all__ = [
    "CodeTaken",
    "ImpossibleCode",
    "ReasonMissing",
    "close_portal",
    "draft",
    "lay",
    "lay_drafted",
    "migrate",
    "missing_logins",
    "open_portal",
    "prepare_roles",
    "remake_login",
    "resume",
    "suspend",
]
