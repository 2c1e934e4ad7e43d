"""What may stand in a line of text."""

import re

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def is_plain(text: str) -> bool:
    """Whether the text is free of controls, NUL among them, and of halves of characters, which nothing can store.

    Marks that join or turn characters are no controls: Persian, Arabic and emoji need them.
    """
    return _CONTROLS.search(text) is None
