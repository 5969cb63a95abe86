"""Tickets for programs: at customers one serves on the desk, at a portal one's own."""
