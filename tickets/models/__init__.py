from tickets.models.access import ContactChange, ContactToken, Remembered
from tickets.models.ask import Ask
from tickets.models.attachment import Attachment, InternalFile
from tickets.models.clock import Alert, Clock
from tickets.models.contact import Contact, ContactSession, Limit, SignInCode
from tickets.models.mail import Follower, Mail
from tickets.models.pending import Pending
from tickets.models.promise import Promise
from tickets.models.report import Report
from tickets.models.ticket import Counter, Handling, Origin, Ticket
from tickets.models.time_spent import TimeSpent
from tickets.models.trail import Entry, Head, Note
from tickets.models.viewing import Viewing

__all__ = [
    "Alert",
    "Ask",
    "Attachment",
    "Clock",
    "Contact",
    "ContactChange",
    "ContactSession",
    "ContactToken",
    "Counter",
    "Entry",
    "Follower",
    "Handling",
    "Head",
    "InternalFile",
    "Limit",
    "Mail",
    "Note",
    "Origin",
    "Pending",
    "Promise",
    "Remembered",
    "Report",
    "SignInCode",
    "Ticket",
    "TimeSpent",
    "Viewing",
]
