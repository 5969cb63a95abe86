"""For the commands that restore and drop: archives, refusals in words, and a look at the result."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.core.management.base import CommandError
from django.db import OperationalError
from django.utils import timezone

from customers.archive import DamagedArchive
from customers.inside import schema_of
from customers.models import Customer
from customers.operations.alone import SomebodyElseRestores
from customers.operations.dropping import HasBranches, NoFreshBackup, StillNamed
from customers.operations.everything import NotEmpty
from customers.operations.restoring import ArchiveTooNew, CustomerIsThere, NotAsKept, PlaceTaken
from customers.store import kept, store
from tickets.operations.verifying import verify

REFUSALS: dict[type[Exception], str] = {
    DamagedArchive: "the archive is damaged ({}); take another one",
    ArchiveTooNew: "the archive is from newer code ({}); bring the code up first",
    CustomerIsThere: "{} is there; --replace it, or ./manage.py drop_customer {} --yes-really",
    PlaceTaken: "its place is taken: {}",
    NotAsKept: "{} came out otherwise than it is in the archive; nothing was restored",
    NotEmpty: "the database is not empty: {}",
    HasBranches: "{} has branches; give them another parent first",
    StillNamed: "{} still names it; delete what was made for it first",
    NoFreshBackup: "no backup of the last 24 hours: backup_customer {}, or --without-backup",
    SomebodyElseRestores: "somebody else is restoring or dropping customer {}; wait",
    OperationalError: "busy, nothing was done, run this again: {}",
}


def archive_file(name: str) -> IO[bytes]:
    """An archive by its path, or by its name in the store. Raises CommandError."""
    if Path(name).is_file():
        return Path(name).open("rb")
    if not store().exists(name):
        raise CommandError(f"file: there is no {name}, neither here nor in the store of backups")
    return kept(name=name, of=store())


@contextmanager
def in_words() -> Iterator[None]:
    """Say a refusal as an operator's sentence."""
    try:
        yield
    except tuple(REFUSALS) as problem:
        words = next(words for kind, words in REFUSALS.items() if isinstance(problem, kind))
        raise CommandError(words.replace("{}", str(problem))) from None


def differences(customer: Customer) -> list[str]:
    """What `verify` finds at a restored customer: chains, numbers, queue, search and orphans."""
    if customer.laid_at is None:
        return []
    with schema_of(customer):
        found = verify(customer=customer, now=timezone.now())
    return [f"{customer.prefix}-{one.number}: {one.what}" for one in found]
