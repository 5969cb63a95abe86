"""Which dashboards are counted here; that of problems and releases is the app's above."""

from desk.dashboards.firms import CUSTOMERS
from desk.dashboards.load import LOAD
from desk.dashboards.satisfied import SATISFACTION
from desk.dashboards.serving import serve
from desk.dashboards.today import TODAY


def take() -> None:
    """Take them; called once at start."""
    for dashboard in (TODAY, SATISFACTION, LOAD, CUSTOMERS):
        serve(dashboard)
