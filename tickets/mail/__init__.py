"""Letters to a customer's people: what they say, how they look, where they come from.

Nothing here sends: `tickets.operations.delivering` does. A letter is made of entries and tickets
only; notes, events and handling have no way into one (`tickets.mail.letters`).
"""
