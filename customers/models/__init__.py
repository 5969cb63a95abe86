from customers.models.customer import Customer, Domain, Plan, PortalCustomer

__all__ = ["Customer", "Domain", "Plan", "PortalCustomer"]
