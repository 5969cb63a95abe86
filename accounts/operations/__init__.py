from accounts.operations.staffing import AddressTaken, WeakPassword, create_staff

__all__ = ["AddressTaken", "WeakPassword", "create_staff"]
