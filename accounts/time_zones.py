"""Names of time zones, as people and commands give them."""

from functools import cache
from zoneinfo import available_timezones


class UnknownTimeZone(ValueError):
    """There is no time zone of that name; use one of the IANA list, such as Asia/Shanghai."""


def known_time_zone(name: str) -> str:
    """The name, if there is such a zone. Raises UnknownTimeZone."""
    if name not in _names():
        raise UnknownTimeZone(name)
    return name


@cache
def _names() -> frozenset[str]:
    """All names; looked up once, because the whole directory of zones is read for it."""
    return frozenset(available_timezones())
