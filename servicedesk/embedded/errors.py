"""What can be wrong with a server of our own, said with the way out."""


class ServerError(Exception):
    """A server could not be found, started or entered. Its text is meant for a person."""
