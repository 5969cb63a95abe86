from accounts.operations.auditing import COMMAND_LINE, By, record
from accounts.operations.staffing import AddressTaken, WeakPassword, create_staff

__all__ = [
    "COMMAND_LINE",
    "AddressTaken",
    "By",
    "WeakPassword",
    "create_staff",
    "record",
]
