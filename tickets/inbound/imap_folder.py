"""A folder of an IMAP server: signed in to, read by UIDs, marked. Nothing of ours is written here.

Of imap-tools only what signs in, names folders and searches is used: its fetching would take the
mail apart in this process, and its marking and deleting expunge what others have marked, too.
Nothing is deleted but by UID, so on a server without UIDPLUS mails are only marked as deleted.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from imaplib import IMAP4
from ipaddress import ip_address
from socket import SHUT_RDWR, socket
from threading import Timer
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError
from imap_tools.utils import encode_folder

SECONDS = 20.0
"""How long the server may take for one answer."""

_SIZE = re.compile(rb"UID (\d+)\b.*?RFC822\.SIZE (\d+)|RFC822\.SIZE (\d+).*?UID (\d+)\b", re.S)

_SHORT = re.compile(rb'BODY\[[A-Z]*\] (?:NIL|"((?:[^"\\]|\\.)*)")')
_ESCAPED = re.compile(rb"\\(.)", re.S)
"""A text so short that a server may send it quoted, without saying its length first."""


class Trouble(Exception):
    """The mailbox cannot be read now; the words say why, without any secret."""


class Way(NamedTuple):
    """How to a folder: `security` tls, starttls or none (on this machine only)."""

    host: str
    port: int
    security: str
    login: str
    folder: str


@dataclass
class Folder:
    """An open folder. Every method raises what `trouble_of` has words for."""

    box: BaseMailBox
    uid_validity: int
    mails: int

    def uids(self, criteria: str) -> list[int]:
        """The UIDs of what is searched for, in their order."""
        return sorted(int(uid) for uid in self.box.uids(criteria, charset=None))

    def sizes(self, uids: list[int]) -> dict[int, int]:
        """How many bytes each of these has, of those that are still there."""
        found: dict[int, int] = {}
        if not uids:
            return found
        for row in self._uid("FETCH", _set_of(uids), "(UID RFC822.SIZE)"):
            match = _SIZE.search(row) if isinstance(row, bytes) else None
            if match:
                uid, size, other_size, other_uid = match.groups()
                found[int(uid or other_uid)] = int(size or other_size)
        return found

    def raw(self, uid: int, *, part: str = "") -> bytes | None:
        """A mail's bytes, left unread there; None when it is gone. `part`: HEADER alone."""
        for row in self._uid("FETCH", str(uid), f"(UID BODY.PEEK[{part}])"):
            if isinstance(row, tuple):
                return bytes(row[1])
            if isinstance(row, bytes) and (match := _SHORT.search(row)):
                return _ESCAPED.sub(rb"\1", match[1] or b"")
        return None

    def mark_seen(self, uids: list[int]) -> None:
        self._uid("STORE", _set_of(uids), "+FLAGS.SILENT", r"(\Seen)")

    def move(self, uids: list[int], folder: str) -> None:
        """Move them, or where the server cannot, copy them and then delete them here."""
        where = encode_folder(folder)
        if "MOVE" in self.box.client.capabilities:
            self._uid("MOVE", _set_of(uids), where)
            return
        self._uid("COPY", _set_of(uids), where)
        self.delete(uids)

    def delete(self, uids: list[int]) -> None:
        """Delete these and no other: without UIDPLUS they are marked, and nothing is expunged."""
        self._uid("STORE", _set_of(uids), "+FLAGS.SILENT", r"(\Deleted)")
        if "UIDPLUS" in self.box.client.capabilities:
            self._uid("EXPUNGE", _set_of(uids))

    def _uid(self, command: str, *words: Any) -> list[Any]:
        client = self.box.client
        if command == "EXPUNGE":  # imaplib knows of no UID EXPUNGE (RFC 4315)
            status, said = client._simple_command("UID", command, *words)
        else:
            status, said = client.uid(command, *words)
        if status != "OK":
            raise Refused(command, said)
        return list(said)


class Refused(Exception):
    """The server answered NO or BAD to a command."""

    def __init__(self, command: str, said: Any) -> None:
        words = b" ".join(one for one in said or [] if isinstance(one, bytes))
        super().__init__(f"{command}: {words.decode(errors='replace')[:120]}")


@contextmanager
def opened(
    way: Way, *, sign_in: Callable[[BaseMailBox], None], seconds: float, is_read_only: bool = False
) -> Iterator[Folder]:
    """The folder while the block lasts, for so many seconds at most. Raises Trouble, in words.

    A server that answers a little now and then is left in the end, too: its socket is shut.
    """
    box: BaseMailBox | None = None
    ends: Timer | None = None
    try:
        box = _connected(way)
        ends = Timer(seconds, _shut, [box])
        ends.daemon = True
        ends.start()
        _signed_in(box, sign_in, way)
        box.folder.set(way.folder, readonly=is_read_only)
        yield _folder(box)
    except Trouble:
        raise
    except (OSError, IMAP4.error, ImapToolsError, Refused, UnicodeError) as problem:
        raise Trouble(trouble_of(problem, way)) from problem
    finally:
        if ends is not None:
            ends.cancel()
        if box is not None:
            _leave(box)


