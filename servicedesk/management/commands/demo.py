"""`manage.py demo`: an invented vendor with customers, people and two weeks of tickets."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from accounts.hosts import origin_of
from customers.operations import CodeTaken
from followups.operations.demo import build_loop
from followups.operations.demo_callbacks import build_callbacks
from followups.operations.demo_reports import build_reports
from followups.operations.demo_visits import build_visits
from tickets.demo.loading import load
from tickets.demo.story import Demo, DemoCustomer
from tickets.operations.demo import build
from tickets.operations.demo_mail import build_mail
from tickets.operations.demo_onboarding import build_onboarding
from tickets.operations.demo_tokens import DemoTokens, give_tokens
from tickets.operations.furnishing import demo_password


class Command(BaseCommand):
    """Does nothing to a demo that is there; always writes its logins to var/demo.json."""

    help = "Build the demo, unless it is there, and say how to sign in."

    def handle(self, *args: Any, **options: Any) -> None:
        demo = load()
        try:
            is_new = _build(demo)
        except CodeTaken as taken:
            raise CommandError(f"the code {taken} is a customer of yours; no demo here") from taken
        logins = logins_of(demo, give_tokens(demo=demo, now=timezone.now()))
        _write_whole(Path(settings.VAR) / "demo.json", logins)
        self.stdout.write("The demo is built." if is_new else "The demo is there already.")
        for person in logins["desk"]["staff"]:
            self.stdout.write(f"  {person['email']}  {person['password']}  {person['role']}")
        for customer in logins["customers"]:
            self.stdout.write(f"  {customer['url']}  {customer['contacts'][0]['email']}")


@transaction.atomic
def _build(demo: Demo) -> bool:
    """The stories, what they have in common and what was said of us, whole or not at all.

    False: it is there.
    """
    now = timezone.now()
    is_new = build(demo=demo, now=now)
    if is_new:
        build_loop(demo=demo, now=now)
        build_callbacks(demo=demo, now=now)
        build_visits(demo=demo, now=now)
        build_reports(demo=demo, now=now)
        build_onboarding(now=now)
        build_mail(demo=demo, now=now)
    return is_new


def logins_of(demo: Demo, tokens: DemoTokens) -> dict[str, Any]:
    """Who can sign in where, and their tokens for the API there."""
    password = demo_password()
    staff = [
        {
            "name": one.name,
            "email": one.email,
            "role": one.role,
            "password": password,
            "api_token": tokens.staff.get(one.email),
        }
        for one in demo.vendor.staff
    ]
    desk = {"url": _url(settings.DESK_HOST), "admin_url": _url(settings.ADMIN_HOST), "staff": staff}
    return {"desk": desk, "customers": [_customer(one, tokens) for one in demo.customers]}


def _customer(one: DemoCustomer, tokens: DemoTokens) -> dict[str, Any]:
    return {
        "code": one.code,
        "name": one.name,
        "url": _url(f"{one.code}.{settings.BASE_DOMAIN}"),
        "contacts": [
            {
                "name": person.name,
                "email": person.email,
                "role": person.role,
                "api_token": tokens.contacts.get((one.code, person.email)),
            }
            for person in one.contacts
        ],
    }


def _url(host: str) -> str:
    return origin_of(host)


def _write_whole(path: Path, logins: dict[str, Any]) -> None:
    """Readers see the old file or the new one, never half of it; it holds passwords: ours only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        json.dump(logins, stream, ensure_ascii=False, indent=1)
    draft.replace(path)
