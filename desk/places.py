"""Addresses on the desk's host that desk pages link to and apps above answer.

Written as they are, since an app must not look up names of those above it; a test holds each of
them to the URLconf. Plain strings also keep a queue of fifty rows cheap.
"""

SEARCH = "/search/"
NEW_TICKET = "/tickets/new/"
NEW_LETTER = "/mailbox/letters/new/"
PROBLEMS = "/problems/"
RELEASES = "/releases/"
TRIAGE = "/triage/"
SATISFACTION = "/satisfaction/"
CALLBACKS = "/callbacks/"
PLANNED = "/callbacks/planned/"
RESCUES = "/rescues/"
MAIL = "/mail/"
BLOCKED_SENDERS = "/mail/blocked/"
REPORTS = "/reports/"
MY_CUSTOMERS = "/my-customers/"
HANDING_OVER = "/my-customers/handing-over/"


def customer(code: str) -> str:
    """A customer's page."""
    return f"/at/{code}/"


def ticket(code: str, number: int) -> str:
    """A ticket beside its queue."""
    return f"/at/{code}/tickets/{number}/"


def new_ticket(code: str) -> str:
    """The form for a new ticket of a customer."""
    return f"/at/{code}/tickets/new/"


def rescue(code: str, rescue_id: int) -> str:
    """A low score of a customer, and what became of it."""
    return f"/rescues/{code}/{rescue_id}/"


def callback(code: str, callback_id: int) -> str:
    """A callback of a customer: the call, or what was answered."""
    return f"{CALLBACKS}{code}/{callback_id}/"


def mail(incoming_id: int) -> str:
    """A mail that came in."""
    return f"{MAIL}{incoming_id}/"


def answer_letter(name: str) -> str:
    """Where a visitor of the demo answers a mail of its mailbox."""
    return f"/mailbox/{name}/answer/"


def visits(code: str) -> str:
    """A customer's visits and calls."""
    return f"/at/{code}/visits/"


def visit(code: str, visit_id: int) -> str:
    """A visit or call at a customer."""
    return f"/at/{code}/visits/{visit_id}/"


def report(code: str, month: int) -> str:
    """A customer's service report as we draft it; the month as ``202611``."""
    return f"/at/{code}/reports/{month // 100}-{month % 100:02d}/"
