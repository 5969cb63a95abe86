"""A customer's way with us, on the admin's host: its stages, and what is to be done in each."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin import site
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audited import asker, history
from accounts.models import User
from accounts.policy import Permission
from accounts.requests import StaffRequest, staff_only
from customers import onboarding
from customers.models import Customer, StageTask, ToDo
from customers.operations import ReasonMissing, staging, ticking
from customers.operations.staging import AlreadyThere, GroupNotOpen, LinesOpen
from customers.operations.ticking import LineSettled
from customers.stage_forms import EnterForm, PlanForm, ToDoForm
from desk.checklist import checklist, missing
from tickets.views.admin.opening import where

CONFIGURES = Permission.CONFIGURE_CUSTOMERS
PAGE_SIZE = 50
SHOWN_STAGES = ("prospect", "implementing", "training", "renewing", "live")
_BEFORE = ("prospect", "implementing", "training")


@require_safe
@staff_only(CONFIGURES)
def customers_on_their_way(request: StaffRequest) -> HttpResponse:
    """Every customer that is not live yet, or renews: how far it is, what is late first."""
    today = timezone.localdate()
    stage, whose = request.GET.get("stage", ""), request.GET.get("consultant", "")
    stage = stage if stage in SHOWN_STAGES else ""
    rows = onboarding.on_the_way(user=request.user, today=today, stage=stage)
    consultant = int(whose) if whose.isdecimal() and len(whose) < 10 else None
    if consultant is not None:
        rows = rows.filter(consultant=consultant)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("p"))
    cared = Customer.objects.all().served_by(request.user).values("consultant")
    context = {
        **site.each_context(request),
        "title": _("Onboarding"),
        "page": page,
        "today": today,
        "stages": [(code, Customer.Stage(code).label) for code in SHOWN_STAGES],
        "stage": stage,
        "consultants": User.objects.filter(pk__in=cared).order_by("name", "pk"),
        "consultant": consultant,
        "is_filtered": bool(stage or consultant),
    }
    return TemplateResponse(request, "tickets/admin/onboarding.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(CONFIGURES)
def stage(request: StaffRequest, customer_id: int) -> HttpResponse:
    """Where a customer stands and what is to be done; a POST has it enter another stage."""
    customer = _customer(request, customer_id)
    if request.method != "POST":
        return _page(request, customer, _enter_form(customer))
    form = _enter_form(customer, request.POST)
    if not form.is_valid():
        return _page(request, customer, form, status=422)
    try:
        staging.enter(customer=customer, by=asker(request), now=timezone.now(), **form.cleaned_data)
    except (AlreadyThere, GroupNotOpen, LinesOpen, ReasonMissing) as refused:
        form.add_error(None, _words(refused))
        customer.refresh_from_db(fields=["stage"])
        return _page(request, customer, form, status=422)
    told = {"customer": customer.name, "stage": Customer.Stage(customer.stage).label}
    messages.success(request, _("%(customer)s: %(stage)s from now on.") % told)
    return redirect("customer_stage", customer_id=customer.pk)


@require_POST
@staff_only(CONFIGURES)
def stay(request: StaffRequest, customer_id: int) -> HttpResponse:
    """Say whose the present stage is and until when; a checklist that is not kept begins."""
    customer, form = _customer(request, customer_id), PlanForm(request.POST)
    if "begin" in request.POST:
        staging.begin(customer=customer, by=asker(request), now=timezone.now())
        messages.success(request, _("The checklist is there."))
    elif form.is_valid():
        staging.plan_stay(
            customer=customer, by=asker(request), now=timezone.now(), **form.cleaned_data
        )
        messages.success(request, _("Kept."))
    else:
        messages.error(request, _("That is no date, or nobody of ours."))
    return redirect("customer_stage", customer_id=customer.pk)


@require_POST
@staff_only(CONFIGURES)
def to_dos(request: StaffRequest, customer_id: int) -> HttpResponse:
    """One thing more to be done for the customer."""
    customer, form = _customer(request, customer_id), ToDoForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say what is to be done; the date is as the field gives it."))
        return redirect("customer_stage", customer_id=customer.pk)
    line = ticking.add_to_do(
        customer=customer, by=asker(request), now=timezone.now(), **form.cleaned_data
    )
    return redirect(_anchor(line))


@require_POST
@staff_only(CONFIGURES)
def to_do(request: StaffRequest, customer_id: int, to_do_id: int) -> HttpResponse:
    """Tick a line, take that back, leave it out with words, or plan it: by the button pressed."""
    customer = _customer(request, customer_id)
    lines = ToDo.objects.select_related("customer").filter(customer=customer)
    line = get_object_or_404(lines, pk=to_do_id)
    try:
        _settle(request, line)
    except ReasonMissing:
        messages.error(request, _("Say why it is left out."))
    except LineSettled:
        messages.info(request, _("Somebody has settled it meanwhile."))
    return redirect(_anchor(line))


def _settle(request: StaffRequest, line: ToDo) -> None:
    by, now = asker(request), timezone.now()
    match request.POST.get("do"):
        case "tick":
            ticking.tick(to_do=line, by=by, now=now)
        case "untick":
            ticking.untick(to_do=line, by=by, now=now)
        case "leave":
            words = request.POST.get("words", "")
            ticking.leave_out(to_do=line, words=words, by=by, now=now)
        case "plan":
            _plan(request, line)


def _plan(request: StaffRequest, line: ToDo) -> None:
    form = PlanForm(request.POST)
    if form.is_valid():
        ticking.plan_to_do(to_do=line, by=asker(request), now=timezone.now(), **form.cleaned_data)
    else:
        messages.error(request, _("That is no date, or nobody of ours."))


def _anchor(line: ToDo) -> str:
    return f"{reverse('customer_stage', args=[line.customer_id])}#to-do-{line.pk}"


def _customer(request: StaffRequest, customer_id: int) -> Customer:
    known = Customer.objects.served_by(request.user).select_related("plan", "consultant", "team")
    customer = known.filter(pk=customer_id).first()
    if customer is None:
        raise Http404("no such customer")
    return customer


def _words(refused: Exception) -> str:
    """Why it may not be, and what to do about it."""
    if isinstance(refused, LinesOpen):
        lines = ", ".join(str(line) for line in refused.lines)
        return _("Still open: %(lines)s. Tick them, or say why they are left out.") % {
            "lines": lines
        }
    if isinstance(refused, GroupNotOpen):
        return _("Its group is not open yet. Open it: the customer goes live by that.")
    if isinstance(refused, ReasonMissing):
        return _("Say why: who goes back or leaves does so for a reason.")
    return _("The customer is in that stage already.")


def _enter_form(customer: Customer, posted: Any = None) -> EnterForm:
    """It proposes the stage after this one, where that may be entered, with the owner of this."""
    stages = list(staging.WAY)
    after = stages[min(stages.index(Customer.Stage(customer.stage)) + 1, len(stages) - 1)]
    stay = staging.present_stay(customer)
    initial: dict[str, Any] = {"owner": stay.owner if stay else customer.consultant}
    if after != Customer.Stage.LEFT and (customer.laid_at or after not in staging.OPEN_GROUP):
        initial["stage"] = after.value
    return EnterForm(posted, customer=customer, initial=initial, auto_id="enter-%s")


def _page(
    request: StaffRequest, customer: Customer, form: EnterForm, *, status: int = 200
) -> HttpResponse:
    stay = staging.present_stay(customer)
    lines = onboarding.lines_of(customer, stay) if stay else []
    is_before = customer.laid_at is None and customer.stage in _BEFORE
    lacking = missing(checklist(customer)) if is_before else []
    planned = {"owner": stay.owner, "due_on": stay.due_on} if stay else {}
    context = {
        **site.each_context(request),
        "title": _("Stages of %(customer)s") % {"customer": customer.name},
        "customer": customer,
        "way": onboarding.way_of(customer),
        "stay": stay,
        "lines": lines,
        "done": sum(1 for line in lines if line.done_at),
        "counted": sum(1 for line in lines if not line.skipped_at),
        "left_over": onboarding.left_over(customer, stay),
        "would_be": [] if stay else StageTask.objects.filter(stage=customer.stage, is_active=True)
        .order_by("position", "pk"),
        "is_before": is_before,
        "lacking": [(item, where(customer, item.key)) for item in lacking if item.key != "stage"],
        "form": form,
        "planned": PlanForm(initial=planned, auto_id="stay-%s"),
        "adding": ToDoForm(initial={"owner": stay.owner if stay else None}, auto_id="add-%s"),
        "people": list(User.objects.filter(is_active=True).order_by("name", "pk")),
        "today": staging.today_of(customer, timezone.now()),
        "events": history(request, model="customers.customer", row=str(customer.pk))["events"][:8],
    }  # fmt: skip
    return TemplateResponse(request, "tickets/admin/stage.html", context, status=status)
