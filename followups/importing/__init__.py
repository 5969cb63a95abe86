"""Reads answers that somebody else asked for: pure Python, no database and no clock.

`mapping` says how a file is read, `rows` makes answers of its rows. Bad input never raises: it
comes back as `BadRow` with its line, its reason and what to do about it.
"""
