"""What a line of a grants manifest says."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Grant:
    """What the customer's own login and the desk may do with one table; empty means nothing."""

    customer: str
    desk: str
