from tickets.models.attachment import Attachment, InternalFile
from tickets.models.contact import Contact, ContactSession, Limit, SignInCode
from tickets.models.pending import Pending
from tickets.models.ticket import Counter, Handling, Origin, Ticket
from tickets.models.trail import Entry, Head, Note

__all__ = [
    "Attachment",
    "Contact",
    "ContactSession",
    "Counter",
    "Entry",
    "Handling",
    "Head",
    "InternalFile",
    "Limit",
    "Note",
    "Origin",
    "Pending",
    "SignInCode",
    "Ticket",
]
