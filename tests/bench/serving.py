"""One web process that is measured: the product's WSGI application and the floor's, side by side.

`python -m tests.bench.serving` reads a line of JSON for each thing to do and answers with one. It
runs as gunicorn's worker does: with the router's login, until a request enters its zone.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote
from uuid import UUID

os.environ.setdefault("SERVICEDESK_ZONE", "router")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "servicedesk.settings")
os.environ.setdefault("SERVICEDESK_QUESTIONS_PER_HOUR", "100000")  # one person asks them all

import psutil
from django.conf import settings

from customers.roles import DESK, password, role_name
from tests.bench.browsing import Answer, Browser, Refused
from tests.bench.counting import Counting
from tests.bench.laying import TICKETS
from tests.bench.stories import CHINESE, COMMON, RARE

PASSWORD = "correct horse battery staple"
AT = {"five": TICKETS - 31, "long": TICKETS - 30}
Ask = Callable[[int], Answer]


def arrange() -> tuple[Any, Any]:
    """Load the product as gunicorn does, with the floor's connection and templates beside it."""
    default: dict[str, Any] = settings.DATABASES["default"]
    default["OPTIONS"]["cursor_factory"] = Counting
    settings.DATABASES["floor"] = {
        **default,
        "ENGINE": "django.db.backends.postgresql",
        "USER": role_name(DESK),
        "PASSWORD": password(DESK),
        "CONN_HEALTH_CHECKS": False,
    }
    settings.DATABASE_ROUTERS = ["tests.bench.floor.Router", *settings.DATABASE_ROUTERS]
    from servicedesk.wsgi import application
    from tests.bench import floor

    engines: list[Any] = settings.TEMPLATES
    engines.append(floor.TEMPLATES)
    return application, floor.application()


