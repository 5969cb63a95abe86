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


@pytest.mark.real_logins
@pytest.mark.browser
def test_ada_and_uma_sign_in_by_a_browser(live_site: Site, browser: Any) -> None:
    desk, portal = browser.new_context(), browser.new_context()
    ada, uma = desk.new_page(), portal.new_page()

    live_site.sign_in_staff(ada, "ada@desk.test")
    live_site.sign_in_contact(uma, "uma@acme.test")

    assert "Acme" in uma.content()
    assert "/sign-in/" in uma.goto(live_site.portal("globex")).url
    desk.close()
    portal.close()
