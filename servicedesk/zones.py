"""Zones: which database login this thread works as.

A zone is entered before any query of a request and left when the request, with its streamed body,
is over: on `request_started` and `request_finished`, not in a middleware's `finally`, because a
streamed body runs later. Changing the zone inside a transaction raises. Fail-closed: a thread that
has entered nothing holds the process's base login; the web's is the router's and reads no table.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import cache
from typing import Protocol, cast

from asgiref.local import Local
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import connections
from django.utils.module_loading import import_string

from customers.inside import tenant_connection
from customers.roles import DESK, OWNER, ROUTER, customer_zone
from servicedesk.database.base import DatabaseWrapper
from servicedesk.operating import counting

__all__ = ["DESK", "OWNER", "ROUTER", "ZoneError", "customer_zone", "driver", "leave", "use"]


class ZoneError(RuntimeError):
    """The login was to change while a transaction is open; finish the transaction first."""


class Driver(Protocol):
    """How a zone is entered: with real logins, or in fast tests on one rolled-back connection."""

    def current(self) -> str:
        """The zone this thread is in."""

    def enter(self, zone: str) -> None:
        """Make the default connection the zone's."""

    def abandon(self) -> None:
        """Throw the current connection away with its open transaction."""

    def forget(self) -> None:
        """Close what this thread has parked."""


_thread = Local(thread_critical=True)


class RealLogins:
    """One connection for each login, parked per thread; customers' beyond a few are closed."""

    def current(self) -> str:
        return str(_default().zone)

    def enter(self, zone: str) -> None:
        current, parked = _default(), self._parked()
        parked.setdefault(self.current(), current)
        if self.current() == zone:
            return
        if current.in_atomic_block:
            raise ZoneError(f"still in a transaction of {self.current()}, not entering {zone}")
        if zone in parked:
            parked.move_to_end(zone)
            parked[zone].close_if_unusable_or_obsolete()
        else:
            parked[zone] = _connection_of(zone)
            self._close_beyond(zone)
        connections["default"] = parked[zone]
        counting.count_zone(zone)

    def abandon(self) -> None:
        """Close the current connection, whatever it is in the middle of, and start afresh."""
        current, parked = _default(), self._parked()
        parked.pop(self.current(), None)
        current.close()
        connections["default"] = _connection_of(settings.BASE_ZONE)

    def forget(self) -> None:
        for wrapper in self._parked().values():
            wrapper.close()
        _thread.parked = OrderedDict()
        connections["default"] = _connection_of(settings.BASE_ZONE)

    def _parked(self) -> OrderedDict[str, DatabaseWrapper]:
        if not hasattr(_thread, "parked"):
            _thread.parked = OrderedDict()
        return cast("OrderedDict[str, DatabaseWrapper]", _thread.parked)

    def _close_beyond(self, kept: str) -> None:
        parked = self._parked()
        customers = [zone for zone in parked if zone not in (ROUTER, DESK, OWNER, kept)]
        for zone in customers[: max(0, len(customers) + 1 - settings.PARKED_LOGINS)]:
            parked.pop(zone).close()


def _default() -> DatabaseWrapper:
    return cast(DatabaseWrapper, connections["default"])


def _connection_of(zone: str) -> DatabaseWrapper:
    wrapper = cast(DatabaseWrapper, connections.create_connection("default"))
    wrapper.zone = zone
    return wrapper


@cache
def _chosen_driver(path: str) -> Driver:
    return cast(Driver, import_string(path)())


def driver() -> Driver:
    """The driver in force (``ZONE_DRIVER``); tests swap it."""
    return _chosen_driver(settings.ZONE_DRIVER)


def use(zone: str) -> None:
    """Work as that login from here on, in public until a customer is set. Raises ZoneError."""
    driver().enter(zone)
    tenant_connection().set_schema_to_public()


def leave(**_signal: object) -> None:
    """Go back to the login this process started with, outside any customer's schema.

    A transaction that is still open here belongs to a request that is over: it is thrown away with
    its connection.
    """
    try:
        use(settings.BASE_ZONE)
    except ZoneError:
        driver().abandon()
        use(settings.BASE_ZONE)


request_started.connect(leave, dispatch_uid="zone-left-before-request")
request_finished.connect(leave, dispatch_uid="zone-left-after-request")
