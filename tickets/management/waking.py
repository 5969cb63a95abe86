"""Making a fresh process ours; imports no model, which could not be loaded before that."""

from django.db import connection


def wake() -> None:
    """Set Django up; the process has a database connection of its own, with quick commits."""
    import django

    django.setup()
    quick_commits()


def quick_commits() -> None:
    """A crash may cost this connection's last moments: importing again brings them back."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
