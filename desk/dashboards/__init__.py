"""Figures for managers over all customers one serves: the dashboards of the admin.

Pages, mails and the API ask here and nowhere else. Only public projections are read, in a fixed
number of statements, however many customers there are; no schema is opened::

    asked = asked_from(request.GET, today=timezone.localdate(now))   # raises BadAsk: field, str()
    told = board("service-today", user=user, asked=asked, now=now)   # .figures .series .tables
    rows = rows_of("service-today", "overdue", user=user, asked=asked, now=now, chosen="12")
    page = Paginator(rows, 50).get_page(1)
    lines("service-today", "overdue", page, user=user, asked=asked, now=now)

- Names: `NAMES`; in words: `labels()`. Periods in words: `PERIODS`; parameters: `PARAMETERS`. Days
  are in the zone that is active (mails and the API activate the reader's first).
- A `Figure` has `value` (Decimal, int or None: nothing to count it of), `unit`, `n`, `definition`
  (lazy), `rows` (key for `rows_of`; empty: none), with `asked.compare` also `before` and
  `before_n`, and `better`: up, down or neither. A `Cell` of a `Table` has `rows` and `of`: ask
  `rows_of(name, cell.rows, chosen=cell.of)`. A `Point` of a `Series` is labelled by a date.
- `asked.query(**other)` is the address of what is asked; `rows_path(name, figure, asked=asked,
  of=cell.of)` is where the admin shows rows: ``/dashboards/<name>/<figure>/?…&of=…``. The API
  writes those addresses, so pages answer there. A dashboard itself is at ``/dashboards/<name>/``.
- A `Line` is a row as a page shows it; its `href` is a path on the desk's host.
- `health_of(customers, now=now)`: how each customer is doing, 0 to 100, with the reasons.

Who may see them: `Permission.SEE_SERVICE`; doors ask. `serve` is how apps above add theirs.
"""

from desk.dashboards.asking import (
    DEFAULT,
    PARAMETERS,
    PERIODS,
    Asked,
    BadAsk,
    asked_from,
)
from desk.dashboards.health import Facts, Health, Reason, health_of
from desk.dashboards.serving import (
    NAMES,
    Dashboard,
    NoSuchFigure,
    Scope,
    board,
    figures,
    labels,
    lines,
    rows_of,
    rows_path,
    serve,
)
from desk.dashboards.shapes import (
    Board,
    Cell,
    Column,
    Figure,
    Line,
    Point,
    Row,
    Series,
    Table,
)

__all__ = [
    "DEFAULT",
    "NAMES",
    "PARAMETERS",
    "PERIODS",
    "Asked",
    "BadAsk",
    "Board",
    "Cell",
    "Column",
    "Dashboard",
    "Facts",
    "Figure",
    "Health",
    "Line",
    "NoSuchFigure",
    "Point",
    "Reason",
    "Row",
    "Scope",
    "Series",
    "Table",
    "asked_from",
    "board",
    "figures",
    "health_of",
    "labels",
    "lines",
    "rows_of",
    "rows_path",
    "serve",
]
