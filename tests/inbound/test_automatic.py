"""What no person sent is known for that; what a person wrote never is taken for it."""

from __future__ import annotations

import pytest

from tests.inbound.letters import mail, with_parts
from tickets.inbound.automatic import Sort
from tickets.inbound.reading import read

REPORT = (
    b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.test\r\n\r\n"
    b"Final-Recipient: rfc822; Gone@acme.test\r\nAction: failed\r\nStatus: 5.1.1\r\n"
    b"Diagnostic-Code: smtp; 550 no such user\r\n"
)
OURS = b"Content-Type: message/rfc822\r\n\r\nMessage-ID: <key@desk.example>\r\n\r\nHello\r\n"
SAID = b"Content-Type: text/plain\r\n\r\nIt could not be delivered."


def test_a_delivery_report_names_whom_which_mail_and_why() -> None:
    letter = read(with_parts(SAID, REPORT, OURS, kind="report", From="MAILER-DAEMON@mx.test"))

    assert letter.kept.sort == Sort.BOUNCE
    (bounce,) = letter.bounces
    assert (bounce.address, bounce.status) == ("gone@acme.test", "5.1.1")
    assert (bounce.message_id, bounce.is_lasting) == ("key@desk.example", True)
    assert "no such user" in bounce.reason


def test_a_delay_is_no_bounce() -> None:
    late = REPORT.replace(b"failed", b"delayed").replace(b"5.1.1", b"4.4.1")
    letter = read(with_parts(SAID, late, kind="report"))

    assert (letter.kept.sort, letter.bounces[0].is_lasting) == (Sort.DELAYED, False)


@pytest.mark.parametrize(
    ("headers", "sort"),
    [
        ({"Auto_Submitted": "auto-replied"}, Sort.AWAY),
        ({"Auto_Submitted": "auto-generated"}, Sort.AUTOMATIC),
        ({"X_Autoreply": "yes"}, Sort.AUTOMATIC),
        ({"Subject": "Out of Office: back on Monday"}, Sort.AWAY),
        ({"Subject": "自动回复：我在休假"}, Sort.AWAY),
        ({"Subject": "Abwesenheitsnotiz", "X_Auto_Response_Suppress": "All"}, Sort.AWAY),
        ({"From": "MAILER-DAEMON@x.test", "Subject": "Undelivered mail"}, Sort.BOUNCE),
        ({"From": "postmaster@x.test", "Subject": "来自postmaster@x.test的退信"}, Sort.BOUNCE),
        ({"Return_Path": "<>", "Subject": "Returned mail: see transcript"}, Sort.BOUNCE),
        ({"List_Id": "<users.lists.test>"}, Sort.LIST),
        ({"Precedence": "bulk"}, Sort.LIST),
    ],
)
def test_what_a_mail_says_of_itself_is_believed(headers: dict[str, str], sort: Sort) -> None:
    letter = read(mail(**headers))

    assert letter.kept.sort == sort
    assert letter.kept.why
    assert letter.is_a_persons is (sort == Sort.LIST)


@pytest.mark.parametrize(
    "headers",
    [
        {"Subject": "Re: mail delivery failed, what now?"},
        {"Auto_Submitted": "no"},
        {"Subject": "Our office is out of paper"},
        {"From": "Rooting <root.canal@dentist.test>", "Subject": "Appointment"},
        {"Subject": "退信了，怎么办？"},
        {"X_Auto_Response_Suppress": "All"},
        {"X_Servicedesk": "f" * 32},
    ],
)
def test_people_who_write_of_such_things_are_people(headers: dict[str, str]) -> None:
    assert read(mail(**headers)).kept.sort == Sort.PERSON
