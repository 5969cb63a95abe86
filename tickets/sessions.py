"""Where a contact's browser session is kept: in the customer's own schema."""

from accounts.unhurried import SessionStore as UnhurriedStore
from tickets.models import ContactSession


class SessionStore(UnhurriedStore):
    """The database store over `ContactSession`."""

    @classmethod
    def get_model_class(cls) -> type[ContactSession]:
        return ContactSession
