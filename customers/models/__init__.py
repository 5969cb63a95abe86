from customers.models.customer import Customer, Domain, Plan, PortalCustomer
from customers.models.opening import Opening

__all__ = ["Customer", "Domain", "Opening", "Plan", "PortalCustomer"]
