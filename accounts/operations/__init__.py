from accounts.operations.auditing import COMMAND_LINE, By, record
from accounts.operations.staffing import (
    AddressTaken,
    LastOperator,
    OwnRights,
    WeakPassword,
    amend_staff,
    create_staff,
    invite_staff,
    refuse_amends,
    set_password,
)

__all__ = [
    "COMMAND_LINE",
    "AddressTaken",
    "By",
    "LastOperator",
    "OwnRights",
    "WeakPassword",
    "amend_staff",
    "create_staff",
    "invite_staff",
    "record",
    "refuse_amends",
    "set_password",
]
