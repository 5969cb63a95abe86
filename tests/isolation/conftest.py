from tests.isolation.stages import stage
from tests.isolation.worlds import world

__all__ = ["stage", "world"]
