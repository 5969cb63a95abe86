"""Signing in by a one-time code, as the customer's own login."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from accounts.limits import TooManyTries
from customers.inside import schema_of
from customers.models import Customer
from desk.models import OutboxItem
from servicedesk import zones
from tests.cast import NINE, minutes
from tests.doors import Inside, Kicks
from tickets import operations
from tickets.codes import digits
from tickets.models import Contact, SignInCode

IP = "192.0.2.7"
A_MINUTE = minutes(1)


@contextmanager
def portal_of(customer: Customer) -> Iterator[None]:
    zones.use(zones.customer_zone(customer.pk))
    with schema_of(customer):
        yield


def asked(email: str = "uma@acme.test") -> UUID:
    return operations.ask_for_code(email=email, ip=IP, now=NINE)


def right(code: UUID, customer: Customer) -> str:
    return digits(schema=str(customer.schema_name), code_id=code)


def signed_in(code: UUID, typed: str, after: timedelta = A_MINUTE) -> Contact:
    return operations.sign_in(code_id=code, typed=typed, ip=IP, now=NINE + after)


def test_uma_signs_in_with_the_code_that_was_mailed(as_acme: Customer, uma: Contact) -> None:
    code = asked(" UMA@acme.test ")

    typed = right(code, as_acme)
    assert signed_in(code, f"{typed[:3]} {typed[3:]}") == uma


def test_the_mail_is_put_out_by_a_trigger_and_holds_no_digits(
    as_acme: Customer, uma: Contact, inside_acme: Inside
) -> None:
    code = asked()

    with inside_acme() as acme:
        item = OutboxItem.objects.get(customer=acme)
        assert (item.kind, item.row, item.contact_id) == ("sign_in_code", str(code), uma.pk)
        assert right(code, acme) not in str(vars(item))


def test_a_stranger_gets_the_same_answer_and_no_code(as_acme: Customer) -> None:
    code = asked("nobody@acme.test")

    assert isinstance(code, UUID)
    assert not SignInCode.objects.exists()
    with pytest.raises(operations.WrongCode):
        signed_in(code, "123456")


@pytest.mark.parametrize("email", ["uma@acme.test", "nobody@acme.test"])
def test_the_outbox_is_kicked_whether_the_address_is_known_or_not(
    email: str, as_acme: Customer, kicks: Kicks, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        asked(email)

    assert kicks == [("tickets.tasks.drain_outbox", {})]


def test_a_code_works_once(as_acme: Customer) -> None:
    code = asked()
    signed_in(code, right(code, as_acme))

    with pytest.raises(operations.WrongCode):
        signed_in(code, right(code, as_acme))


def test_a_code_is_too_old_after_ten_minutes(as_acme: Customer) -> None:
    code = asked()

    with pytest.raises(operations.WrongCode):
        signed_in(code, right(code, as_acme), after=minutes(10))


def test_after_five_wrong_tries_the_right_code_is_worth_nothing(as_acme: Customer) -> None:
    code = asked()
    wrong = "000000" if right(code, as_acme) != "000000" else "111111"
    for _ in range(5):
        with pytest.raises(operations.WrongCode):
            signed_in(code, wrong)

    with pytest.raises(operations.WrongCode):
        signed_in(code, right(code, as_acme))


def test_the_sixth_code_within_a_quarter_of_an_hour_is_refused_and_says_until_when(
    as_acme: Customer,
) -> None:
    for _ in range(5):
        asked("nobody@acme.test")

    with pytest.raises(TooManyTries) as refused:
        asked("nobody@acme.test")

    assert refused.value.free_at == NINE + minutes(15)


def test_someone_who_left_does_not_get_in(as_acme: Customer, inside_acme: Inside) -> None:
    code = asked()
    with inside_acme():
        Contact.objects.filter(email="uma@acme.test").update(is_active=False)
    with portal_of(as_acme), pytest.raises(operations.WrongCode):
        signed_in(code, right(code, as_acme))


def test_a_code_of_acme_is_worth_nothing_at_globex(acme: Customer, globex: Customer) -> None:
    with portal_of(acme):
        code = asked()
    typed = right(code, acme)
    assert typed != right(code, globex)

    with portal_of(globex), pytest.raises(operations.WrongCode):
        signed_in(code, typed)


def test_who_signs_in_again_and_again_uses_nothing_up(as_acme: Customer, uma: Contact) -> None:
    for _ in range(12):
        code = asked()
        assert signed_in(code, right(code, as_acme)) == uma
