"""Names of time zones, as people and commands give them."""

from functools import cache
from zoneinfo import available_timezones


class UnknownTimeZone(ValueError):
    """There is no time zone of that name; use one of the IANA list, such as Asia/Shanghai."""


def known_time_zone(name: str) -> str:
    """The name, if there is such a zone. Raises UnknownTimeZone."""
    if not is_known(name):
        raise UnknownTimeZone(name)
    return name


def is_known(name: str) -> bool:
    """Whether there is a zone of that name."""
    return name in _known()


@cache
def time_zones() -> tuple[str, ...]:
    """Every zone a person may live in, by name."""
    return tuple(sorted(_known()))


@cache
def _known() -> frozenset[str]:
    """All names; looked up once, because the whole directory of zones is read for it: 40 ms."""
    return frozenset(available_timezones())
