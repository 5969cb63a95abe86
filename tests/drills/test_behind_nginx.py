"""Debian's nginx with our own configuration in front of our own web processes.

Files by X-Accel-Redirect, uploads refused by their size, a deployment under load, slow clients.
Each prints its figures. Skips where there is no nginx: apt-get install nginx-light.
"""

from __future__ import annotations

import grp
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPException, HTTPSConnection
from pathlib import Path
from string import Template
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from customers.inside import schema_of
from customers.models import Customer
from servicedesk import env, zones
from tests.cast import make_ticket
from tests.driving import spare_port
from tests.living import Live
from tests.operating.composed import wait_until
from tickets.models import Attachment, Contact, Entry
from tickets.operations.storing import path_of
from tickets.sessions import SessionStore

pytestmark = [pytest.mark.drill, pytest.mark.real_logins, pytest.mark.timeout(300)]

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
READERS = "www-data"
TRUSTING = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # made once: it costs more than a request
TRUSTING.check_hostname, TRUSTING.verify_mode = False, ssl.CERT_NONE
SLOW_SECONDS = 20
SLOW_HEADERS, SLOW_BODIES = 500, 100


@dataclass
class Front:
    """nginx, and two web processes for the desk and the portals behind it."""

    live: Live
    place: Path
    static: Path
    ports: dict[str, int]
    webs: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    nginx: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        for name in ("first", "second"):
            self.start_web(name)
        configuration = self.place / "nginx.conf"
        configuration.write_text(self._filled())
        words = [NGINX, "-p", str(self.place), "-c", str(configuration)]
        # As in the container: another user than the files' own, who reads them by their group.
        user = f" user nobody {READERS};" if os.geteuid() == 0 else ""
        asked = [*words, "-g", f"daemon off;{user}"]
        subprocess.run([*asked, "-t"], check=True, capture_output=True)
        with (self.place / "nginx.log").open("wb") as log:
            self.nginx = subprocess.Popen(asked, stdout=log, stderr=log)
        wait_until(
            lambda: (
                _listens(self.ports["https"])
                and self.get("/healthz/live", host="acme.localhost")[0] == 200
            ),
            seconds=20,
            what=lambda: (self.place / "nginx.log").read_text()[-2000:],
        )

    def _filled(self) -> str:
        both = " ".join(
            f"server 127.0.0.1:{self.ports[name]} max_fails=0;" for name in ("first", "second")
        )
        template = (env.BASE_DIR / "deploy/nginx.conf.template").read_text()
        filled = Template(template).safe_substitute(
            DOMAIN="localhost",
            HTTP_PORT=f"127.0.0.1:{self.ports['http']}",
            HTTPS_PORT=f"127.0.0.1:{self.ports['https']}",
            CERTIFICATE=self.place / "chain.pem",
            CERTIFICATE_KEY=self.place / "key.pem",
            DESK_SERVERS=both,
            PORTAL_SERVERS=both,
            MEDIA=self.place / "media",
            SCRATCH=self.place,
        )
        # Debian's build has its own place for types, the container's image the same one.
        return filled.replace("access_log /dev/stdout", f"access_log {self.place}/access.log")

    def _var_of(self, name: str) -> Path:
        """As in an image of its own: the shared files, and a style that the other has not got."""
        var = self.place / name
        if not var.exists():
            (var / "static").mkdir(parents=True)
            (var / "media").symlink_to(self.place / "media")
            for path in self.static.iterdir():
                (var / "static" / path.name).symlink_to(path)
            (var / "static" / f"{name}.0123456789ab.css").write_text(f"/* {name} */")
        return var

    def start_web(self, name: str) -> None:
        """Start a web process as in a container, and wait for it."""
        environ = self.live.environ(
            SERVICEDESK_ZONE="router", SERVICEDESK_PROXIES="1", SERVICEDESK_SCHEME="https",
            SERVICEDESK_DEMO="0", SERVICEDESK_SMTP_URL="smtp://127.0.0.1:1",
            SERVICEDESK_ACCEL_PREFIX="/files-of/", SERVICEDESK_HOST="127.0.0.1",
            SERVICEDESK_WEB_WORKERS="1", SERVICEDESK_LOG="json", PORT=str(self.ports[name]),
            SERVICEDESK_VAR=str(self._var_of(name)),
        )  # fmt: skip
        with (self.place / f"{name}.log").open("ab") as log:
            self.webs[name] = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "-c", "python:servicedesk.serving"],
                cwd=env.BASE_DIR, env=environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        wait_until(
            partial(_listens, self.ports[name]),
            seconds=40,
            what=lambda: (self.place / f"{name}.log").read_text()[-3000:],
        )

    def replace_web(self, name: str) -> tuple[int, float]:
        """What a deployment does to one of two: ask it to end, start its follower in its place."""
        started = time.monotonic()
        self.webs[name].send_signal(signal.SIGTERM)
        code = self.webs[name].wait(40)
        took = time.monotonic() - started
        self.start_web(name)
        return code, took

    def connect(self) -> HTTPSConnection:
        return HTTPSConnection("127.0.0.1", self.ports["https"], timeout=15, context=TRUSTING)

    def get(
        self, path: str, *, host: str, method: str = "GET", body: Any = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        with closing(self.connect()) as connection:
            connection.request(method, path, body=body, headers={"Host": host, **headers})
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()

    def stop(self) -> None:
        for process in (*self.webs.values(), *([self.nginx] if self.nginx else [])):
            if process.poll() is None:
                process.terminate()
        for process in (*self.webs.values(), *([self.nginx] if self.nginx else [])):
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            if process.poll() is None:
                process.kill()
                process.wait()


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


@pytest.fixture
def front(live: Live, collected_static: Path, tmp_path: Path) -> Iterator[Front]:
    if not Path(NGINX).exists():
        pytest.skip("no nginx here: apt-get install nginx-light")
    place = Path(tempfile.mkdtemp(prefix="front-"))  # pytest's own places are closed to nginx
    place.chmod(0o755)
    (place / "media").mkdir()
    if os.geteuid() == 0:
        os.chown(place / "media", -1, grp.getgrnam(READERS).gr_gid)
    (place / "media").chmod(0o2750)
    (live.var / "media").symlink_to(place / "media")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj",
         "/CN=*.localhost", "-keyout", str(place / "key.pem"), "-out", str(place / "chain.pem")],
        check=True, capture_output=True,
    )  # fmt: skip
    ports = {name: spare_port() for name in ("first", "second", "http", "https")}
    made = Front(live, place, collected_static, ports)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(place)


