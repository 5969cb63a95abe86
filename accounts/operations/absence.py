from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.operations.auditing import By, changes_between, facts_of, record

FIELDS = ("away_from", "away_until", "deputy")


class BackBeforeLeaving(ValueError):
    """An absence ends after it began, and has a beginning."""


class BackAlready(ValueError):
    """The end of the absence has passed; name a later one."""


class OwnDeputy(ValueError):
    """Nobody stands in for themselves; choose a colleague, or nobody."""


@transaction.atomic
def be_away(
    *,
    user: User,
    away_from: datetime | None,
    away_until: datetime | None,
    deputy: User | None,
    by: By,
    now: datetime,
) -> User:
    """Keep when a person is absent and who stands in; all empty: they are here.

    Without an end it lasts until further notice. A trigger has the steps of their open tickets
    looked at anew (`sd.absence_1`). Raises BackBeforeLeaving, BackAlready, OwnDeputy.
    """
    if away_until is not None and (away_from is None or away_until <= away_from):
        raise BackBeforeLeaving
    if away_until is not None and away_until <= now:
        raise BackAlready
    if deputy is not None and deputy.pk == user.pk:
        raise OwnDeputy
    kept = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    before = facts_of(kept)
    kept.away_from, kept.away_until, kept.deputy = away_from, away_until, deputy
    kept.save(update_fields=FIELDS)
    after = facts_of(kept)
    changes = changes_between(
        before={name: before[name] for name in FIELDS},
        after={name: after[name] for name in FIELDS},
    )
    if changes:
        record(action="changed", of=kept, changes=changes, by=by, now=now)
    return kept
