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

__all__ = [
    "CodeTaken",
    "ImpossibleCode",
    "draft",
    "lay",
    "lay_drafted",
    "migrate",
    "missing_logins",
    "prepare_roles",
    "remake_login",
    "resume",
    "suspend",
]
