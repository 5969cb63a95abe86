"""A time zone that is none is refused before it is stored: every page would fail on it."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from customers.models import Customer
from tests.cast import PASSWORD

UNKNOWN = "--time-zone: there is no time zone Mars/Olympus; use a name such as Asia/Shanghai"


@pytest.mark.django_db
def test_no_customer_is_laid_in_a_zone_that_is_none() -> None:
    with pytest.raises(CommandError, match=UNKNOWN):
        call_command("create_customer", "initech", "Initech", "--time-zone", "Mars/Olympus")

    assert not Customer.objects.filter(code="initech").exists()


@pytest.mark.django_db
def test_no_member_of_staff_lives_in_a_zone_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICEDESK_PASSWORD", PASSWORD)
    with pytest.raises(CommandError, match=UNKNOWN):
        call_command("create_staff", "nia@desk.test", "Nia", "--time-zone", "Mars/Olympus")

    assert not User.objects.filter(email="nia@desk.test").exists()


@pytest.mark.django_db
def test_zones_that_are_there_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICEDESK_PASSWORD", PASSWORD)
    call_command("create_staff", "nia@desk.test", "Nia", "--time-zone", "Asia/Shanghai")

    assert User.objects.get(email="nia@desk.test").time_zone == "Asia/Shanghai"
