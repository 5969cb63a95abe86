"""How and when customers are asked: set up in the admin, each change written down."""

from typing import Any

import pytest
from django.forms import inlineformset_factory, model_to_dict
from django.test import Client
from django.utils import timezone

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from customers.roles import DESK, OWNER
from desk.callback_forms import CallbackPlanForm
from desk.models import (
    Blackout,
    CallbackPlan,
    CallbackSkip,
    Due,
    Question,
    Questionnaire,
    RescueCause,
    Topic,
)
from desk.questionnaire_forms import QuestionForm, QuestionFormSet
from followups.operations.asking import Whose, ask
from servicedesk import zones
from tests.admin.conftest import ConsoleClient
from tests.admin.pages import events, problems, said, send
from tests.cast import NINE
from tickets.models import Contact


@pytest.fixture
def carls(console: ConsoleClient, carl: User) -> Client:
    return console(carl)


def plan_page(kind: str) -> str:
    return f"/desk/callbackplan/{CallbackPlan.objects.get(kind=kind).pk}/change/"


def test_saving_pausing_and_resuming_a_plan_sets_what_is_due(
    carls: Client, acme: Customer, globex: Customer
) -> None:
    page, plan = plan_page("periodic"), CallbackPlan.objects.get(kind="periodic")
    assert send(carls, page, spread_days="20").status_code == 302
    zones.use(OWNER)
    due = Due.objects.filter(kind="survey", row_id=plan.pk)
    assert due.count() == 2
    assert send(carls, page, customers=[str(acme.pk)]).status_code == 302
    zones.use(OWNER)
    assert [row.customer for row in due] == [acme]
    chosen = {"_selected_action": [str(plan.pk)], "index": "0"}
    for action, rows in (("pause", 0), ("resume", 1)):
        carls.post("/desk/callbackplan/", {"action": action, **chosen})
        zones.use(OWNER)
        assert due.all().count() == rows
    what = [one.action for one in events(model="desk.callbackplan")]
    assert what == ["changed", "changed", "paused", "continued"]


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"every_months": "5"}, "a period divides a year"),
        ({"spread_days": "29"}, "Between 1 and 28 days."),
        ({"lasts_days": "0"}, "Between 1 and 90 days."),
        ({"remind_days": "14"}, "It is over by then"),
        ({"roles": ["janitor"]}, "janitor is not one of the available choices"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_with_words(
    db: None, typed: dict[str, str], problem: str
) -> None:
    plan = CallbackPlan.objects.get(kind="periodic")
    form = CallbackPlanForm({**model_to_dict(plan), **typed}, instance=plan)
    assert problem in str(form.errors)
    assert len(form.errors) == 1


def test_what_was_asked_with_is_copied_and_its_plans_move(
    carls: Client, acme: Customer, uma: Contact
) -> None:
    plan = CallbackPlan.objects.get(kind="resolved")
    old = plan.questionnaire
    page = f"/desk/questionnaire/{old.pk}/change/"
    assert "questions-0-text_en" in said(carls.get(page))
    zones.use(DESK)
    with schema_of(acme):
        ask(customer=acme, plan=plan, contact=uma, period="x", whose=Whose(), now=NINE)
    assert "questions-0-text_en" not in said(carls.get(page))
    action = {"action": "new_version", "_selected_action": [str(old.pk)], "index": "0"}
    made = carls.post("/desk/questionnaire/", action)
    response = send(carls, made["Location"], **{"questions-0-text_en": "How was it?"})
    assert response.status_code == 302, problems(response)
    zones.use(OWNER)
    plan.refresh_from_db()
    assert (plan.questionnaire.key, plan.questionnaire.version) == (old.key, 2)
    texts = Question.objects.filter(position=0, questionnaire__key=old.key).order_by("pk")
    assert [one.text_en for one in texts] == ["How satisfied are you with how we helped?",
                                              "How was it?"]  # fmt: skip
    assert [one.action for one in events(model="desk.questionnaire")] == ["added", "changed"]


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"0-low_at": "5"}, "Between 1 and 4"),
        ({"0-highest": "1"}, "The highest score must lie above the lowest."),
        ({"2-lowest": "1"}, "Free words have no scale"),
        ({"1-key": "service"}, "Two questions have the key “service”"),
        ({"1-kind": "text", "1-lowest": "", "1-highest": "", "1-low_at": ""}, "one place for free"),
        ({"1-kind": "choice", "1-choices": "1 yes"}, "write a number, and its name"),
        ({"1-kind": "choice", "1-choices": "1 | Yes | 是"}, "Name each number from 1 to 7"),
        ({"0-lowest": "", "0-highest": "", "0-low_at": ""}, ""),
        ({"0-DELETE": "on", "1-DELETE": "on", "2-DELETE": "on"}, "asks at least one question"),
    ],
)
def test_a_question_that_cannot_be_is_refused_with_words(
    db: None, typed: dict[str, str], problem: str
) -> None:
    asked = Questionnaire.objects.get(key="after-ticket")
    formset = inlineformset_factory(
        Questionnaire, Question, form=QuestionForm, formset=QuestionFormSet, extra=0
    )
    shown = formset(instance=asked, prefix="q")
    sent = {f"q-{name}": value for name, value in typed.items()}
    filled = formset(data={**_typed(shown), **sent}, instance=asked, prefix="q")
    said = f"{filled.errors} {filled.non_form_errors()}"
    assert filled.is_valid() == (not problem), said
    assert problem in said


def _typed(formset: Any) -> dict[str, Any]:
    """What a browser would send of these forms as they stand."""
    fields = [form[name] for form in [formset.management_form, *formset] for name in form.fields]
    return {
        field.html_name: "" if field.value() is None else field.value()
        for field in fields
        if not field.html_name.endswith("DELETE")
    }


def test_days_without_callbacks_skips_topics_and_causes(
    console: ConsoleClient, carl: User, mei: User, acme: Customer
) -> None:
    carls, meis, today = console(carl), console(mei), timezone.now().date()
    response = send(
        carls, "/desk/blackout/add/", first_on="2026-10-07", last_on="2026-10-01", reason="Week"
    )
    assert "The last day is before the first." in said(response)
    send(carls, "/desk/blackout/add/", first_on="2026-10-01", last_on="2026-10-07", reason="Week")
    send(carls, "/desk/callbackskip/add/", customer=str(acme.pk), until=str(today), reason="Merger")
    send(carls, "/desk/topic/add/", name="Colours", words="red\n 红 \nred")
    send(meis, "/desk/rescuecause/add/", name="Weather", position="1")
    assert carls.get("/desk/rescuecause/add/").status_code == 403
    zones.use(OWNER)
    assert Blackout.objects.get().reason == "Week"
    assert CallbackSkip.objects.get().by == carl
    assert Topic.objects.get(name="Colours").words == ["red", "红"]
    assert RescueCause.objects.filter(name="Weather").exists()
    for model in ("callbackskip", "duty", "topic", "blackout", "questionnaire", "rescuecause"):
        assert carls.get(f"/desk/{model}/").status_code == 200
