"""Deciding about a mail that waits: route it, accept it, refuse it, call it spam; and take back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.policy import Permission
from accounts.requests import StaffRequest, staff_only
from customers.inside import schema_of
from desk import places
from desk.models import IncomingMail
from tickets import mail_decided
from tickets.mail_forms import AcceptanceForm, RefusalForm, RoutingForm
from tickets.mail_read import READER, letter_of
from tickets.mail_shown import shown
from tickets.operations import AddressTaken, blocking, deciding_mail, routing_mail
from tickets.operations.deciding_mail import SwitchedOff
from tickets.operations.routing_mail import NotRemembered
from tickets.operations.waiting_mail import AlreadyDecided
from tickets.operations.working_through import work_one
from tickets.views.agent.mails import known, posted, show_mail


@posted
@staff_only(Permission.ROUTE_MAIL)
def routing(request: StaffRequest, incoming_id: int) -> HttpResponse:
    """Say whose it is; it is worked at once, so that the answer says what became of it."""
    found, form = known(request, incoming_id), RoutingForm(request.POST, user=request.user)
    if not form.is_valid():
        return show_mail(request, found, status=422, routing_form=form)
    now = timezone.now()
    try:
        routing_mail.route(mail=found, by=request.user, now=now, **form.cleaned_data)
    except AlreadyDecided:
        return _came_second(request, incoming_id)
    except NotRemembered as problem:
        said = _("%(word)s is another customer's. Route this mail without remembering it.")
        form.add_error(None, said % {"word": problem.word})
        return show_mail(request, found, status=422, routing_form=form)
    worked = work_one(mail=found, reader=READER, now=now)
    asked, _gap, below = request.POST.get("next", "").partition("#")
    if asked.startswith("?") and asked.isprintable():
        return redirect(f"{places.MAIL}{asked[:500]}&routed={worked.pk}#{below[:40]}")
    messages.success(request, mail_decided.outcome(worked))
    if worked.customer and worked.number:
        return redirect(places.ticket(worked.customer.code, worked.number))
    return redirect(places.mail(worked.pk))


@posted
@staff_only(Permission.ROUTE_MAIL)
def sending_back(request: StaffRequest, incoming_id: int) -> HttpResponse:
    """Say that it is not the customer's where it is held; then it is nobody's again."""
    found = known(request, incoming_id)
    if found.customer is None:
        return _came_second(request, incoming_id)
    with schema_of(found.customer):
        try:
            routing_mail.send_back(
                mail=found, customer=found.customer, by=request.user, now=timezone.now()
            )
        except AlreadyDecided:
            return _came_second(request, incoming_id)
    messages.success(request, _("It is nobody's again. Say whose it is."))
    return redirect(places.mail(incoming_id))


@posted
@staff_only(Permission.ROUTE_MAIL)
def acceptance(request: StaffRequest, incoming_id: int) -> HttpResponse:
    """Take a held mail in: as whom, and where."""
    found = known(request, incoming_id)
    letter = letter_of(found)
    if found.customer is None or letter is None:
        return _came_second(request, incoming_id)
    page = shown(mail=found, user=request.user)
    with schema_of(found.customer):
        form = AcceptanceForm(request.POST, said=page.contact, ticket=page.ticket)
        if not form.is_valid():
            return _refused(request, found, form)
        try:
            taken = deciding_mail.accept(
                mail=found,
                letter=letter,
                customer=found.customer,
                by=request.user,
                asker=form.asker(),
                ticket=form.ticket(),
                now=timezone.now(),
            )
        except AlreadyDecided:
            return _came_second(request, incoming_id)
        except AddressTaken as problem:
            said = _("%(name)s has this address. Choose that person above.")
            form.add_error("email", said % {"name": problem.contact.name})
            return _refused(request, found, form)
        except SwitchedOff:
            form.add_error("who", _("This person is switched off. Choose somebody else."))
            return _refused(request, found, form)
    messages.success(request, _("Accepted: the customer's words stand here."))
    return redirect(places.ticket(found.customer.code, taken.number or 0))


@posted
@staff_only(Permission.ROUTE_MAIL)
def refusal(request: StaffRequest, incoming_id: int) -> HttpResponse:
    """Let it become nothing, for a reason; the list then offers to take that back."""
    found, form = known(request, incoming_id), RefusalForm(request.POST)
    if not form.is_valid():
        return show_mail(request, found, status=422, refusal_form=form)
    try:
        deciding_mail.refuse(mail=found, by=request.user, now=timezone.now(), **form.cleaned_data)
    except AlreadyDecided:
        return _came_second(request, incoming_id)
    return redirect(f"{places.MAIL}?show={found.outcome}&refused={found.pk}")


@posted
@staff_only(Permission.ROUTE_MAIL)
def spam(request: StaffRequest, incoming_id: int) -> HttpResponse:
    """Call it spam, and block its sender or their domain if that is asked for."""
    found, blocks = known(request, incoming_id), request.POST.get("blocks", "")[:254]
    page = shown(mail=found, user=request.user)
    if blocks and blocks not in [word for word, _is_domain in page.blockable]:
        blocks = ""
    try:
        blocking.mark_spam(mail=found, by=request.user, now=timezone.now(), blocks=blocks)
    except AlreadyDecided:
        return _came_second(request, incoming_id)
    return redirect(f"{places.MAIL}?show={found.outcome}&refused={found.pk}")


@posted
@staff_only(Permission.ROUTE_MAIL)
def take_back(request: StaffRequest, incoming_id: int) -> HttpResponse:
    """Let it wait again; a block that came with it is lifted."""
    found = known(request, incoming_id)
    try:
        blocking.forgive(mail=found, by=request.user, now=timezone.now())
    except AlreadyDecided:
        return _came_second(request, incoming_id)
    messages.success(request, _("It waits for a decision again."))
    return redirect(places.mail(incoming_id))


def _refused(request: StaffRequest, found: IncomingMail, form: AcceptanceForm) -> HttpResponse:
    return show_mail(request, found, status=422, acceptance_form=form)


def _came_second(request: StaffRequest, incoming_id: int) -> HttpResponse:
    """Say who decided what meanwhile; nothing was done."""
    found = known(request, incoming_id)
    said = mail_decided.told(found) or _("It does not wait for this any more.")
    messages.warning(request, said)
    return redirect(places.mail(incoming_id))
