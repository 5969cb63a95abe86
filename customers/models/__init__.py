from customers.models.customer import Customer, Domain, Plan, PortalCustomer
from customers.models.opening import Opening
from customers.models.stage import Rhythm, StageTask, Stay, ToDo, VisitKind

__all__ = [
    "Customer",
    "Domain",
    "Opening",
    "Plan",
    "PortalCustomer",
    "Rhythm",
    "StageTask",
    "Stay",
    "ToDo",
    "VisitKind",
]
