"""The audit log as a page, a row's history, and a file."""

from __future__ import annotations

import csv
import io

from accounts.csv_rows import plain
from accounts.models import AuditEvent, User
from accounts.operations import COMMAND_LINE, By, record
from customers.models import Customer, Plan
from tests.admin.conftest import ConsoleClient
from tests.admin.pages import agree, events, said
from tests.cast import NINE, days, minutes

LOG = "/accounts/auditevent/"


def _plan_is_renamed(by: User, new: str = "Gold", *, after: int = 0) -> None:
    record(
        action="changed",
        of=Plan.objects.get(code="standard"),
        changes={"name": ["Standard", new]},
        by=By(by, "192.0.2.7"),
        now=NINE + days(after),
    )


def test_it_says_who_when_from_where_and_what_newest_first(
    console: ConsoleClient, mei: User, carl: User, acme: Customer
) -> None:
    _plan_is_renamed(carl)
    words = said(console(mei).get(LOG))
    assert "Carl Moser" in words
    assert "<del>Standard</del> → <ins>Gold</ins>" in words
    assert words.index("Carl Moser") < words.index("command line"), "newest first"


def test_values_are_said_as_the_reader_says_them(
    console: ConsoleClient, mei: User, carl: User, acme: Customer
) -> None:
    record(
        action="changed",
        of=acme,
        changes={
            "stage": ["training", "live"],
            "language": ["en", "zh-hans"],
            "laid_at": [None, "2026-03-02T08:00:00+00:00"],
            "people": [2, 0],
        },
        by=By(carl),
        now=NINE,
    )
    User.objects.filter(pk=mei.pk).update(language="zh-hans", time_zone="Asia/Shanghai")
    words = said(console(mei).get(LOG))
    assert "客户阶段: <del>培训中</del> → <ins>已上线</ins>" in words
    assert "<del>英语</del> → <ins>简体中文</ins>" in words
    assert "<del>–</del> → <ins>2026年3月2日 16:00</ins>" in words
    assert "首批联系人: <del>2</del> → <ins>0</ins>" in words


def test_what_is_new_is_told_without_what_it_was_before(
    console: ConsoleClient, mei: User, acme: Customer
) -> None:
    words = said(console(mei).get(LOG, {"customer_code": "acme", "action": "added"}))
    assert "<ins>Acme</ins>" in words
    assert "<del>" not in words
    assert "<ins>–</ins>" not in words


def test_it_is_searched_by_who_what_and_which_and_filtered(
    console: ConsoleClient, mei: User, carl: User, oskar: User, acme: Customer
) -> None:
    _plan_is_renamed(carl)
    _plan_is_renamed(oskar, "Platinum", after=3)
    client = console(mei)
    assert "Platinum" not in said(client.get(LOG, {"q": "Carl"}))
    assert "Platinum" in said(client.get(LOG, {"q": "Oskar"}))
    assert "Gold" in said(client.get(LOG, {"q": "192.0.2.7"}))
    assert "Gold" not in said(client.get(LOG, {"model": "customers.customer"}))
    assert "Gold" not in said(client.get(LOG, {"action": "added"}))
    of_acme = said(client.get(LOG, {"customer_code": "acme"}))
    assert "Gold" not in of_acme
    assert "acme" in of_acme
    later = said(client.get(LOG, {"at_from": "2026-03-04"}))
    assert "Platinum" in later
    assert "Gold" not in later


def test_it_is_searched_by_customer_row_and_what_was_or_became(
    console: ConsoleClient, mei: User, carl: User, acme: Customer
) -> None:
    plan = Plan.objects.get(code="standard")
    _plan_is_renamed(carl, "金牌 100 %")
    client = console(mei)

    def found(word: str) -> list[str]:
        shown = client.get(LOG, {"q": word}).context["cl"].result_list
        return [event.name for event in shown]

    assert found("金牌") == ["Standard"], "what it became"
    assert found("Carl standard") == ["Standard"], "what it was"
    assert "Acme" in found("acme")
    assert found(f"{plan.pk} plan Carl") == ["Standard"]
    event = events(model="customers.plan", action="changed")[0]
    page = said(client.get(f"{LOG}{event.pk}/change/"))
    assert "<del>Standard</del> → <ins>金牌 100 %</ins>" in page
    assert f'href="/customers/plan/{plan.pk}/history/"' in page


