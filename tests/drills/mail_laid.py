"""What the drill of mail needs of an installation: `python -m` this, with that installation's
environment. Adds the mailbox and prints, as JSON, where people answer.
"""

from __future__ import annotations

import json
import os
import sys

import django

TICKETS = 60
"""So many tickets are answered, by whoever asked in them."""


def main(port: int, folder: str, secret: str) -> None:
    """Print ``{"answers": [[address, sender], …], "codes": […], "domain": …}``."""
    from django.conf import settings
    from django.utils import timezone

    from accounts.sealing import seal
    from customers.inside import schema_of
    from customers.models import Customer
    from desk.models import Mailbox
    from desk.words import State
    from tickets.mail.addresses import answer_address
    from tickets.models import Ticket

    answers, codes = [], []
    for customer in Customer.objects.live().order_by("pk"):
        codes.append(customer.code)
        with schema_of(customer):
            open_ones = Ticket.objects.filter(
                state__in=[State.NEW, State.OPEN, State.WAITING], requester__is_active=True
            )
            for ticket in open_ones.select_related("requester").order_by("pk")[:TICKETS]:
                address = answer_address(customer=customer, ticket=ticket)
                answers.append([address, ticket.requester.email])
    Mailbox.objects.create(
        name="Drill", host="127.0.0.1", port=port, security="none", login="box", folder=folder,
        secret=seal(secret), address=f"{codes[0]}@{settings.MAIL_DOMAIN}", afterwards="delete",
        authserv_id="mx.drill", created_at=timezone.now(),
    )  # fmt: skip
    domain = settings.MAIL_DOMAIN
    print(json.dumps({"answers": answers[:TICKETS], "codes": codes, "domain": domain}))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "servicedesk.settings")
    django.setup()
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
