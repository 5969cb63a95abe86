"""Mail at a ticket: who follows it, and mails that become tickets of their own."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.addresses import client_address
from accounts.operations.auditing import By
from accounts.policy import Permission
from accounts.requests import staff_only
from desk import places
from tickets.follower_forms import FollowerForm
from tickets.models import Contact, Entry, Ticket
from tickets.operations.followers import (
    NotFollowing,
    SwitchedOff,
    let_follow,
    let_newcomer_follow,
    stop_following,
)
from tickets.operations.splitting import AlreadySplit, NothingToSplit
from tickets.operations.splitting import split as split_off
from tickets.views.agent.page import (
    AtCustomer,
    Draft,
    known,
    posted,
    show_ticket,
    ticket_of,
    to_ticket,
)


@posted
@staff_only(Permission.ANSWER_TICKETS)
def followers(request: AtCustomer, number: int) -> HttpResponse:
    """Have somebody of the customer follow; who is unknown there becomes a contact by a name."""
    form = FollowerForm(request.POST)
    if form.is_valid():
        _let_follow(request, known(number), form)
    if form.errors:
        return show_ticket(request, ticket_of(number), draft=Draft(follower=form), status=422)
    return to_ticket(request, number)


def _let_follow(request: AtCustomer, ticket: Ticket, form: FollowerForm) -> None:
    email, name, now = form.cleaned_data["email"], form.cleaned_data["name"], timezone.now()
    contact = Contact.objects.filter(email__iexact=email).first()
    if contact is None and not name:
        said = _("Nobody at %(customer)s has this address. Write a name to add them.")
        form.add_error("name", said % {"customer": request.customer.name})
        return
    try:
        if contact is not None:
            let_follow(ticket=ticket, contact=contact, by=request.user, now=now)
            return
        let_newcomer_follow(
            customer=request.customer, ticket=ticket, email=email, name=name,
            by=By(request.user, client_address(request)), user=request.user, now=now,
        )  # fmt: skip
    except SwitchedOff:
        form.add_error("email", _("They are switched off: let them in again first."))


@posted
@staff_only(Permission.ANSWER_TICKETS)
def follower_removal(request: AtCustomer, number: int, contact_id: int) -> HttpResponse:
    """Have them follow no more."""
    contact = get_object_or_404(Contact, pk=contact_id)
    try:
        stop_following(ticket=known(number), contact=contact, by=request.user, now=timezone.now())
    except NotFollowing:
        messages.warning(request, _("%(name)s does not follow.") % {"name": contact.name})
    return to_ticket(request, number)


@posted
@staff_only(Permission.ANSWER_TICKETS)
def split(request: AtCustomer, number: int, entry_id: int) -> HttpResponse:
    """Make a mail that was added to this ticket a ticket of its own, and go there."""
    entry = get_object_or_404(Entry, pk=entry_id, ticket__number=number)
    try:
        ticket = split_off(
            customer=request.customer, entry=entry, by=request.user, now=timezone.now()
        )
    except NothingToSplit:
        words = _("Only a mail that was added to a ticket can be split off.")
        return show_ticket(request, ticket_of(number), draft=Draft(problems=[words]), status=422)
    except AlreadySplit as already:
        said = _("This mail is a ticket of its own already: %(ref)s.")
        words = said % {"ref": f"{request.customer.prefix}-{already.into.number}"}
        return show_ticket(request, ticket_of(number), draft=Draft(problems=[words]), status=422)
    said = _("Split from %(ref)s. To undo it, close this ticket as a duplicate of that one.")
    messages.success(request, said % {"ref": f"{request.customer.prefix}-{number}"})
    return redirect(places.ticket(request.customer.code, ticket.number))
