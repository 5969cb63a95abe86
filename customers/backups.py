"""What a backup does with the public tables that say who a customer is."""

from accounts.kept import Goes, Line

TABLES = {
    "customers_plan": Line(Goes.OURS, "what customers have agreed with us", named_by=("code",)),
    "customers_customer": Line(
        Goes.CUSTOMER, "the customer itself", order=("id",), named_by=("code",), keeps_id=True
    ),
    "customers_domain": Line(Goes.CUSTOMER, "its hosts", order=("host",)),
    "customers_opening": Line(Goes.CUSTOMER, "how its group was opened", order=("customer_id",)),
}
