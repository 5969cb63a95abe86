"""The follow-ups' part of the grants manifest; it has no tables yet."""

from customers.grants import Grant

GRANTS: dict[str, Grant] = {}
