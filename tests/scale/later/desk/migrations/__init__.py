"""The app's migrations of today, and the one beside this file."""

from tests.scale.later import of_today

__path__.append(of_today("desk"))
