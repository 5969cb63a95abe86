"""The product's settings, with the migrations of one release later."""

from servicedesk.settings import *  # noqa: F403  they are the product's

MIGRATION_MODULES = {
    "desk": "tests.scale.later.desk.migrations",
    "tickets": "tests.scale.later.tickets.migrations",
}
