"""Addresses of the desk's host that are about one customer's tickets, and finding them."""

from django.urls import path

from tickets.views import posting
from tickets.views.agent import (
    asks,
    dismissing,
    handling,
    mailing,
    opening,
    picking,
    problems,
    promised,
    searching,
    spending,
    ticket,
    writing,
)

app_name = "tickets"

_TICKET = "at/<slug:at>/tickets/<int:number>/"

urlpatterns = [
    path("search/", searching.search, name="search"),
    path("search/problem/", picking.pick, name="pick"),
    path("mailbox/letters/new/", posting.new_letter, name="new_letter"),
    path("mailbox/letters/<int:incoming_id>/", posting.letter, name="letter"),
    path("mailbox/<slug:name>/answer/", posting.answer, name="answer_letter"),
    path("tickets/new/", opening.choose_customer, name="choose_customer"),
    path("at/<slug:at>/tickets/new/", opening.new, name="new"),
    path(_TICKET, ticket.ticket, name="ticket"),
    path(f"{_TICKET}files/<str:name>/", ticket.file, name="file"),
    path(f"{_TICKET}replies/", writing.replies, name="replies"),
    path(f"{_TICKET}holding-replies/", writing.holding_replies, name="holding_replies"),
    path(f"{_TICKET}notes/", writing.notes, name="notes"),
    path(f"{_TICKET}pending/<int:pending_id>/undo/", writing.undo, name="undo"),
    path(f"{_TICKET}entries/<int:entry_id>/correction/", writing.correction, name="correction"),
    path(f"{_TICKET}entries/<int:entry_id>/split/", mailing.split, name="split"),
    path(f"{_TICKET}followers/", mailing.followers, name="followers"),
    path(
        f"{_TICKET}followers/<int:contact_id>/removal/",
        mailing.follower_removal,
        name="follower_removal",
    ),
    path(f"{_TICKET}owner/", handling.owner, name="owner"),
    path(f"{_TICKET}properties/", handling.properties, name="properties"),
    path(f"{_TICKET}understanding/", handling.understanding, name="understanding"),
    path(f"{_TICKET}resolution/", handling.resolution, name="resolution"),
    path(f"{_TICKET}promise/", promised.promise, name="promise"),
    path(f"{_TICKET}promise/kept/", promised.kept, name="promise_kept"),
    path(f"{_TICKET}hold/", promised.hold, name="hold"),
    path(f"{_TICKET}dismissal/", dismissing.dismissal, name="dismissal"),
    path(f"{_TICKET}problems/", problems.problems, name="problems"),
    path(f"{_TICKET}problems/<str:problem>/removal/", problems.removal, name="problem_removal"),
    path(f"{_TICKET}similar/", problems.similar, name="similar"),
    path(f"{_TICKET}asks/", asks.asks, name="asks"),
    path(f"{_TICKET}asks/<int:ask_id>/answer/", asks.answer, name="ask_answer"),
    path(f"{_TICKET}asks/<int:ask_id>/withdrawal/", asks.withdrawal, name="ask_withdrawal"),
    path(f"{_TICKET}asks/<int:ask_id>/owner/", asks.owner, name="ask_owner"),
    path(f"{_TICKET}time/", spending.times, name="times"),
    path(f"{_TICKET}time/<int:time_id>/", spending.time, name="time"),
    path(f"{_TICKET}time/<int:time_id>/removal/", spending.removal, name="time_removal"),
    path(f"{_TICKET}time/<int:time_id>/return/", spending.back, name="time_return"),
    path(f"{_TICKET}reopening/", handling.reopening, name="reopening"),
]
