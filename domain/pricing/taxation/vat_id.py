"""VAT numbers, as buyers write them."""

from datetime import timedelta

CHECK_LASTS = timedelta(hours=1)
"""How long a register's answer stands for a checkout that is started again."""
MAX_LENGTH = 20


def normalized(given: str) -> str:
    """Without blanks, dots and hyphens, in capitals, as registers know it."""
    return "".join(char for char in given.upper() if char.isalnum() or char in "+*")
