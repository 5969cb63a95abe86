"""Load and cost: who has how much, what customers cost to serve, how many agents that asks for."""

from django.utils.translation import gettext_lazy as _

from desk.dashboards.load_rows import ROWS
from desk.dashboards.load_tables import Tables
from desk.dashboards.serving import Dashboard

LOAD = Dashboard("load-and-cost", _("Load and cost"), Tables, ROWS)
