"""What the demo's files may have wrong."""


class StoryDoesNotFit(ValueError):
    """A file of the demo says something impossible; the message names the place and the reason."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where}: {reason}")
        self.where = where
        self.reason = reason