# --- Who is who -----------------------------------------------------------------------------------


def _session(email: str) -> str:
    """A contact of Acme's who has signed in; her cookie."""
    zones.use(zones.OWNER)
    with schema_of(Customer.objects.get(code="acme")):
        session = SessionStore()
        session["contact"] = Contact.objects.get(email=email).pk
        session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def _attached(front: Front, content: bytes) -> str:
    """A file that Uma has attached. Returns its address."""
    zones.use(zones.OWNER)
    settings.MEDIA_ROOT = front.live.var / "media"
    with schema_of(Customer.objects.get(code="acme")):
        ticket = make_ticket(now=timezone.now())
        entry = Entry.objects.get(ticket=ticket)
        file = Attachment.objects.create(
            entry=entry, name="ab" * 16, filename="minutes.txt", content_type="text/plain",
            size=len(content), stored_at=timezone.now(),
        )  # fmt: skip
        path = path_of(file.name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    path.write_bytes(content)
    return f"/files/{file.name}/"


def _no_line_holds_a_link(front: Front) -> None:
    front.get("/password/MQ/c4n4ry/", host="desk.localhost")
    said = front.place / "access.log"  # a line follows its answer
    wait_until(lambda: "/password/***" in said.read_text(), seconds=5, what=said.read_text)
    for log in front.place.glob("*.log"):
        assert "c4n4ry" not in log.read_text(), log.name


def _styles_of_two_releases_are_found(front: Front) -> None:
    for release in ("first", "second"):
        style = f"/static/{release}.0123456789ab.css"
        found = {front.get(style, host="acme.localhost")[::2] for _ in range(6)}
        assert found == {(200, f"/* {release} */".encode())}, "whichever is asked first"
    assert front.get("/static/no.0123456789ab.css", host="acme.localhost")[0] == 404


def test_hosts_files_and_forged_headers(front: Front, monkeypatch: Any) -> None:
    monkeypatch.setattr(settings, "MEDIA_ROOT", settings.MEDIA_ROOT)
    content = os.urandom(3_000_000)
    address, cookie = _attached(front, content), _session("olga@acme.test")

    status, headers, body = front.get(address, host="acme.localhost", Cookie=cookie)
    assert (status, body == content) == (200, True)
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Disposition"].startswith("attachment")
    assert headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert front.get(address, host="acme.localhost")[0] == 302, "a stranger"
    assert front.get(address, host="globex.localhost", Cookie=cookie)[0] == 302
    name = address.strip("/").split("/")[1]
    for inside in (f"/files-of/1/{name}", "/files-of/", f"/files-of/1/{name[:2]}/{name}"):
        assert front.get(inside, host="acme.localhost", Cookie=cookie)[0] == 404

    status, headers, _ = front.get(
        "/", host="acme.localhost", **{"X-Request-ID": "f" * 32, "X-Forwarded-Proto": "http"}
    )
    assert status == 302
    assert headers["X-Request-ID"] != "f" * 32
    assert headers["Location"] == "/sign-in/"
    assert front.get("/", host="nobody.example")[0] == 404
    assert front.get("/metrics", host="desk.localhost")[0] == 404
    assert front.get("/healthz/live", host="desk.localhost")[0] == 200
    assert front.get("/healthz/ready", host="desk.localhost")[0] == 404, "for the inside"
    _no_line_holds_a_link(front)
    _styles_of_two_releases_are_found(front)
    assert front.get("/sign-in/", host="desk.localhost", **{"Accept-Encoding": "gzip"})[1][
        "Content-Encoding"
    ] == "gzip"  # fmt: skip
    print(f"\na file of {len(content):,} bytes handed out by nginx; hosts and headers as promised")


def test_an_upload_that_is_too_large_is_refused_before_it_is_read(front: Front) -> None:
    """One GiB is announced; nginx answers before a byte of it was sent, Django hears nothing."""
    before = (front.place / "first.log").stat().st_size + (
        front.place / "second.log"
    ).stat().st_size
    started = time.monotonic()
    with closing(front.connect()) as connection:
        connection.putrequest("POST", "/tickets/new/", skip_host=True)
        for name, word in (("Host", "acme.localhost"), ("Content-Length", str(2**30)),
                           ("Content-Type", "multipart/form-data; boundary=x")):  # fmt: skip
            connection.putheader(name, word)
        connection.endheaders()
        status = connection.getresponse().status
    took = time.monotonic() - started
    after = (front.place / "first.log").stat().st_size + (front.place / "second.log").stat().st_size

    print(f"\n1 GiB refused with {status} after {took * 1000:.0f} ms, 0 bytes of it sent")
    assert (status, after - before) == (413, 0)
    assert took <= 1.0


# --- A deployment under load ----------------------------------------------------------------------


@dataclass
class Load:
    """Threads that ask all the time, reading and writing, and count what they were answered."""

    front: Front
    cookie: str
    took: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Load:
        self._threads = [threading.Thread(target=self._ask, args=(n,)) for n in range(6)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_how: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(30)

    def _ask(self, number: int) -> None:
        while not self._over.is_set():
            started = time.monotonic()
            method, path, good = (
                ("POST", "/sign-in/", (403,))  # without a token: Django answers, in any case
                if number % 3 == 0
                else ("GET", "/sign-in/", (200,))
            )
            try:
                status, _, _ = self.front.get(
                    path,
                    host="acme.localhost",
                    method=method,
                    body="a=b" if number % 3 == 0 else None,
                )
                if status not in good:
                    self.wrong.append(f"{method} {status}")
            except (OSError, HTTPException) as problem:
                self.wrong.append(f"{method} {problem!r}")
            self.took.append(time.monotonic() - started)
            time.sleep(0.05)

    def p95(self) -> float:
        return sorted(self.took)[int(len(self.took) * 0.95)]


def test_a_deployment_under_load_fails_no_request(front: Front) -> None:
    """One web process after the other is told to end and is followed by a new one."""
    with Load(front, "") as load:
        time.sleep(2)
        ends = [front.replace_web(name) for name in ("first", "second", "first", "second")]
        time.sleep(2)

    print(
        f"\n{len(load.took)} requests during 4 replacements: {len(load.wrong)} failed;"
        f" p95 {load.p95() * 1000:.0f} ms, longest {max(load.took):.1f} s;"
        f" processes ended in {', '.join(f'{took:.1f}' for _, took in ends)} s"
    )
    assert load.wrong == [], (front.place / "nginx.log").read_text()[-4000:]
    assert [code for code, _ in ends] == [0, 0, 0, 0]


# --- Slow clients ---------------------------------------------------------------------------------


def test_slow_clients_hold_nobody_up(front: Front) -> None:
    """500 that send a header a second, 100 that stop in the middle of a body."""
    alone = _good_requests(front, seconds=3)
    heard = len(_said_by_nginx(front))
    port = str(front.ports["https"])
    slow = subprocess.Popen(
        [sys.executable, "-m", "tests.drills.slow_clients", port, str(SLOW_HEADERS),
         str(SLOW_BODIES), str(SLOW_SECONDS)],
        cwd=env.BASE_DIR, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert slow.stdout is not None
        assert slow.stdout.readline() == "ready\n"
        good = _good_requests(front, seconds=8)  # before the first of them is dropped
        dropped_after: list[float] = json.loads(slow.communicate(timeout=SLOW_SECONDS + 10)[0])
    finally:
        slow.kill()

    inside = [said["ms"] for said in _said_by_nginx(front)[heard:] if said["status"] == 200]
    print(
        f"\n{len(good)} good requests beside {SLOW_HEADERS + SLOW_BODIES} slow clients, all"
        f" answered; p95 {_p95(good) * 1000:.0f} ms ({_p95(alone) * 1000:.0f} ms without them;"
        f" {_p95(inside) * 1000:.0f} ms as nginx counts, without connecting);"
        f" {len(dropped_after)} of them dropped, the last after {max(dropped_after):.0f} s"
    )
    assert len(dropped_after) == SLOW_HEADERS + SLOW_BODIES
    assert max(dropped_after) <= 15
    assert _p95(good) <= 0.25


def _p95(took: list[float]) -> float:
    return sorted(took)[int(len(took) * 0.95)]


def _said_by_nginx(front: Front) -> list[dict[str, Any]]:
    lines = (front.place / "access.log").read_text().splitlines()
    return [said for said in map(json.loads, lines) if said["path"] == "/sign-in/"]


def _good_requests(front: Front, *, seconds: float) -> list[float]:
    """Ask again and again; every answer must be 200. Returns the seconds each took."""
    took, ends = [], time.monotonic() + seconds
    while time.monotonic() < ends:
        started = time.monotonic()
        assert front.get("/sign-in/", host="acme.localhost")[0] == 200
        took.append(time.monotonic() - started)
        time.sleep(0.02)
    return took
