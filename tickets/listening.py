"""Mail from our relay, by SMTP or LMTP: it is told "250" only once every row is committed.

For a relay of ours on a network of ours: no sign-in, no TLS, nothing is passed on. Recipients of
ours alone are taken (550 for others), 25 MiB at most (552), and 451 is said while the database is
away, so that the relay keeps the mail and comes again. The database is asked in threads: the loop
never waits.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session, syntax
from django.conf import settings
from django.db import Error, connections
from django.utils import timezone

from desk.models import IncomingMail
from tickets.inbound.reading import MAX_BYTES, TooLarge
from tickets.operations import receiving

log = logging.getLogger(__name__)

MOST_RECIPIENTS = 100
MOST_CONNECTIONS = 20
"""At once; each may hold a mail of 25 MiB twice in memory. Beyond it a relay is told to wait."""
SECONDS = 300.0
"""How long a peer may be silent, or take for one mail (RFC 5321, 4.5.3.2.7)."""
THREADS = 4
SECONDS_TO_FINISH = 10.0
_LINE = 1024 * 1024  # bytes: no relay of today sends a longer line

AWAY = "451 4.3.0 Not now: nothing was kept, try again"
TAKEN = "250 2.0.0 Kept"
NOT_OURS = "550 5.7.1 Not an address of ours"
TOO_MANY = "452 4.5.3 Too many recipients"
TOO_LARGE = "552 5.3.4 A mail may have 25 MiB"
BUSY = b"421 4.3.2 Too many connections, try again\r\n"

T = TypeVar("T")


class Keeper:
    """What the two protocols do with a mail: ask whose it is, keep it, answer."""

    def __init__(self, *, answers_each: bool) -> None:
        self._answers_each = answers_each
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="mail")

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Whether this recipient is one of ours."""
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return TOO_MANY
        try:
            if not await self._ask(lambda: receiving.is_ours(address=address)):
                return NOT_OURS
        except Error as problem:
            return _away(problem)
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802  aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep the mail; the answer goes out after the commit. LMTP: a line for each recipient."""
        raw, sender = envelope.original_content or b"", envelope.mail_from or "<>"
        recipients: list[str] = envelope.rcpt_tos
        if not self._answers_each:
            return await self._keep(raw, recipients, sender)
        return "\r\n".join([await self._keep(raw, [one], sender) for one in recipients])

    async def handle_exception(self, problem: Exception) -> str:
        """What is said when something unforeseen broke: nothing of it, and to come again."""
        log.error("the listener broke", exc_info=problem)
        return AWAY

    async def _keep(self, raw: bytes, recipients: list[str], sender: str) -> str:
        try:
            await self._ask(
                lambda: receiving.store_all(
                    raw=raw,
                    recipients=recipients,
                    way=IncomingMail.Way.SMTP,
                    now=timezone.now(),
                    return_path=sender,
                    authserv_id=settings.AUTHSERV_ID,
                )
            )
        except TooLarge:
            return TOO_LARGE
        except Exception as problem:
            return _away(problem)
        return TAKEN

    async def _ask(self, question: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, _alive, question)

    def close(self) -> None:
        """Let what is being kept be kept."""
        self._threads.shutdown(wait=True)


def _alive(question: Callable[[], T]) -> T:
    """Ask the database, by a connection that has not died since the last question."""
    for connection in connections.all(initialized_only=True):
        connection.close_if_unusable_or_obsolete()
    return question()


def _away(problem: Exception) -> str:
    log.error("a mail was put off: %s", type(problem).__name__)
    return AWAY


class _Smtp(SMTP):
    line_length_limit = _LINE


class _Lmtp(LMTP):
    """LMTP answers a mail once for each recipient, whatever became of it (RFC 2033, 4.2)."""

    line_length_limit = _LINE
    _answers = 0

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802  aiosmtpd's name
        self._answers = -len(self.envelope.rcpt_tos) if self.envelope else 0
        try:
            await super().smtp_DATA(arg)
        finally:
            self._answers = 0

    async def push(self, status: Any) -> None:
        """Say it; after the mail as often as it had recipients."""
        is_of_the_mail, count = self._answers > 0, abs(self._answers)
        if isinstance(status, str) and self._answers and status.startswith("354"):
            self._answers = count
        elif isinstance(status, str) and is_of_the_mail and "\r\n" not in status:
            status = "\r\n".join([status] * count)
        await super().push(status)


class Listener:
    """One address listened on; `start` and `stop` within a running loop."""

    def __init__(self, *, protocol: str, host: str, port: int) -> None:
        self._kind: type[SMTP] = _Lmtp if protocol == "lmtp" else _Smtp
        self._host, self._port = host, port
        self._keeper = Keeper(answers_each=protocol == "lmtp")
        self._open: set[SMTP] = set()
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port, once it is listened on: 0 was any."""
        sockets = self._server.sockets if self._server else ()
        return int(sockets[0].getsockname()[1]) if sockets else self._port

    async def start(self) -> None:
        """Begin to listen. Raises OSError where the address is taken."""
        logging.getLogger("mail.log").setLevel(logging.ERROR)  # theirs: lines with addresses
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connection, self._host, self._port)

    async def stop(self) -> None:
        """Take nobody in any more; what is being kept is kept."""
        if self._server:
            self._server.close()
            await self._server.wait_closed()
        await asyncio.to_thread(self._keeper.close)

    def _connection(self) -> asyncio.Protocol:
        self._open = {one for one in self._open if one.transport is not None}
        if len(self._open) >= MOST_CONNECTIONS:
            return _Refusal()
        server = self._kind(
            self._keeper,
            data_size_limit=MAX_BYTES,
            enable_SMTPUTF8=True,
            hostname=settings.MAIL_DOMAIN,
            ident="ready",
            timeout=SECONDS,
            auth_exclude_mechanism=["LOGIN", "PLAIN"],
            loop=asyncio.get_running_loop(),
        )
        self._open.add(server)
        return server


class _Refusal(asyncio.Protocol):
    """To one connection too many: come again."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.WriteTransport):
            transport.write(BUSY)
        transport.close()


async def listen(*, protocol: str, host: str, port: int) -> None:
    """Listen until SIGTERM or SIGINT. Raises OSError where the address is taken."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    listener = Listener(protocol=protocol, host=host, port=port)
    await listener.start()
    log.info("listening for mail by %s on %s:%d", protocol.upper(), host, listener.port)
    await ended.wait()
    with suppress(TimeoutError):
        await asyncio.wait_for(listener.stop(), SECONDS_TO_FINISH)
