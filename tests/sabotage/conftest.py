from tests.isolation.mixing import mixed_server, visitors
from tests.isolation.stages import stage
from tests.isolation.worlds import world

__all__ = ["mixed_server", "stage", "visitors", "world"]
