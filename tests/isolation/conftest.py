from tests.isolation.worlds import world

__all__ = ["world"]
