"""Notices for programs of a customer's people."""
