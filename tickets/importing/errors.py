"""What stops a whole import before it begins; a bad row never does."""


class MappingDoesNotFit(ValueError):
    """The mapping file can't be used; the message names the table and the reason."""


class FileDoesNotFit(ValueError):
    """The input can't be read with this mapping: it is missing, or lacks a mapped column."""