def test_a_long_event_is_told_shortly_in_the_list_and_wholly_on_its_page(
    console: ConsoleClient, mei: User, acme: Customer
) -> None:
    client = console(mei)
    event = events(model="customers.customer", name="Acme")[0]
    words = said(client.get(LOG, {"q": "acme"}))
    assert f'href="{LOG}{event.pk}/change/">and ' in words
    assert "Brand colour" not in words
    assert "Brand colour" in said(client.get(f"{LOG}{event.pk}/change/"))


def test_the_file_has_what_the_filters_leave_and_no_formula(
    console: ConsoleClient, mei: User, carl: User, oskar: User
) -> None:
    _plan_is_renamed(carl, "=HYPERLINK(1)")
    _plan_is_renamed(oskar, "Platinum")
    response = console(mei).get(f"{LOG}csv/", {"q": "Carl"})
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["actor"] for row in rows] == ["Carl Moser"]
    assert rows[0]["new"].startswith("'=")
    assert plain(rows[0]["new"]) == "=HYPERLINK(1)"


def test_a_rows_history_is_its_events_and_no_others(
    console: ConsoleClient, carl: User, acme: Customer
) -> None:
    plan = Plan.objects.get(code="standard")
    _plan_is_renamed(carl)
    words = said(console(carl).get(f"/customers/plan/{plan.pk}/history/"))
    assert "Gold" in words
    assert "command line" not in words


def test_who_may_not_read_the_log_gets_neither_page_nor_file(
    console: ConsoleClient, carl: User
) -> None:
    client = console(carl)
    assert client.get(LOG).status_code == 403
    assert client.get(f"{LOG}csv/").status_code == 403


def test_nobody_changes_or_deletes_an_event(console: ConsoleClient, oskar: User) -> None:
    _plan_is_renamed(oskar)
    (event,) = events(actor=oskar)
    client = console(oskar)
    assert client.get(f"{LOG}{event.pk}/change/").status_code == 200
    assert client.post(f"{LOG}{event.pk}/change/", {"name": "x"}).status_code == 403
    assert client.post(f"{LOG}{event.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.post(f"{LOG}add/", {"name": "x"}).status_code == 403


def test_secrets_are_masked_and_times_are_utc(
    console: ConsoleClient, oskar: User, ada: User
) -> None:
    assert (
        agree(console(oskar), f"/accounts/user/{ada.pk}/change/", is_active=None).status_code == 302
    )
    (event,) = events(actor=oskar)
    assert event.changes["password"] == ["•", "•"]
    assert event.changes["is_active"] == [True, False]
    assert ada.password not in str(event.changes)


def test_the_command_line_is_nobody_in_particular(acme: Customer) -> None:
    (event,) = events(model="customers.customer", name="Acme")
    assert (event.actor_id, event.actor_name, event.from_address) == (None, "command line", None)
    assert (event.action, event.customer_code) == ("added", "acme")
    assert COMMAND_LINE.name == event.actor_name


def test_fifty_stand_on_a_page(console: ConsoleClient, mei: User) -> None:
    for n in range(60):
        record(
            action="changed",
            of=mei,
            changes={"name": [f"<{n}>", "b"]},
            by=By(mei),
            now=NINE + minutes(n),
        )
    page = said(console(mei).get(LOG))
    assert "&lt;59&gt;" in page
    assert "&lt;3&gt;" not in page
    assert "<59>" not in page
    assert f"{AuditEvent.objects.count()} entries" in page
