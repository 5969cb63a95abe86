"""Driving the product as people do: processes that serve it, and a browser."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections

from servicedesk import env
from servicedesk.embedded import locks
from servicedesk.running.fingerprints import of_files
from servicedesk.running.preparing import SHAPING
from tests.cast import PASSWORD
from tests.living import Live
from tests.nursery import Forked, Nursery

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first that is there; a shell without windows loads a page with half the computing."""
_found = (path for path in map(shutil.which, BROWSERS) if path)
CHROMIUM = Path(os.environ.get("CHROMIUM") or next(_found, "/usr/bin/chromium"))
READY_SECONDS = 30


# --- Processes ----------------------------------------------------------------------------------


@dataclass
class Site:
    """The product served from the live copy, with its mails and its logs."""

    live: Live
    port: int
    processes: dict[str, subprocess.Popen[bytes] | Forked] = field(default_factory=dict)

    @property
    def desk(self) -> str:
        """Address of the desk, without a slash at the end."""
        return self.at(settings.DESK_HOST)

    def portal(self, code: str) -> str:
        """Address of a customer's portal, without a slash at the end."""
        return self.at(f"{code}.{settings.BASE_DOMAIN}")

    def at(self, host: str) -> str:
        return f"http://{host}:{self.port}"

    def start(self, name: str, command: list[str], *, zone: str) -> None:
        """Start a process on the copy; what it says goes to `<name>.log` in `live.var`."""
        with (self.live.var / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command,
                cwd=env.BASE_DIR,
                env=self.live.environ(
                    SERVICEDESK_ZONE=zone, PORT=str(self.port), PYTHONUNBUFFERED="1"
                ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def stop(self, name: str, *, number: int = signal.SIGTERM) -> None:
        """End a process with all it started, by a signal; after five seconds by force."""
        process = self.processes.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def log(self, name: str) -> str:
        """What a process has said so far."""
        return (self.live.var / f"{name}.log").read_text(errors="replace")

    def mails(self, *, to: str | None = None) -> list[EmailMessage]:
        """Mails that have arrived, oldest first; those to one address when asked."""
        files = sorted(
            (self.live.var / "mail").glob("*.eml"), key=lambda file: file.stat().st_mtime_ns
        )
        mails = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
        return [mail for mail in mails if to is None or to in str(mail["To"])]

    def wait_for_mail(self, *, to: str, count: int = 1, within: float = 10) -> EmailMessage:
        """The newest mail to an address once there are so many of them."""
        until = time.monotonic() + within
        while len(found := self.mails(to=to)) < count:
            assert time.monotonic() < until, f"{len(found)} of {count} mails to {to} came"
            time.sleep(0.1)
        return found[-1]

    def sign_in_staff(self, page: Any, email: str) -> None:
        """Sign one of ours in at the desk by a page of a browser; ends on the queue."""
        page.goto(f"{self.desk}/sign-in/")
        page.fill("input[name=login]", email)
        page.fill("input[name=password]", PASSWORD)
        page.click("main form button[type=submit], main form button:not([type])")
        page.wait_for_url(f"{self.desk}/")

    def sign_in_contact(self, page: Any, email: str) -> None:
        """Sign a contact in at its portal, by the code that is mailed; ends on the tickets."""
        portal = self.portal(email.rpartition("@")[2].partition(".")[0])
        known = len(self.mails(to=email))
        page.goto(f"{portal}/sign-in/")
        page.fill("input[name=email]", email)
        page.click("main form button")
        page.fill("input[name=code]", self._code(email, known))
        page.click("main form button")
        page.wait_for_url(f"{portal}/")

    def _code(self, email: str, known: int) -> str:
        """The code in one of the mails that came since `known`: another may come meanwhile."""
        until = time.monotonic() + 10
        while time.monotonic() < until:
            for mail in self.mails(to=email)[known:]:
                text = mail.get_body(("plain",))
                said = str(text.get_content() if text else "")
                if found := re.search(r"\b\d{3} ?\d{3}\b", said):
                    return found[0]
            time.sleep(0.1)
        pytest.fail(f"no mail with a code came to {email}")

    def wait_until_it_answers(self) -> None:
        """Wait for the web process; fail with its log when it does not come up."""
        until = time.monotonic() + READY_SECONDS
        while not self._answers():
            process = self.processes["web"]
            if process.poll() is not None or time.monotonic() > until:
                pytest.fail(f"the web process did not answer:\n{self.log('web')[-4000:]}")
            time.sleep(0.05)

    def _answers(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/", headers={"Host": f"nobody.localhost:{self.port}"})
            return connection.getresponse().status < 500
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()


def spare_port() -> int:
    """A port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Ground:
    """What the sites of a test process have in common, one after the other: port and place.

    The port stays ours in between, so that nobody else can take it. The place is a link to the
    directory of the copy that is served.
    """

    place: Path
    socket: socket.socket
    nurseries: dict[str, Nursery] = field(default_factory=dict)

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    def fork(self, site: Site, name: str, words: list[str], *, zone: str) -> None:
        """Start a process of the site, whose product is loaded already."""
        self.place.unlink(missing_ok=True)
        self.place.symlink_to(site.live.var)
        if zone not in self.nurseries:
            environ = site.live.environ(
                SERVICEDESK_ZONE=zone, PORT=str(self.port), SERVICEDESK_VAR=str(self.place)
            )
            self.nurseries[zone] = Nursery(environ, keeps=(self.socket.fileno(),))
        log = site.live.var / f"{name}.log"
        log.touch()
        site.processes[name] = self.nurseries[zone].fork(words, log=log)


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """Where sites are served, one at a time."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
        ground = Ground(tmp_path_factory.mktemp("ground") / "var", listening)
        yield ground
        for nursery in ground.nurseries.values():
            nursery.close()


@contextmanager
def serving(live: Live, static: Path, ground: Ground) -> Iterator[Site]:
    """Gunicorn as the router, and a worker as the desk that looks for due rows all the time."""
    site = Site(live, ground.port)
    (live.var / "static").symlink_to(static)
    web = ["gunicorn", "servicedesk.wsgi:application", "--no-control-socket"]
    threads = ["--worker-class", "gthread", "--workers", "1", "--threads", "8"]
    bound = ["--bind", f"fd://{ground.socket.fileno()}"]
    try:
        ground.fork(site, "web", [*web, *threads, *bound], zone="router")
        ground.fork(site, "worker", ["tests.working"], zone="desk")
        site.wait_until_it_answers()
        yield site
    finally:
        for name in list(site.processes):
            site.stop(name, number=signal.SIGKILL)


@pytest.fixture(scope="session")
def collected_static() -> Path:
    """The static files as a real installation serves them.

    Collected by whichever test process asks first, and again when what they are made of has
    changed: `make run` goes by the same.
    """
    files = [path for path in (env.BASE_DIR / "static").rglob("*") if path.is_file()]
    shaping = [env.BASE_DIR / "servicedesk" / name for name in SHAPING]
    made_of = of_files([*files, *shaping, env.BASE_DIR / "requirements/base.txt"])
    var = env.VAR / "collected" / made_of[:16]
    var.parent.mkdir(parents=True, exist_ok=True)
    with locks.alone(var.parent / "lock"):
        if not (var / "whole").exists():
            _collect(var)
            (var / "whole").touch()
    return var / "static"


COLLECT = """
import django
from django.conf import settings
from django.core.management import call_command
settings.WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["[^.]*"]
django.setup()
call_command("collectstatic", interactive=False, verbosity=0)
"""
"""Nothing is compressed for a browser on the same machine: that were ten seconds of computing."""


def _collect(var: Path) -> None:
    """Collect anew, and forget what nobody has asked for since yesterday."""
    for old in var.parent.iterdir():
        if old == var or (old.is_dir() and old.stat().st_mtime < time.time() - 24 * 3600):
            shutil.rmtree(old)
    kept = env.secrets()
    words = {name: getattr(kept, field) for field, name in env.SECRET_VARIABLES.items()}
    subprocess.run(
        [sys.executable, "-c", COLLECT],
        cwd=env.BASE_DIR,
        env={
            **os.environ,
            **words,
            "DJANGO_SETTINGS_MODULE": "servicedesk.settings",
            "SERVICEDESK_VAR": str(var),
            "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        },
        check=True,
    )


@pytest.fixture
def live_site(
    live: Live, collected_static: Path, ground: Ground, windows: Windows
) -> Iterator[Site]:
    """The product on a port of loopback: `live_site.desk`, `live_site.portal("acme")`.

    Windows are closed before it ends: a page that asks now and then would ask the next site.
    """
    with serving(live, collected_static, ground) as site:
        yield site
        windows.close()


# --- A browser ----------------------------------------------------------------------------------


@dataclass
class Windows:
    """The windows of the browser, where there is one."""

    browser: Any = None

    def close(self) -> None:
        """Close all that are open."""
        for context in self.browser.contexts if self.browser else ():
            context.close()


@pytest.fixture(scope="session")
def windows() -> Windows:
    """What a test has opened, to be closed."""
    return Windows()


@pytest.fixture(scope="session")
def browser(windows: Windows) -> Iterator[Any]:
    """Chromium, one per test process; `browser.new_page()` in a test.

    Skips where there is none, unless SERVICEDESK_REQUIRE_BROWSER=1.
    """
    if not CHROMIUM.exists():
        word = f"no Chromium at {CHROMIUM}: apt-get install chromium, or set CHROMIUM"
        if os.environ.get("SERVICEDESK_REQUIRE_BROWSER") == "1":
            pytest.fail(word)
        pytest.skip(word)
    from playwright.sync_api import sync_playwright

    # Playwright keeps an event loop in this thread. Django must not take it for an async view, and
    # from here on keeps this thread's connections in another place than before.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    connections.close_all()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=str(CHROMIUM),
            args=[
                "--no-sandbox",
                "--disable-dev-shm-usage",
                "--disable-gpu",
                "--host-resolver-rules=MAP *.localhost 127.0.0.1",
            ],
        )
        windows.browser = chromium
        yield chromium
        connections.close_all()
        chromium.close()
