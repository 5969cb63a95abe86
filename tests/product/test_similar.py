"""Tickets about the same are found over all customers one may serve, Chinese ones too."""

from accounts.models import User
from customers.models import Customer
from desk.models import SearchDocument
from product import likeness
from product.models import Meeting, MeetingItem
from product.operations.problems import make_problem
from product.operations.similar import clusters, similar
from tests.cast import NINE, make_staff, make_ticket
from tests.doors import Inside
from tickets import operations
from tickets.models import Contact, Ticket
from tickets.operations.replying import NO_WAIT
from tickets.operations.reporting import report


def asked(customer: Customer, subject: str, body: str) -> Ticket:
    requester = Contact.objects.order_by("pk").first()
    ticket = make_ticket(subject=subject, body=body, requester=requester)
    operations.judge(customer=customer, ticket_id=ticket.pk, now=NINE)
    return ticket


def test_the_same_trouble_of_another_customer_is_found_with_its_problem(
    inside_acme: Inside, inside_globex: Inside, ada: User
) -> None:
    with inside_globex() as globex:
        theirs = asked(globex, "导出月结报表卡在百分之九十九", "每次导出月结报表都停在99%不动。")
        asked(globex, "怎样添加新员工账号", "请问在哪里添加员工？")
        problem = make_problem(title="Monthly export stalls", by=ada, now=NINE)
        report(ticket=theirs, problem=problem, by=ada, now=NINE)
    with inside_acme() as acme:
        ours = asked(acme, "月结报表导出卡在99%", "导出月结报表一直卡在百分之九十九，不能下载。")

    found = similar(user=ada, customer_id=acme.pk, ticket_id=ours.pk)

    assert [(one.customer.code, one.number) for one in found] == [("globex", theirs.number)]
    assert found[0].problem == problem
    assert 0.15 < found[0].score < 1


def test_a_customer_one_may_not_serve_is_not_looked_at(
    inside_acme: Inside, inside_globex: Inside, ada: User
) -> None:
    from accounts.models import Team

    with inside_globex() as globex:
        asked(globex, "Export stalls at the last line", "The export stalls every time.")
        globex.team = Team.objects.create(name="East")
        globex.save(update_fields=["team"])
    with inside_acme() as acme:
        ours = asked(acme, "Export stalls at the last line", "It stalls.")
    kim = make_staff(name="Kim", email="kim@desk.test", serves_all=False, teams=[])

    assert len(similar(user=ada, customer_id=acme.pk, ticket_id=ours.pk)) == 1
    assert similar(user=kim, customer_id=acme.pk, ticket_id=ours.pk) == []


def test_what_we_said_ourselves_makes_nothing_alike(at_acme: Customer, ada: User) -> None:
    boiler = "Thank you for your patience, our engineers are looking into the matter at once."
    one = asked(at_acme, "Printer jams", "Paper sticks in tray two.")
    other = asked(at_acme, "Invoice has wrong tax", "Nineteen percent instead of seven.")
    for ticket in (one, other):
        operations.reply(ticket=ticket, by=ada, body=boiler, now=NINE, wait=NO_WAIT)
        operations.judge(customer=at_acme, ticket_id=ticket.pk, now=NINE)

    assert SearchDocument.objects.filter(lexemes__isnull=False).count() == 2
    assert similar(user=ada, customer_id=at_acme.pk, ticket_id=one.pk) == []


def test_lines_of_a_list_are_grouped_and_the_lonely_left_alone(
    at_acme: Customer, ada: User
) -> None:
    meeting = Meeting.objects.create(held_on=NINE.date(), opened_by=ada, opened_at=NINE)
    texts = [
        ("Export loses the last line", "The export of invoices loses its last line."),
        ("Last line missing in export", "Our export of invoices is missing the last line."),
        ("Colour of the logo", "May the logo be green?"),
    ]
    items = []
    for subject, body in texts:
        ticket = asked(at_acme, subject, body)
        items.append(
            MeetingItem.objects.create(
                meeting=meeting,
                why=MeetingItem.Why.UNSORTED,
                customer=at_acme,
                ticket_id=ticket.pk,
                number=ticket.number,
            )
        )

    found = clusters(items)

    assert [found[item.pk] for item in items] == [1, 1, 0]


def test_a_chain_of_near_likenesses_is_no_group() -> None:
    near = likeness.ALIKE + 0.05
    chain = {(0, 1): near, (1, 2): near, (2, 3): near}

    assert likeness.groups(4, chain) == [1, 1, 2, 2]
    assert likeness.groups(2, {(0, 1): likeness.ALIKE - 0.01}) == [0, 0]


def test_two_texts_that_share_a_rare_word_are_more_alike_than_by_a_common_one() -> None:
    common = [likeness.bag({"export": 1, f"word{n}": 1}, {}) for n in range(30)]
    rare = [likeness.bag({"export": 1, "voucher": 1}, {}) for _n in range(2)]
    pairs = likeness.alike(likeness.weighed([*common, *rare]))

    assert pairs[30, 31] > 0.9 > 0.3 > pairs.get((0, 1), 0.0)
