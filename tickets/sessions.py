"""Where a contact's browser session is kept: in the customer's own schema."""

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore

from tickets.models import ContactSession


class SessionStore(DatabaseSessionStore):
    """The database store over `ContactSession`."""

    @classmethod
    def get_model_class(cls) -> type[ContactSession]:
        return ContactSession