class Serving:
    """The visitors of one installation, signed in by the product's own doors, and what they do."""

    def __init__(self, customers: int) -> None:
        self.product, self.floor = arrange()
        self.customers = customers
        self._place = 0
        self.plain = Browser(self.floor, "plain.localhost")
        self.plain.get("/sign-in/")
        self.plain.post("/sign-in/", username="staff0@desk.test", password=PASSWORD)
        self.ada = self.at_desk()
        self.sign_in_staff(self.ada, 0)
        self.olga = self.at_portal(3)
        self.sign_in_contact(self.olga, 3, 1)
        self.unanswered = unanswered()
        self.asks: dict[str, Ask] = {
            "queue page": lambda n: self.ada.get("/"),
            "queue of a customer": lambda n: self.ada.get("/?view=all&customer=b0005"),
            "ticket, 5 entries": lambda n: self.ada.get(f"/at/b0003/tickets/{AT['five']}/"),
            "ticket, 50 entries": lambda n: self.ada.get(f"/at/b0003/tickets/{AT['long']}/"),
            "search, rare word": lambda n: self.ada.get(f"/search/?q={RARE}"),
            "search, common word": lambda n: self.ada.get(f"/search/?q={COMMON}"),
            "search, Chinese word": lambda n: self.ada.get(f"/search/?q={quote(CHINESE)}"),
            "portal home": lambda n: self.olga.get("/"),
            "create (portal)": self.create,
            "reply (desk)": self.reply,
            "queue (API)": self.queue_by_api,
            "sign-in (portal, code)": self.sign_in,
            "sign-in (desk, password)": lambda n: self.sign_in_staff(self.at_desk(n), n % 12),
        }
        self.floors: dict[str, Ask] = {
            "read": lambda n: self.plain.get("/"),
            "write": lambda n: self.plain.post("/row/"),
            "password": self.sign_in_plainly,
        }

    # --- What is measured ----------------------------------------------------------------------

    def measure(self, name: str, floor: str, times: int) -> dict[str, Any]:
        """Floor and product in turns: their milliseconds, and the product's most statements."""
        spent: dict[str, list[float]] = {"floor": [], "product": []}
        most = 0
        for _ in range(times):
            self._place += 1
            spent["floor"].append(self.floors[floor](self._place).seconds * 1000)
            answer = self.asks[name](self._place)
            spent["product"].append(answer.seconds * 1000)
            most = max(most, answer.statements)
        return {**spent, "statements": most}

    def create(self, n: int) -> Answer:
        """Ask for help at the portal."""
        return self.olga.post(
            "/tickets/new/", subject=f"Bench {n}", kind="question", body="发票 export is empty."
        )

    def reply(self, n: int) -> Answer:
        """Answer a ticket at the desk: each time another one, so that nothing waits there yet.

        Else the reply before would go first, which the page does and which is twice the work.
        """
        code, number = self.unanswered.pop(0)
        return self.ada.post(
            f"/at/{code}/tickets/{number}/replies/",
            body=f"Please try {n} again.",
            then_state="waiting",
            seen_seq="999",
        )

    def sign_in(self, n: int) -> Answer:
        """Type the code in; asking for it is not timed."""
        return self.sign_in_contact(self.at_portal(3, n), 3, 1 + n % 8)

    def sign_in_plainly(self, n: int) -> Answer:
        """Django's own sign-in with the same password hashing: the floor of ours."""
        stranger = Browser(self.floor, "plain.localhost", address=f"198.51.{n // 250}.{n % 250}")
        stranger.get("/sign-in/")
        email = f"staff{n % 12}@desk.test"
        return stranger.post("/sign-in/", username=email, password=PASSWORD)

    def queue_by_api(self, _n: int) -> Answer:
        """The queue as programs read it."""
        return self.program.get("/api/v1/queue/")

    # --- Who visits ----------------------------------------------------------------------------

    @property
    def program(self) -> Browser:
        """A program with a bearer token of the API, made on first use."""
        if not hasattr(self, "_program"):
            self._program = self.at_desk()
            self._program.headers["Authorization"] = f"Bearer {bearer_token()}"
        return self._program

    def at_desk(self, n: int = 0) -> Browser:
        return Browser(self.product, settings.DESK_HOST, address=_address(n))

    def at_portal(self, k: int, n: int = 0) -> Browser:
        host = f"b{k:04}.{settings.BASE_DOMAIN}"
        return Browser(self.product, host, address=_address(n))

    def sign_in_staff(self, browser: Browser, number: int) -> Answer:
        browser.get("/sign-in/")
        return browser.post("/sign-in/", login=f"staff{number}@desk.test", password=PASSWORD)

    def sign_in_contact(self, browser: Browser, k: int, number: int) -> Answer:
        """Ask for a code, derive it as the mail does, and type it in."""
        from tickets.codes import digits

        browser.get("/sign-in/")
        browser.post("/sign-in/", email=f"person{number}@b{k:04}.test")
        page = browser.get("/sign-in/code/").body.decode()
        found = re.search(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", page)
        if found is None:
            raise Refused(f"no code was asked for: {page[:2000]}")
        typed = digits(schema=f"c_{k}", code_id=UUID(found[0]))  # laid first into an empty database
        return browser.post("/sign-in/code/", id=found[0], code=typed)

    # --- Memory --------------------------------------------------------------------------------

    def visit(self, first: int, last: int) -> dict[str, Any]:
        """Ten requests at each of those customers, six by its portal and four by the desk."""
        started = time.perf_counter()
        for k in range(first, last + 1):
            visitor = self.at_portal(k)
            self.sign_in_contact(visitor, k, 1 + k % 8)  # four requests
            visitor.get("/")
            visitor.get("/tickets/new/")
            self.ada.get(f"/?view=all&customer=b{k:04}")
            self.ada.get(f"/at/b{k:04}/")
            self.ada.get(f"/at/b{k:04}/tickets/{AT['five']}/")
            self.ada.get(f"/at/b{k:04}/tickets/{AT['long']}/")
        memory = psutil.Process().memory_info().rss / 2**20
        return {"mebibytes": memory, "seconds": time.perf_counter() - started}


def _address(n: int) -> str:
    return f"203.0.{n // 250 % 250}.{1 + n % 250}"


def unanswered() -> list[tuple[str, int]]:
    """Live tickets of ten customers: a reply each, before any is answered twice."""
    from desk.models import QueueItem
    from servicedesk import zones

    zones.use(DESK)
    live = QueueItem.objects.live().filter(customer_id__lte=10).order_by("number", "customer_id")
    return list(live.values_list("customer__code", "number"))


def bearer_token() -> str:
    """A token of a member of staff that may read tickets, made by the product's verb."""
    from datetime import timedelta

    from django.utils import timezone

    from accounts.models import User
    from accounts.operations.tokens import make_token
    from accounts.policy import Permission
    from servicedesk import zones

    zones.use(DESK)
    now = timezone.now()
    _row, secret = make_token(
        user=User.objects.get(email="staff0@desk.test"),
        name="bench",
        scopes=[Permission.READ_TICKETS],
        expires_at=now + timedelta(days=1),
        now=now,
    )
    return secret


def main() -> None:
    """Serve until there is nothing more to do."""
    serving = Serving(int(sys.argv[1]))
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        wanted = json.loads(line)
        verb = getattr(serving, wanted.pop("verb"))
        print(json.dumps(verb(**wanted)), flush=True)


if __name__ == "__main__":
    main()
