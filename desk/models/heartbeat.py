from django.db import models


class Heartbeat(models.Model):
    """When something that runs by itself last did: the beat, by way of its quickest sweep."""

    name = models.CharField(max_length=40, primary_key=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
