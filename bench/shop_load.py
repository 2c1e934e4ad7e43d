"""The mix of a shop put on a store, and what it cost."""

from typing import Any

from bench.load import Seen
from bench.measure import Load, Pace, Watched, cost_of, run_load
from bench.results import ShopLoad
from bench.stage import Store, Web


def run_shop(store: Store, web: Web, pace: Pace) -> ShopLoad:
    """The mix for the whole time of a workload."""
    arguments = ["bench.shop", web.url, str(pace.connections), str(pace.seconds)]
    return shop_load(run_load(arguments, Watched.of(store, web.pid)))


def shop_load(load: Load) -> ShopLoad:
    told: dict[str, Any] = load.told
    kinds = {kind: Seen(**seen) for kind, seen in told["kinds"].items()}
    return ShopLoad(cost_of(Load(told["all"], load.cpu_seconds), 1), kinds, told["errors"])
