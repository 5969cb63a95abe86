"""Keep a request's customer where all threads find it: the check of threads goes red.

By itself in a module: the copy it works on is there until its last test.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings

from customers.inside import tenant_connection
from customers.models import PortalCustomer
from servicedesk import middleware, zones
from tests.isolation.mixing import THREADS, Visitor, check_customers_are_never_mixed
from tests.isolation.requests import Server


@pytest.mark.real_logins
def test_a_customer_kept_for_all_threads_is_told(
    mixed_server: Server, visitors: list[Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The customer of a request is kept in one place for the process, not in its thread."""
    kept: dict[str, Any] = {}
    route = vars(middleware.ZoneMiddleware)["_open_portal"]

    def open_for_all(self: Any, request: Any, host: str) -> bool:
        known = bool(route(self, request, host))
        kept["customer"] = request.customer.pk, tenant_connection().schema_name
        time.sleep(0.002)  # another thread's turn
        customer_id, schema_name = kept["customer"]
        zones.use(zones.customer_zone(customer_id))
        tenant_connection().set_tenant(middleware.Schema(customer_id, schema_name))
        request.customer = PortalCustomer.objects.get()
        return known

    with ThreadPoolExecutor(THREADS) as pool:
        ask = (mixed_server, [one for one in visitors if one.host != settings.DESK_HOST], pool)
        check_customers_are_never_mixed(*ask, requests=160, seed=1)
        monkeypatch.setattr(middleware.ZoneMiddleware, "_open_portal", open_for_all)
        try:
            with pytest.raises(AssertionError, match="told"):
                check_customers_are_never_mixed(*ask, requests=160, seed=1)
        finally:
            list(pool.map(lambda _: zones.driver().forget(), range(THREADS * 4)))