def with_password(way: Way, secret: Mapping[str, str]) -> Callable[[BaseMailBox], None]:
    """Sign in by login and password, whatever letters they are of."""

    def sign_in(box: BaseMailBox) -> None:
        password = secret.get("password", "")
        if not password.isprintable():
            raise Trouble(_("The password has letters that no server takes"))
        if (way.login + password).isascii():
            box.login(way.login, password, initial_folder=None)
        else:
            box.login_utf8(way.login, password, initial_folder=None)

    return sign_in


def with_token(way: Way, token: str) -> Callable[[BaseMailBox], None]:
    """Sign in by an access token of OAuth2 (XOAUTH2)."""

    def sign_in(box: BaseMailBox) -> None:
        box.xoauth2(way.login, token, initial_folder=None)

    return sign_in


def trusted() -> ssl.SSLContext:
    """Certificates and names are checked, by the system's authorities and those of MAIL_CA."""
    context = ssl.create_default_context()
    if settings.MAIL_CA:
        context.load_verify_locations(cafile=settings.MAIL_CA)
    return context


def trouble_of(problem: Exception, way: Way) -> str:
    """What went wrong, for whoever set the mailbox up; no secret is in it."""
    told = way._asdict() | {"seconds": int(SECONDS), "told": str(problem)}
    for kind, words in _WORDS:
        if isinstance(problem, kind):
            return str(words(problem) % told)[:300]
    return str(_BROKEN % told)


_BROKEN = _("%(host)s ended the connection or broke the protocol")
_NOT_LET_IN = _("%(host)s refused the sign-in of %(login)s")
_WORDS: tuple[tuple[type[Exception], Callable[[Any], Any]], ...] = (
    (ssl.SSLCertVerificationError, lambda problem: _certificate(problem)),
    (ssl.SSLError, lambda _problem: _("%(host)s does not speak TLS on port %(port)s as set")),
    (TimeoutError, lambda _problem: _("%(host)s did not answer within %(seconds)s s")),
    (OSError, lambda problem: _reach(problem)),
    (MailboxLoginError, lambda _problem: _NOT_LET_IN),
    (MailboxFolderSelectError, lambda _problem: _("There is no folder %(folder)s to be opened")),
    (Refused, lambda _problem: _("%(host)s refused %(told)s")),
    (IMAP4.abort, lambda _problem: _BROKEN),
    (IMAP4.error, lambda _problem: _NOT_LET_IN),
)


def _certificate(problem: ssl.SSLCertVerificationError) -> str:
    why = problem.verify_message.replace("%", "%%")
    said = _("The certificate of %(host)s is not trusted")
    return f"{said}: {why}"


def _reach(problem: OSError) -> str:
    why = str(problem.strerror or problem).replace("%", "%%")
    said = _("%(host)s:%(port)s cannot be reached")
    return f"{said}: {why}"


def _connected(way: Way) -> BaseMailBox:
    if way.security == "tls":
        return MailBox(way.host, way.port, timeout=SECONDS, ssl_context=trusted())
    if way.security == "starttls" and way.port != 993:
        return MailBoxStartTls(way.host, way.port, timeout=SECONDS, ssl_context=trusted())
    if way.security != "none":
        raise Trouble(_("Port 993 speaks TLS from the first byte: STARTTLS is for port 143"))
    if not _is_this_machine(way.host):
        raise Trouble(_("Without TLS only a server on this machine is asked"))
    return MailBoxUnencrypted(way.host, way.port, timeout=SECONDS)


def _signed_in(box: BaseMailBox, sign_in: Callable[[BaseMailBox], None], way: Way) -> None:
    if not (way.login + way.folder).isprintable():
        raise Trouble(_("Login and folder are one line each"))
    sign_in(box)
    box.client._get_capabilities()  # a server may tell more once it knows who asks


def _is_this_machine(host: str) -> bool:
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"


def _folder(box: BaseMailBox) -> Folder:
    _status, told = box.client.response("UIDVALIDITY")
    _status, count = box.client.response("EXISTS")
    if not told or told[0] is None:
        raise Trouble(_("The server gives its folder no UIDVALIDITY"))
    return Folder(box, int(told[0]), int(count[0]) if count and count[0] else 0)


def _set_of(uids: list[int]) -> str:
    return ",".join(str(uid) for uid in uids)


def _shut(box: BaseMailBox) -> None:
    with suppress(OSError):
        socket.shutdown(box.client.sock, SHUT_RDWR)  # below TLS, which another thread may be in


def _leave(box: BaseMailBox) -> None:
    with suppress(OSError, IMAP4.error, ImapToolsError):
        box.logout()
