"""What a backup does with the public tables that say who a customer is."""

from accounts.kept import Goes, Line

TABLES = {
    "customers_plan": Line(Goes.OURS, "what customers have agreed with us", named_by=("code",)),
    "customers_customer": Line(
        Goes.CUSTOMER, "the customer itself", order=("id",), named_by=("code",), keeps_id=True
    ),
    "customers_domain": Line(Goes.CUSTOMER, "its hosts", order=("host",)),
    "customers_stagetask": Line(Goes.OURS, "what is to be done in a stage", named_by=("name",)),
    "customers_rhythm": Line(Goes.OURS, "how often customers are visited", named_by=("name",)),
    "customers_stay": Line(Goes.CUSTOMER, "its stages", order=("began_at", "id")),
    "customers_todo": Line(Goes.CUSTOMER, "what is to be done for it", order=("since", "name")),
    "customers_opening": Line(Goes.CUSTOMER, "how its group was opened", order=("customer_id",)),
}
