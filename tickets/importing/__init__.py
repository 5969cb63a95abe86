"""Reads what another desk exported: pure Python, no database and no clock.

`mapping` says how a file is read, `reading` gives its rows, `rows` makes tickets of them. Bad input
never raises: it comes back as `BadRow` with its line, its reason and what to do about it.
"""
