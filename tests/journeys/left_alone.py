"""A journey that does not end by itself, for `test_killed.py` to kill. It says that it has begun."""

import os
import time
from pathlib import Path

from tests.journeys.processes import Store

AS_LONG_AS_IT_TAKES_SECONDS = 100.0


def test_it_waits_with_its_store_running(store: Store, postgres_server: str):
    Path(os.environ["HAS_BEGUN"]).touch()
    time.sleep(AS_LONG_AS_IT_TAKES_SECONDS)
