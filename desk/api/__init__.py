"""The queue for programs."""
