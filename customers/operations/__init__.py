from customers.operations.laying import (
    CodeTaken,
    ImpossibleCode,
    lay,
    migrate,
    resume,
    suspend,
)
from customers.operations.roles import missing_logins, prepare_roles, remake_login

__all__ = [
    "CodeTaken",
    "ImpossibleCode",
    "lay",
    "migrate",
    "missing_logins",
    "prepare_roles",
    "remake_login",
    "resume",
    "suspend",
]
