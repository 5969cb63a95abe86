"""The verbs of a ticket. Each is one transaction that writes the trail, or refuses by name."""

from tickets.operations.answering import OthersTicket, answer, confirm, withdraw
from tickets.operations.asking import ask, write_back
from tickets.operations.assigning import CannotServe, assign
from tickets.operations.changing import change, write_understanding
from tickets.operations.consulting import (
    AskEnded,
    NobodyThere,
    answer_ask,
    ask_department,
    hand_ask,
    withdraw_ask,
)
from tickets.operations.correcting import NotOurs, correct
from tickets.operations.dismissing import IntoItself, OtherRequester, dismiss
from tickets.operations.judging import judge
from tickets.operations.noting import note
from tickets.operations.opening import open_ticket
from tickets.operations.people import AddressTaken, add_contact
from tickets.operations.preferring import prefer, prefer_news
from tickets.operations.promising import NoPromise, break_overdue, hold, keep, promise
from tickets.operations.refusals import EmptyBody, TicketClosed, TicketNotSettled, TicketSettled
from tickets.operations.replying import TrailMoved, Vow, acknowledge, owes_answer, reply
from tickets.operations.resolving import close, reopen, resolve
from tickets.operations.sending import (
    AlreadySent,
    AlreadyUndone,
    send,
    send_due,
    send_waiting,
    undo,
)
from tickets.operations.signing_in import WrongCode, ask_for_code, sign_in
from tickets.operations.stepping import take_steps
from tickets.operations.storing import TooManyFiles, Upload
from tickets.operations.taking_in import take_in
from tickets.operations.vows import (
    HoldingNeedsPromise,
    HoldNeedsPromise,
    NoReason,
    PromiseInThePast,
    PromiseTooFar,
)
from tickets.operations.working_mail import work

__all__ = [
    "AddressTaken",
    "AlreadySent",
    "AlreadyUndone",
    "AskEnded",
    "CannotServe",
    "EmptyBody",
    "HoldNeedsPromise",
    "HoldingNeedsPromise",
    "IntoItself",
    "NoPromise",
    "NoReason",
    "NobodyThere",
    "NotOurs",
    "OtherRequester",
    "OthersTicket",
    "PromiseInThePast",
    "PromiseTooFar",
    "TicketClosed",
    "TicketNotSettled",
    "TicketSettled",
    "TooManyFiles",
    "TrailMoved",
    "Upload",
    "Vow",
    "WrongCode",
    "acknowledge",
    "add_contact",
    "answer",
    "answer_ask",
    "ask",
    "ask_department",
    "ask_for_code",
    "assign",
    "break_overdue",
    "change",
    "close",
    "confirm",
    "correct",
    "dismiss",
    "hand_ask",
    "hold",
    "judge",
    "keep",
    "note",
    "open_ticket",
    "owes_answer",
    "prefer",
    "prefer_news",
    "promise",
    "reopen",
    "reply",
    "resolve",
    "send",
    "send_due",
    "send_waiting",
    "sign_in",
    "take_in",
    "take_steps",
    "undo",
    "withdraw",
    "withdraw_ask",
    "work",
    "write_back",
    "write_understanding",
]
