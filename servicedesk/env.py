"""What this process runs on: the secrets, the database and the broker of this installation.

Each is taken from the environment when set there, else from `var/`, where this module and the
embedded servers keep them. Imported by settings, by `manage.py` and by `make run`: no Django here.
"""

import json
import os
import secrets as randomness
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from servicedesk import rotating
from servicedesk.embedded.errors import ServerError
from servicedesk.embedded.installation import SUPERUSER, Installation
from servicedesk.embedded.postgres import Cluster
from servicedesk.embedded.valkey import Broker

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("SERVICEDESK_VAR") or BASE_DIR / "var").absolute()

INSTALLATION = os.environ.get("SERVICEDESK_INSTALLATION") or "servicedesk"
"""Prefix of this installation's database and roles, so that several can share one server."""

SECRET_VARIABLES = {
    "django_key": "SERVICEDESK_SECRET_KEY",
    "tenant_secret": "SERVICEDESK_TENANT_SECRET",
    "desk_secret": "SERVICEDESK_DESK_SECRET",
    "owner_password": "SERVICEDESK_OWNER_PASSWORD",
    "superuser_password": "SERVICEDESK_SUPERUSER_PASSWORD",
}


@dataclass(frozen=True)
class Secrets:
    """256 random bits each, as 64 hex digits (unless the environment sets another text)."""

    django_key: str
    tenant_secret: str
    desk_secret: str
    owner_password: str
    superuser_password: str


@dataclass(frozen=True)
class Database:
    """Where the database is and who owns it. The superuser is known for servers of our own only."""

    host: str
    port: int
    name: str
    owner: str
    owner_password: str
    superuser: str | None
    superuser_password: str | None
    source: Literal["url", "embedded", "system"]
    options: tuple[tuple[str, str], ...] = ()
    """Further libpq parameters, as given behind the `?` of DATABASE_URL (for example sslmode)."""


def given(variable: str) -> str | None:
    """What the environment says by the variable, or by the file that `<variable>_FILE` names.

    A file's last line may end with a newline. Raises ServerError when it cannot be read.
    """
    if text := os.environ.get(variable):
        return text
    if path := os.environ.get(f"{variable}_FILE"):
        try:
            return Path(path).read_text().rstrip("\r\n") or None
        except OSError as problem:
            raise ServerError(f"{variable}_FILE: {problem}") from None
    return None


def secrets() -> Secrets:
    """The installation's secrets. Made once; two processes that start together get the same.

    Who names a database and a key keeps the secrets himself: none is made, and those not given are
    empty. So a process holds what it was handed, a portal's nothing of the desk's.
    """
    mine = {name: given(variable) for name, variable in SECRET_VARIABLES.items()}
    is_handed = bool(given("DATABASE_URL") and mine["django_key"])
    kept = {} if all(mine.values()) else _kept_secrets(may_make=not is_handed)
    return Secrets(**{name: value or kept.get(name, "") for name, value in mine.items()})


def former_keys() -> list[str]:
    """Django keys of before that are still good: those given, or those kept for 60 days."""
    if given(SECRET_VARIABLES["django_key"]):
        others = (
            "SERVICEDESK_SECRET_KEY_BEFORE", "SERVICEDESK_DESK_KEY", "SERVICEDESK_DESK_KEY_BEFORE",
        )  # fmt: skip
        return [key for name in others for key in (given(name) or "").split()]
    return rotating.former_keys(path=secrets_path(), now=datetime.now(UTC))


def secrets_path() -> Path:
    """Where the secrets are kept that the environment does not give."""
    return VAR / "secrets.json"


def _kept_secrets(*, may_make: bool) -> dict[str, str]:
    path = secrets_path()
    if not path.exists() and not may_make:
        return {}
    if not path.exists():
        VAR.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"secrets.{randomness.token_hex(8)}.tmp")
        fresh = {name: randomness.token_hex(32) for name in SECRET_VARIABLES}
        file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "w") as opened:
            json.dump(fresh, opened, indent=1)
        try:
            os.link(draft, path)  # unlike a rename it never replaces what another process made
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    kept: dict[str, str] = json.loads(path.read_text())
    return kept


def database() -> Database:
    """The owner's way to the database. Starts nothing, but settles the port it will listen on."""
    if url := given("DATABASE_URL"):
        return _database_at(url)
    cluster, mine = _cluster(), secrets()
    return Database(
        host="127.0.0.1",
        port=cluster.port(),
        name=INSTALLATION,
        owner=f"{INSTALLATION}_owner",
        owner_password=mine.owner_password,
        superuser=SUPERUSER,
        superuser_password=mine.superuser_password,
        source=cluster.source(),
    )


def ensure_database() -> Database:
    """The same, and the server runs: started here if need be, and ours to use until we end.

    Raises ServerError, whose text says what to do, when there is none to start.
    """
    if not given("DATABASE_URL"):
        mine = secrets()
        cluster = _cluster()
        cluster.use(
            Installation(INSTALLATION, f"{INSTALLATION}_owner", mine.owner_password),
            superuser_password=mine.superuser_password,
        )
    return database()


