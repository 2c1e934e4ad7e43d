"""A process that runs embedded servers, to be killed, interrupted or refused by tests.

Started with a data folder, it says on one line where the servers are, or why not, and serves until its input ends.
"""

import json
import signal
import sys
from pathlib import Path

from server.embedded import EmbeddedError, EmbeddedServers


def main(data_dir: Path) -> None:
    # Whoever starts the tests in the background of a shell has them, and us, begin with interrupts ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    servers = EmbeddedServers(data_dir)
    try:
        servers.start()
    except EmbeddedError as error:
        say({"refused": str(error)})
        return
    try:
        say(places(servers))
        sys.stdin.read()
    except KeyboardInterrupt:
        say(places(servers))
    servers.stop()


def say(answer: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def places(servers: EmbeddedServers) -> dict[str, object]:
    return {
        "database_url": servers.database_url,
        "redis_url": servers.redis_url,
        "postgres_pid": servers.postgres_pid,
        "valkey_pid": servers.valkey_pid,
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
