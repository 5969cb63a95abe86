from django.db import models


class CountedLimit(models.Model):
    """How often something was tried in a window: a counter row, so it holds without a cache.

    Abstract: staff are counted in public, a customer's people in the customer's schema.
    """

    key = models.CharField(max_length=200, primary_key=True)
    window_started_at = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True


class Limit(CountedLimit):
    """Tries counted for doors that staff use."""

    class Meta:
        db_table = "accounts_limit"
