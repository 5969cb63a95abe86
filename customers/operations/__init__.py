from customers.operations.laying import (
    CodeTaken,
    ImpossibleCode,
    lay,
    migrate,
    resume,
    suspend,
)
from customers.operations.roles import prepare_roles

__all__ = ["CodeTaken", "ImpossibleCode", "lay", "migrate", "prepare_roles", "resume", "suspend"]
