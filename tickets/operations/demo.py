"""Building the demo: everything in one transaction, so that it is there whole or not at all."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from tickets.demo.hours import told_at
from tickets.demo.story import Demo, Story
from tickets.operations.demo_time import stage_time
from tickets.operations.furnishing import furnish
from tickets.operations.staging import stage
from tickets.operations.staging_asks import stage_asks


def is_built(*, demo: Demo) -> bool:
    """Whether the demo's vendor is here: its first person has an account."""
    return User.objects.filter(email__iexact=demo.vendor.staff[0].email).exists()


@transaction.atomic
def build(*, demo: Demo, now: datetime) -> bool:
    """Build the demo with times before `now`, unless it is there. Says whether it did.

    Sends no mail. Raises customers.operations.CodeTaken when a customer's code is somebody else's.
    """
    if is_built(demo=demo):
        return False
    house = furnish(demo=demo, now=now)
    zones = {one.code: one.time_zone for one in demo.customers}

    def opened_at(story: Story) -> datetime:
        return told_at(ago=story.steps[0].ago, now=now, zone=zones[story.customer])

    tickets = {
        (story.customer, story.key): stage(story=story, house=house, now=now)
        for story in sorted(demo.stories, key=opened_at)
    }
    stage_asks(demo=demo, house=house, tickets=tickets, now=now)
    stage_time(house=house, tickets=tickets, now=now)
    return True