def broker() -> str | None:
    """The address of the broker as a redis:// URL; None when the embedded one does not run."""
    return _given_broker() or _broker().url()


def ensure_broker() -> str:
    """The same, started here if need be, and ours to use until we end."""
    return _given_broker() or _broker().use()


def stop_servers(*, even_if_used: bool = False) -> None:
    """Give our servers back. They stop unless others use them, or at once when told so."""
    for server in (_cluster(), _broker()):
        if even_if_used:
            server.stop()
        else:
            server.leave()


def database_runs() -> bool:
    """Whether the server is there without our doing."""
    return bool(given("DATABASE_URL")) or _cluster().pid() is not None


def revive_servers() -> list[str]:
    """Start those of our servers again that have died. Returns their names."""
    revived = []
    if not database_runs():
        ensure_database()
        revived.append("PostgreSQL")
    if broker() is None:
        ensure_broker()
        revived.append("Valkey")
    return revived


def mail_listener() -> tuple[str, str, int]:
    """Where mail of our own relay is taken: smtp or lmtp, host and port."""
    place = urlsplit(os.environ.get("SERVICEDESK_LISTEN_MAIL") or "smtp://127.0.0.1:8025")
    return place.scheme, place.hostname or "127.0.0.1", place.port or 8025


def port() -> int:
    """Where the web process listens."""
    return int(os.environ.get("PORT") or 8000)


def is_demo() -> bool:
    """Whether this installation shows its demo: customers, tickets, and mails on a page."""
    return os.environ.get("SERVICEDESK_DEMO", "1") == "1"


ROLES = frozenset({"agent", "consultant", "product_manager", "engineer", "manager", "operator"})
"""The names of `accounts.policy.Role`, which is Django's and so out of reach here."""


def roles_with_a_second_step() -> frozenset[str]:
    """Roles that SERVICEDESK_REQUIRE_TOTP names: ``1`` is all of them, ``0`` or nothing is none.

    Raises ServerError for a role that there is not: a slip of the pen must not switch it off.
    """
    said = os.environ.get("SERVICEDESK_REQUIRE_TOTP", "").strip()
    if said in ("", "0"):
        return frozenset()
    if said == "1":
        return ROLES
    named = {role.strip() for role in said.split(",") if role.strip()}
    if not named <= ROLES:
        raise ServerError(
            f"SERVICEDESK_REQUIRE_TOTP: there is no role {', '.join(sorted(named - ROLES))}."
            f" Write 1, 0, or some of: {', '.join(sorted(ROLES))}."
        )
    return frozenset(named)


def database_birth() -> str:
    """A word that changes when the database is made anew."""
    return given("DATABASE_URL") or _cluster().birth()


def _cluster() -> Cluster:
    return Cluster(VAR)


def _broker() -> Broker:
    return Broker(VAR)


def _database_at(url: str) -> Database:
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ServerError(
            "DATABASE_URL is not understood. It looks like "
            "postgresql://owner:password@host:5432/database, where the owner may create roles."
        )
    options = dict(parse_qsl(parts.query))
    return Database(
        host=options.pop("host", "") or unquote(parts.hostname or "127.0.0.1"),
        port=int(options.pop("port", "") or parts.port or 5432),
        name=unquote(parts.path.lstrip("/")),
        owner=_text(parts, "username"),
        owner_password=_text(parts, "password") or given("SERVICEDESK_OWNER_PASSWORD") or "",
        superuser=None,
        superuser_password=None,
        source="url",
        options=tuple(options.items()),
    )


def mail_server() -> SplitResult:
    """Where mails go and how: SERVICEDESK_SMTP_URL in its parts; without a host none is named."""
    return urlsplit(_with_password("SERVICEDESK_SMTP_URL", "SERVICEDESK_SMTP_PASSWORD") or "")


def mail_domain(base: str) -> str:
    """Right of the @ in what we send: a name of its own where the desk is on this machine only."""
    is_here = base == "localhost" or base.endswith(".localhost")
    return os.environ.get("SERVICEDESK_MAIL_DOMAIN") or (
        "desk.example" if is_here else f"mail.{base}"
    )


def _given_broker() -> str | None:
    return _with_password("REDIS_URL", "SERVICEDESK_BROKER_PASSWORD")


def _with_password(address: str, variable: str) -> str | None:
    """The address that a variable gives, with the password that another gives apart from it."""
    url, password = given(address), given(variable)
    if url is None or password is None:
        return url
    parts = urlsplit(url)
    login, _, place = parts.netloc.rpartition("@")
    user = login.partition(":")[0]
    return parts._replace(netloc=f"{user}:{quote(password, safe='')}@{place}").geturl()


def _text(parts: SplitResult, name: Literal["username", "password"]) -> str:
    return unquote(getattr(parts, name) or "")
