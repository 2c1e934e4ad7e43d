"""When Python looks for garbage in cycles: not while a process starts, and seldom in what will live as long as it."""

import gc

YOUNG = 20_000
"""How many more objects made than freed call for a look at the young ones; a page of results makes thousands."""


def put_off_collection() -> None:
    """Look for nothing while modules are imported and the schema is made: that finds nothing, and takes a tenth."""
    gc.disable()


def collect_as_usual() -> None:
    """Look as Python does, but not at what was made until now."""
    gc.freeze()
    gc.enable()


def collect_from_now_on() -> None:
    """Leave all that was made until now alone for good, and begin to look at what is made from here on."""
    gc.freeze()
    gc.set_threshold(YOUNG, 10, 10)
    gc.enable()
