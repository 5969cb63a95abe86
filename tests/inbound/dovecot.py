"""A real IMAP server for tests: Debian's dovecot, on loopback, in a directory of its own.

It runs as a user that is not root, on ports of its own, with a certificate of an authority that
only the test trusts.
"""

from __future__ import annotations

import imaplib
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.driving import spare_port

DOVECOT = shutil.which("dovecot") or "/usr/sbin/dovecot"
PASSWORD = "correct horse"

_CONFIG = """
base_dir = {place}/run
state_dir = {place}/run
log_path = {place}/dovecot.log
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
disable_plaintext_auth = no
first_valid_uid = 1
first_valid_gid = 1
mail_fsync = never
mail_location = maildir:{place}/mail/%u
ssl = yes
ssl_cert = <{place}/server.pem
ssl_key = <{place}/server.key
ssl_dh =
auth_mechanisms = plain login xoauth2
namespace inbox {{
  inbox = yes
  separator = /
}}
passdb {{
  driver = passwd-file
  mechanisms = plain login
  args = scheme=PLAIN {place}/users
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {place}/oauth2.conf
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={place}/home/%u
}}
auth_failure_delay = 0
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  process_min_avail = 1
  service_count = 0
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
{more}
"""


@dataclass
class Dovecot:
    """The server; `port` for STARTTLS and none, `tls_port` for TLS."""

    place: Path
    port: int = field(default_factory=spare_port)
    tls_port: int = field(default_factory=spare_port)
    tokeninfo: str = "http://127.0.0.1:1/?token="
    more: str = ""
    _process: subprocess.Popen[bytes] | None = None

    @property
    def authority(self) -> Path:
        """The authority's certificate, for SERVICEDESK_MAIL_CA."""
        return self.place / "authority.pem"

    def prepare(self) -> None:
        """Lay its directory."""
        _certificates(self.place)
        user = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
        people = ("box", "other", "token")
        (self.place / "users").write_text("".join(f"{one}:{PASSWORD}\n" for one in people))
        (self.place / "oauth2.conf").write_text(
            f"tokeninfo_url = {self.tokeninfo}\nusername_attribute = login\n"
            "active_attribute =\nactive_value =\n"
        )
        group = subprocess.run(
            ["id", "-gn", user.pw_name], capture_output=True, text=True, check=True
        ).stdout.strip()
        (self.place / "dovecot.conf").write_text(
            _CONFIG.format(
                place=self.place, user=user.pw_name, group=group, uid=user.pw_uid,
                gid=user.pw_gid, port=self.port, tls_port=self.tls_port, more=self.more,
            )
        )  # fmt: skip
        for name in ("run", "mail", "home"):
            (self.place / name).mkdir(exist_ok=True)
        if os.getuid() == 0:
            subprocess.run(["chown", "-R", "nobody", str(self.place)], check=True)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        who: dict[str, Any] = {"user": "nobody", "group": "nogroup"} if os.getuid() == 0 else {}
        with (self.place / "stderr").open("ab") as said:
            self._process = subprocess.Popen(
                [DOVECOT, "-F", "-c", str(self.place / "dovecot.conf")],
                stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True,
                extra_groups=[] if who else None, **who,
            )  # fmt: skip
        until = time.monotonic() + 10
        while True:
            with suppress(OSError, imaplib.IMAP4.error):
                imaplib.IMAP4("127.0.0.1", self.port, timeout=5).logout()
                return
            assert time.monotonic() < until, self.said()
            time.sleep(0.02)

    def kill(self) -> None:
        """SIGKILL to it and all its processes."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)
            self._process = None
        with suppress(OSError, ValueError):
            os.kill(int((self.place / "run/master.pid").read_text()), signal.SIGKILL)

    def said(self) -> str:
        """What it wrote, for a test that failed."""
        files = (self.place / "dovecot.log", self.place / "stderr")
        return "".join(file.read_text(errors="replace") for file in files if file.exists())[-3000:]

    @contextmanager
    def folder(self, name: str = "INBOX", login: str = "box") -> Iterator[imaplib.IMAP4]:
        """The folder as a person's mail program has it open."""
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        client.login(login, PASSWORD)
        client.select(name)
        try:
            yield client
        finally:
            client.logout()

    def put(
        self, *mails: bytes, folder: str = "INBOX", login: str = "box", flags: str = ""
    ) -> None:
        """Deliver mails."""
        with self.folder(login=login) as client:
            for raw in mails:
                status, said = client.append(folder, flags, "", raw)
                assert status == "OK", said

    def flags(self, folder: str = "INBOX", login: str = "box") -> list[str]:
        """The flags of each mail that lies there, without `Recent`."""
        with self.folder(folder, login) as client:
            _status, found = client.search(None, "ALL")
            which = b",".join(found[0].split()).decode()
            _status, rows = client.fetch(which, "(FLAGS)") if which else ("OK", [])
        flags = [imaplib.ParseFlags(row) for row in rows if isinstance(row, bytes)]
        return [b" ".join(sorted(set(one) - {rb"\Recent"})).decode() for one in flags]


def _certificates(place: Path) -> None:
    """An authority, and by it a certificate for localhost and 127.0.0.1."""
    now = datetime.now(UTC)

    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    def built(subject: str, key: Any, is_authority: bool) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(name(subject))
            .issuer_name(name("Test authority"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=2))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), True)
        )

    authority, server = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    pem = serialization.Encoding.PEM
    top = built("Test authority", authority, True).sign(authority, hashes.SHA256())
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    ours = built("localhost", server, False).add_extension(names, False)
    (place / "authority.pem").write_bytes(top.public_bytes(pem))
    signed = ours.sign(authority, hashes.SHA256())
    (place / "server.pem").write_bytes(signed.public_bytes(pem))
    (place / "server.key").write_bytes(
        server.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


@contextmanager
def dovecot(**how: Any) -> Iterator[Dovecot]:
    """The server while the block lasts. Missing it fails: `apt-get install dovecot-imapd`.

    Its directory is none of pytest's: each new run of pytest closes those to other users.
    """
    assert Path(DOVECOT).exists(), "no dovecot: apt-get install dovecot-imapd"
    with TemporaryDirectory(prefix="dovecot-", ignore_cleanup_errors=True) as place:
        server = Dovecot(Path(place), **how)
        server.prepare()
        try:
            server.start()
            yield server
        finally:
            server.kill()
