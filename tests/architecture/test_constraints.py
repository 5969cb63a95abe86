"""Every rule about a row is kept by PostgreSQL: each is broken here, and refuses by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.db import Error, connection, models, transaction

from accounts.models import ApiToken, AuditEvent, Remembered, Team, User
from customers.inside import schema_of
from customers.models import Customer, Domain, Opening, Rhythm, StageTask, Stay, ToDo
from desk.models import (
    AskItem,
    Blackout,
    BlockedSender,
    Calendar,
    CallbackItem,
    CallbackPlan,
    CallbackSkip,
    ClockItem,
    Closure,
    ContactItem,
    Department,
    Due,
    Duty,
    HolidayYear,
    IncomingMail,
    MailAddress,
    Mailbox,
    MailDomain,
    OutboxItem,
    Policy,
    Question,
    Questionnaire,
    QueueItem,
    Rate,
    RescueItem,
    ScoreItem,
    SearchDocument,
    ServiceReportItem,
    Step,
    Succession,
    Terms,
    TimeItem,
    VisitItem,
)
from desk.operations.policies import make_terms
from followups.models import (
    Answer,
    Callback,
    Notice,
    NoticeTicket,
    ReportDraft,
    ReportShare,
    Rescue,
    RescueAnswer,
    ServiceReport,
    Story,
    Visit,
    VisitPerson,
    VisitPicture,
)
from followups.models import Event as EventOfCallbacks
from product.models import (
    AgreedReach,
    Asker,
    Attendance,
    Event,
    Evidence,
    Exclusion,
    MeetingItem,
    NoticeItem,
    Problem,
    Reach,
    Release,
    ReleaseCustomer,
    ReleaseItem,
    ReportItem,
)
from servicedesk import zones
from tests.cast import NINE, days, make_ticket
from tests.isolation.canaries import plant
from tickets.models import (
    Alert,
    Ask,
    Attachment,
    Clock,
    Contact,
    ContactToken,
    Counter,
    Entry,
    Follower,
    Handling,
    InternalFile,
    Note,
    Origin,
    Pending,
    Promise,
    Report,
    SignInCode,
    Ticket,
    TimeSpent,
    Viewing,
)
from tickets.models import Remembered as RememberedOfContacts

OURS = ("accounts", "customers", "desk", "product", "tickets", "followups")
TRAIL = (
    "tickets_entry", "tickets_note", "tickets_viewing", "followups_answer", "followups_event",
    "followups_servicereport",
)  # fmt: skip
TEXT = {"kind": "text", "lowest": None, "highest": None, "low_at": None}


@dataclass(frozen=True)
class Break:
    """A change to an existing row (or to a copy of it) that the constraint must refuse."""

    name: str
    model: type[models.Model]
    change: dict[str, Any]
    is_copy: bool = False


def _no(name: str, model: type[models.Model], /, **change: Any) -> Break:
    return Break(name, model, change)


def _twice(name: str, model: type[models.Model], /, **change: Any) -> Break:
    return Break(name, model, change, is_copy=True)


BREAKS = [
    _no("team_has_a_name", Team, name=""),
    _twice("one_member_of_staff_per_address", User, email="ADA@desk.test"),
    _no("staff_have_a_name", User, name=""),
    _no("staff_have_a_known_role", User, role="boss"),
    _no("nobody_is_their_own_deputy", User, deputy=models.F("pk")),
    _no("nobody_succeeds_themselves", Succession, to_user=models.F("from_user")),
    _no("staff_come_back_after_they_left", User, away_until=NINE),
    _no("api_token_digest_is_sha256", ApiToken, digest="secret"),
    _no("api_token_expires_after_it_was_made", ApiToken, expires_at=NINE - days(1)),
    _twice("one_answer_per_caller_and_key", Remembered),
    _no("audit_event_says_what", AuditEvent, action=""),
    _no("opening_is_done_or_given_up_not_both", Opening, finished_at=NINE),
    _no("opening_given_up_says_why", Opening, problem=""),
    _no("customer_code_is_lower_case", Customer, code="ACME"),
    _no("customer_code_is_lower_case", Customer, code="-acme"),
    _no("customer_schema_is_generated", Customer, schema_name="public"),
    _no("customer_schema_is_generated", Customer, schema_name='c_1", "c_2'),
    _no("laid_customer_has_a_schema", Customer, schema_name=None),
    _no("customer_is_no_branch_of_itself", Customer, parent=models.F("pk")),
    _no("customer_brand_colour_is_hex", Customer, brand_colour="red"),
    _twice("one_primary_host_per_customer", Domain, host="other.localhost"),
    _no("host_is_lower_case_without_port", Domain, host="Acme.localhost"),
    _no("host_is_lower_case_without_port", Domain, host="acme.localhost:80"),
    _twice("one_due_row_per_thing", Due),
    _no("outbox_item_sent_has_a_time", OutboxItem, state="sent", sent_at=None),
    _no("outbox_item_sent_has_a_time", OutboxItem, state="new", sent_at=NINE),
    _no("outbox_item_is_of_a_customer_or_for_one_of_ours", OutboxItem, customer=None),
    _no("policy_targets_are_positive", Policy, first_response=0),
    _no("policy_targets_are_positive", Policy, next_response=0),
    _no("policy_targets_are_positive", Policy, real_answer=0),
    _no("policy_targets_are_positive", Policy, resolution=0),
    _no("policy_targets_are_positive", Policy, total_resolution=0),
    _no("policy_warns_within_its_target", Policy, soon=0),
    _no("policy_warns_within_its_target", Policy, soon=101),
    _twice("one_step_per_level_and_moment", Step),
    _no("step_is_within_the_target_or_after_it", Step, percent=0),
    _no("step_is_within_the_target_or_after_it", Step, percent=101),
    _no("step_is_within_the_target_or_after_it", Step, percent=50, delay=60),
    _twice("one_current_version_of_terms", Terms, digest="other"),
    _no("department_has_a_name", Department, name=""),
    _no("department_answers_in_some_time", Department, answers_within=0),
    _twice("one_ask_item_per_ask", AskItem),
    _twice("one_clock_item_per_clock", ClockItem),
    _no("closure_ends_after_it_begins", Closure, last_on=NINE.date() - days(1)),
    _no("closure_has_a_reason", Closure, reason=""),
    _twice("no_day_in_two_closures", Closure, last_on=NINE.date() + days(9)),
    _twice("one_year_of_holidays_per_country", HolidayYear),
    _twice("one_queue_item_per_ticket", QueueItem),
    _twice("one_search_document_per_ticket", SearchDocument),
    _no("problem_key_can_stand_in_an_address", Problem, key="a b"),
    _no("problem_key_can_stand_in_an_address", Problem, key="-a"),
    _no("problem_key_can_stand_in_an_address", Problem, key=""),
    _no("problem_has_a_title", Problem, title=""),
    _no("problem_has_a_known_class", Problem, kind="odd"),
    _no("merged_problem_says_into_which", Problem, state="merged"),
    _no("merged_problem_says_into_which", Problem, merged_into=models.F("pk")),
    _twice("one_agreed_reach_per_customer", AgreedReach),
    _twice("one_report_item_per_ticket_and_problem", ReportItem),
    _twice("one_asker_per_contact", Asker),
    _no("product_event_is_about_something", Event, problem=None, release=None, meeting=None),
    _no("product_event_names_its_field", Event, field=""),
    _no("release_key_can_stand_in_an_address", Release, key="a/b"),
    _no("release_has_a_name", Release, name=""),
    _no("live_release_says_since_when", Release, live_at=None),
    _no("live_release_says_since_when", Release, state="planned"),
    _no("scheduled_release_says_for_when", Release, state="scheduled", live_at=None),
    _twice("each_problem_once_in_a_release", ReleaseItem),
    _twice("each_customer_once_in_a_release", ReleaseCustomer),
    _twice("each_contact_excluded_once", Exclusion),
    _no("exclusion_has_a_reason", Exclusion, reason=""),
    _twice("one_reach_per_customer", Reach),
    _twice("one_notice_item_per_contact", NoticeItem, notice_id=0),
    _twice("one_notice_item_per_notice", NoticeItem, contact_id=0),
    _twice("each_person_once_at_a_meeting", Attendance),
    _twice("each_ticket_once_on_a_list", MeetingItem),
    _twice("each_problem_once_on_a_list", MeetingItem, customer=None, ticket_id=None, number=None),
    _no("meeting_item_is_about_something", MeetingItem, problem=None, ticket_id=None),
    _twice("one_contact_per_address", Contact, email="OLGA@acme.test"),
    _no("contact_has_a_name", Contact, name=""),
    _no("contact_has_a_known_role", Contact, role="boss"),
    _no("quiet_hours_begin_and_end", Contact, quiet_from="22:00"),
    _no("quiet_hours_begin_and_end", Contact, quiet_until="07:00"),
    _no("sign_in_code_is_tried_five_times_at_most", SignInCode, tries=6),
    _no("contact_token_digest_is_sha256", ContactToken, digest="secret"),
    _no("contact_token_expires_after_it_was_made", ContactToken, expires_at=NINE - days(1)),
    _twice("one_answer_per_contact_and_key", RememberedOfContacts),
    _no("ticket_has_a_subject", Ticket, subject=""),
    _no("ticket_has_a_known_kind", Ticket, kind="wish"),
    _no("ticket_has_a_known_state", Ticket, state="lost"),
    _no("settled_ticket_says_since_when", Ticket, state="resolved", settled_at=None),
    _no("settled_ticket_says_since_when", Ticket, state="closed", settled_at=None),
    _no("settled_ticket_says_since_when", Ticket, state="open", settled_at=NINE),
    _no("counter_is_one_row", Counter, id=2),
    _no("handling_due_has_a_kind", Handling, next_due_at=NINE, next_due_kind=""),
    _no("handling_due_has_a_kind", Handling, next_due_at=None, next_due_kind="real_answer"),
    _no("handling_has_a_known_priority", Handling, priority="soon"),
    _twice("one_ticket_per_origin", Origin, ticket_id="another"),
    _twice("one_entry_per_place", Entry),
    _no("entry_has_a_known_author_kind", Entry, author_kind="robot"),
    _no("entry_of_a_contact_names_the_contact", Entry, author_kind="contact", contact=None),
    _no("correction_says_what_it_corrects", Entry, kind="correction", corrects=None),
    _no("correction_says_what_it_corrects", Entry, kind="reply", corrects=models.F("pk")),
    _twice("one_note_per_place", Note),
    _no("event_names_its_field", Note, kind="event", field=""),
    _no("event_names_its_field", Note, kind="rumour"),
    _no("pending_is_sent_or_undone_not_both", Pending, undone_at=NINE),
    _no("pending_sent_has_its_entry", Pending, sent_at=None),
    _no("pending_sent_has_its_entry", Pending, entry=None),
    _no("pending_promise_has_a_reason", Pending, promise_reason=""),
    _no("promise_has_a_reason", Promise, reason=""),
    _no("promise_is_for_later", Promise, due_at=models.F("given_at")),
    _no("promise_ends_with_an_outcome", Promise, outcome="broken"),
    _no("promise_ends_with_an_outcome", Promise, ended_at=NINE),
    _no("promise_kept_says_when", Promise, outcome="kept", ended_at=NINE),
    _twice("one_open_promise_per_ticket", Promise),
    _twice("one_clock_per_kind_and_start", Clock),
    _no("clock_has_a_known_kind", Clock, kind="lunch"),
    _no("clock_that_ended_says_when", Clock, stands="met"),
    _no("clock_that_ended_says_when", Clock, ended_at=NINE),
    _no("clock_that_ended_says_when", Clock, stands="asleep"),
    _twice("each_step_of_the_ladder_once", Alert),
    _no("ask_answered_has_its_answer", Ask, answered_at=NINE),
    _no("ask_answered_has_its_answer", Ask, answer="a note"),
    _no(
        "ask_is_answered_or_withdrawn_not_both",
        Ask,
        answer="a note",
        answered_at=NINE,
        withdrawn_at=NINE,
    ),
    _no("attachment_name_is_128_bits", Attachment, name="../../etc/passwd"),
    _no("attachment_name_is_128_bits", Attachment, name="a" * 31),
    _no("internal_file_name_is_128_bits", InternalFile, name="A" * 32),
    _no("internal_file_has_one_home", InternalFile, note=None, pending=None),
    _no("internal_file_has_one_home", InternalFile, pending="any"),
    _twice("each_problem_once_at_a_ticket", Report),
    _twice("one_notice_per_release_and_contact", Notice),
    _no("notice_answered_says_when", Notice, answer=""),
    _no("notice_answered_says_when", Notice, answered_at=None),
    _twice("each_ticket_once_in_a_notice", NoticeTicket),
    _twice("one_questionnaire_per_version", Questionnaire),
    _twice("each_question_once_in_a_questionnaire", Question),
    _twice("one_place_for_free_words", Question, key="more", **TEXT),
    _no("question_has_a_scale_unless_it_asks_for_words", Question, kind="text"),
    _no("question_has_a_scale_unless_it_asks_for_words", Question, lowest=None, low_at=None),
    _no("question_has_a_scale_unless_it_asks_for_words", Question, highest=None, low_at=None),
    _no("question_has_a_scale_unless_it_asks_for_words", Question, lowest=5, low_at=None),
    _no("low_score_lies_on_the_scale", Question, low_at=0),
    _no("low_score_lies_on_the_scale", Question, low_at=5),
    _no("low_score_lies_on_the_scale", Question, **(TEXT | {"low_at": 2})),
    _no("period_divides_a_year", CallbackPlan, every_months=5),
    _no("callback_can_be_answered", CallbackPlan, lasts_days=0),
    _no("periodic_callbacks_fit_their_period", CallbackPlan, spread_days=29),
    _no("blackout_ends_after_it_begins", Blackout, last_on=NINE.date() - days(1)),
    _no("blackout_has_a_reason", Blackout, reason=""),
    _twice("each_blackout_once", Blackout),
    _no("skip_has_a_reason", CallbackSkip, reason=""),
    _twice("each_skip_once", CallbackSkip),
    _no("duty_ends_after_it_begins", Duty, since=NINE.date(), until=NINE.date() - days(1)),
    _twice("one_callback_item_per_callback", CallbackItem),
    _twice("one_score_per_question", ScoreItem),
    _twice("one_rescue_item_per_rescue", RescueItem),
    _twice("asked_once_per_plan_person_and_period", Callback),
    _no("callback_names_its_period", Callback, period=""),
    _no("answer_is_somebodys", Answer, staff_id=1),
    _twice("one_open_rescue_of_a_customer", Rescue),
    _no("closed_rescue_says_since_when", Rescue, closed_at=NINE),
    _no("closed_rescue_says_since_when", Rescue, state="closed"),
    _no("rescue_asked_again_says_what_was_done", Rescue, state="asked", cause=None),
    _no("rescue_asked_again_says_what_was_done", Rescue, state="asked", action=""),
    _no("rescue_asked_again_says_what_was_done", Rescue, state="asked", told=""),
    _twice("each_callback_once_in_a_rescue", RescueAnswer),
    _no("event_is_of_a_callback_or_a_rescue", EventOfCallbacks, callback=None, rescue=None),
    _twice("each_answer_once_for_a_request", Evidence),
    _no("stage_task_has_a_name", StageTask, name=""),
    _twice("one_open_stay_per_customer", Stay),
    _no("stay_ends_after_it_began", Stay, ended_at=NINE - days(1)),
    _twice("each_line_once_in_a_stay", ToDo),
    _no("to_do_has_a_name", ToDo, name=""),
    _no("to_do_is_done_or_left_out_not_both", ToDo, skipped_at=NINE),
    _no("to_do_left_out_says_why", ToDo, done_at=None, skipped_at=NINE, words=""),
    _no("rhythm_is_a_week_at_least", Rhythm, every_days=6),
    _no("rhythm_has_a_name", Rhythm, name=""),
    _twice("one_rate_per_role_and_day", Rate),
    _no("mailbox_moves_into_a_folder", Mailbox, afterwards="move"),
    _no("address_is_in_lower_case", MailAddress, address="Help@desk.example"),
    _no("domain_is_in_lower_case", MailDomain, domain="Desk.example"),
    _twice("one_contact_item_per_contact", ContactItem),
    _no("blocked_sender_is_in_lower_case", BlockedSender, sender="Eve@example.org"),
    _no("mail_that_is_done_has_an_outcome_and_a_reason", IncomingMail, reason=""),
    _no("mail_of_nobody_is_kept_here", IncomingMail, raw=b"words"),
    _no("mail_at_a_ticket_names_the_customer", IncomingMail, customer=None, raw=b"words"),
    _no("mail_that_a_person_refused_is_settled", IncomingMail, refusal="spam"),
    _twice("follows_a_ticket_once", Follower),
    _no("rate_is_not_negative", Rate, per_hour=-1),
    _twice("one_time_item_per_row", TimeItem),
    _twice("one_visit_item_per_visit", VisitItem),
    _twice("one_report_item_per_month", ServiceReportItem),
    _no("time_spent_is_a_day_at_most", TimeSpent, minutes=0),
    _no("time_spent_is_a_day_at_most", TimeSpent, minutes=1441),
    _twice("one_suggested_time_per_person_and_ticket", TimeSpent),
    _no("viewing_has_a_reason", Viewing, reason=""),
    _no("viewing_is_over_after_it_began", Viewing, expires_at=NINE),
    _no("visit_is_held_or_called_off_not_both", Visit, held_at=NINE, called_off_at=NINE, why="ill"),
    _no("visit_called_off_says_why", Visit, called_off_at=NINE),
    _twice("one_open_visit_per_rhythm", Visit),
    _twice("each_person_once_at_a_visit", VisitPerson),
    _no("visit_picture_name_is_128_bits", VisitPicture, name="a" * 31),
    _no("story_is_of_a_first_of_a_month", Story, month=NINE.date().replace(day=2)),
    _no("picked_story_says_what_it_brought", Story, value=""),
    _twice("one_story_per_ticket_and_month", Story),
    _no("report_draft_is_of_a_first_of_a_month", ReportDraft, month=NINE.date().replace(day=2)),
    _no("report_is_reviewed_before_it_is_published", ReportDraft, reviewed_at=None),
    _no("service_report_is_of_a_first_of_a_month", ServiceReport, month=NINE.date().replace(day=2)),
    _no("share_ends_after_it_began", ReportShare, expires_at=NINE),
]


@pytest.fixture
def planted(acme: Customer) -> Customer:
    """A row of everything at Acme; the owner has put the guards of the trail aside."""
    Team.objects.create(name="North")
    calendar = Calendar.objects.get(name="Weekdays")
    today = {"first_on": NINE.date(), "last_on": NINE.date()}
    Closure.objects.create(calendar=calendar, reason="Moving", **today)
    HolidayYear.objects.create(country="CN", year=2027, days={}, imported_at=NINE)
    make_terms(policy=Policy.objects.earliest("pk"), calendar=calendar, now=NINE)
    plant(acme)
    with schema_of(acme):
        make_ticket(subject="Another")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in TRAIL:
            cursor.execute(f"ALTER TABLE {acme.schema_name}.{table} DISABLE TRIGGER USER")
        for table in ("accounts_auditevent", "product_event"):
            cursor.execute(f"ALTER TABLE public.{table} DISABLE TRIGGER USER")
    zones.use(zones.OWNER)
    return acme


def test_a_broken_rule_is_refused_by_its_name(planted: Customer) -> None:
    with schema_of(planted):
        refusals = [(attempt, _refusal(attempt)) for attempt in BREAKS]

    assert [f"{one}: {by}" for one, by in refusals if by != one.name] == []


def _refusal(attempt: Break) -> str | None:
    """The constraint that refuses it, None when nothing does; whichever, nothing is left of it."""
    row = attempt.model._default_manager.earliest("pk")
    change = {field: _meant(word) for field, word in attempt.change.items()}
    try:
        with transaction.atomic():
            _apply(row, change, is_copy=attempt.is_copy)
            transaction.set_rollback(True)
    except Error as refusal:
        cause: Any = refusal.__cause__
        return str(cause.diag.constraint_name)
    return None


def _meant(word: Any) -> Any:
    if word == "another":
        return Ticket.objects.latest("pk").pk
    if word == "a note":
        return Note.objects.latest("pk")
    return Pending.objects.earliest("pk") if word == "any" else word


def _apply(row: models.Model, change: dict[str, Any], *, is_copy: bool) -> None:
    if not is_copy:
        type(row)._default_manager.filter(pk=row.pk).update(**change)
        return
    row.pk = None
    row._state.adding = True
    for field, word in change.items():
        setattr(row, field, word)
    row.save(force_insert=True)


def test_every_constraint_is_broken_here() -> None:
    named = {
        constraint.name
        for model in apps.get_models()
        if model._meta.app_label in OURS
        for constraint in model._meta.constraints
    }
    assert named == {attempt.name for attempt in BREAKS}


def test_constraints_are_named_as_sentences() -> None:
    for model in apps.get_models():
        if model._meta.app_label in OURS:
            for constraint in model._meta.constraints:
                assert len(constraint.name.split("_")) >= 3, constraint.name


@pytest.mark.parametrize(
    "change",
    [
        {"is_active": False},
        {"kind": "fault"},
        {"priority": "urgent"},
        {"channel": "phone"},
        {"for_vip": True},
        None,
    ],
    ids=str,
)
def test_a_default_policy_stays(planted: Customer, change: dict[str, Any] | None) -> None:
    """Whatever would leave no active policy without conditions is refused by its name."""
    policies = Policy.objects.all()
    with schema_of(planted):
        Handling.objects.update(terms=None, first_terms=None)

    with pytest.raises(Error) as refusal, transaction.atomic():
        policies.delete() if change is None else policies.update(**change)

    cause: Any = refusal.value.__cause__
    assert cause.diag.constraint_name == "a_default_policy_stays"


def _policy(terms: Terms) -> models.QuerySet[Policy]:
    return Policy.objects.filter(pk=terms.policy_id or 0)


def _calendar(terms: Terms) -> models.QuerySet[Calendar]:
    return Calendar.objects.filter(pk=terms.calendar_id or 0)


def _change_policy(terms: Terms) -> None:
    _policy(terms).update(first_response=60)


def _add_step(terms: Terms) -> None:
    Step.objects.create(policy=_policy(terms).get(), level="manager", percent=7)


def _drop_steps(terms: Terms) -> None:
    Step.objects.filter(policy=terms.policy).delete()


def _change_hours(terms: Terms) -> None:
    _calendar(terms).update(zone="Asia/Shanghai")


def _close(terms: Terms) -> None:
    day = NINE.date() + days(20)
    Closure.objects.create(
        calendar=_calendar(terms).get(), first_on=day, last_on=day, reason="Party"
    )


def _open_again(terms: Terms) -> None:
    Closure.objects.filter(calendar=terms.calendar).delete()


def _publish(terms: Terms) -> None:
    HolidayYear.objects.filter(country="CN").update(days={"2027-01-01": {"is_off": True}})


@pytest.mark.parametrize(
    "change",
    [_change_policy, _add_step, _drop_steps, _change_hours, _close, _open_again, _publish],
)
def test_terms_that_a_change_has_overtaken_are_no_longer_current(
    planted: Customer, change: Callable[[Terms], None]
) -> None:
    calendar = Calendar.objects.get(name="Weekdays")
    Calendar.objects.filter(pk=calendar.pk).update(country="CN")
    policy = Policy.objects.get(steps__isnull=False, steps__level="lead")
    terms = make_terms(policy=policy, calendar=calendar, now=NINE)
    version = Policy.objects.get(pk=policy.pk).version

    change(terms)

    assert not Terms.objects.get(pk=terms.pk).is_current
    is_of_the_policy = change in (_change_policy, _add_step, _drop_steps)
    assert (Policy.objects.get(pk=policy.pk).version > version) is is_of_the_policy
