"""What must not stand in logs even if it got there by mistake: card numbers (rule Y10) and email addresses."""

import re

from domain.shared.text import MASK, without_card_numbers

_EMAIL = re.compile(r"[^\s@\"'<>()=,;:]+@[^\s@\"'<>()=,;:]+\.[A-Za-z]{2,}")


def masked(text: str) -> str:
    """The text without what looks like a card number or an email address."""
    if "@" in text:
        text = _EMAIL.sub(MASK, text)
    return without_card_numbers(text)


def holds_card_number(text: str) -> bool:
    return without_card_numbers(text) != text
