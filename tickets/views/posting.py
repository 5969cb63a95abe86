"""Writing mail in the demo: as the recipient of one that left, or as anybody. Open to strangers,

like the mailbox it belongs to: a visitor plays the customer's side without a mail program.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.addresses import client_address
from accounts.limits import Allowance, TooManyTries, count_try
from accounts.models import Limit
from desk import mail_words, mailbox, places
from desk.models import IncomingMail
from tickets.demo.loading import load
from tickets.inbound.reading import TooLarge
from tickets.operations import receiving
from tickets.posting import RELAY, Letter, NoAnswer, answer_to, composed
from tickets.posting_forms import AnswerForm, LetterForm

PER_ADDRESS = Allowance(60, timedelta(minutes=10))
"""Mails that one address of the network may write."""


@require_http_methods(["GET", "HEAD", "POST"])
def new_letter(request: HttpRequest) -> HttpResponse:
    """A new mail, as anybody."""
    _only_in_a_demo()
    form = LetterForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        letter = Letter(
            writer=given["writer"],
            recipient=given["recipient"],
            subject=given["subject"],
            text=given["text"],
            copies=given["copies"],
            files=form.attached(),
            is_forged=given["is_forged"],
        )
        if row := _stored(request, letter, form):
            return redirect("tickets:letter", incoming_id=row.pk)
    return _page(request, "new_letter", form, {"writers": _writers()})


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, name: str) -> HttpResponse:
    """An answer to a mail of the mailbox, as its recipient."""
    _only_in_a_demo()
    mail = mailbox.read(name)
    if mail is None:
        raise Http404("no such mail")
    form = AnswerForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            letter = answer_to(
                mail, text=given["text"], is_forged=given["is_forged"], files=form.attached()
            )
        except NoAnswer:
            form.add_error(None, _("Nobody can answer this mail."))
        else:
            if row := _stored(request, letter, form):
                return redirect("tickets:letter", incoming_id=row.pk)
    return _page(request, "answer", form, {"mail": mail})


@require_safe
def letter(request: HttpRequest, incoming_id: int) -> HttpResponse:
    """What became of a mail that was written here."""
    _only_in_a_demo()
    rows = IncomingMail.objects.filter(way=IncomingMail.Way.DEMO).select_related("customer")
    mail = get_object_or_404(rows.defer("raw"), pk=incoming_id)
    customer = mail.customer
    is_at_a_ticket = customer is not None and mail.number is not None
    context = {
        "mail": mail,
        "why": mail_words.why(mail),
        "mark": mail_words.mark(mail),
        "href": places.mail(mail.pk),
        "ticket": places.ticket(customer.code, mail.number or 0)
        if customer is not None and is_at_a_ticket
        else "",
        "ref": f"{customer.prefix}-{mail.number}" if customer is not None else "",
    }
    return render(request, "tickets/posting/letter.html", context)


def _stored(request: HttpRequest, letter: Letter, form: AnswerForm) -> IncomingMail | None:
    """The mail on its way in; None when it was refused, which the form then says."""
    now = timezone.now()
    try:
        count_try(Limit, key=f"post:{client_address(request)}", allowance=PER_ADDRESS, now=now)
        return receiving.store(
            raw=composed(letter, now=now),
            recipient=letter.recipient,
            way=IncomingMail.Way.DEMO,
            return_path=letter.writer.addr_spec,
            authserv_id=RELAY,
            now=now,
        ).mail
    except TooManyTries:
        form.add_error(None, _("That was a lot of mail. Wait some minutes."))
    except TooLarge:
        form.add_error("files", _("A mail may have 25 MiB."))
    return None


def _page(
    request: HttpRequest, name: str, form: AnswerForm, shown: dict[str, object]
) -> HttpResponse:
    status = 422 if form.is_bound and form.errors else 200
    return render(request, f"tickets/posting/{name}.html", {"form": form, **shown}, status=status)


@cache
def _writers() -> tuple[str, ...]:
    """People whom the demo was built with, to write as: their customers' contacts."""
    people = [person for customer in load().customers for person in customer.contacts]
    return tuple(f"{one.name} <{one.email}>" for one in people)


def _only_in_a_demo() -> None:
    if not mailbox.is_open():
        raise Http404("there is no mailbox here")
