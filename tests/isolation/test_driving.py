"""The product served by its own processes on a copy, with a browser in front of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.driving import Site


@pytest.mark.real_logins
@pytest.mark.browser
def test_the_desk_and_a_portal_answer_a_browser(live_site: Site, browser: Any) -> None:
    page = browser.new_page()
    for address in (live_site.desk, live_site.portal("acme")):
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, live_site.log("web")[-3000:]
    assert page.goto(live_site.portal("nobody")).status == 404
    page.close()
    assert live_site.processes["worker"].poll() is None
    assert "Traceback" not in live_site.log("worker"), live_site.log("worker")[-3000:]
