from tickets.models.access import ContactChange, ContactToken, Remembered
from tickets.models.attachment import Attachment, InternalFile
from tickets.models.contact import Contact, ContactSession, Limit, SignInCode
from tickets.models.pending import Pending
from tickets.models.ticket import Counter, Handling, Origin, Ticket
from tickets.models.trail import Entry, Head, Note

__all__ = [
    "Attachment",
    "Contact",
    "ContactChange",
    "ContactSession",
    "ContactToken",
    "Counter",
    "Entry",
    "Handling",
    "Head",
    "InternalFile",
    "Limit",
    "Note",
    "Origin",
    "Pending",
    "Remembered",
    "SignInCode",
    "Ticket",
]
