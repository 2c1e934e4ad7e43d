"""What must not stand in logs even if it got there by mistake: card numbers (rule Y10) and email addresses."""

import re

MASK = "[masked]"

_DIGITS = re.compile(r"(?<![0-9])[0-9](?:[ -]?[0-9]){12,18}(?![0-9])")
_EMAIL = re.compile(r"[^\s@\"'<>()=,;:]+@[^\s@\"'<>()=,;:]+\.[A-Za-z]{2,}")


def masked(text: str) -> str:
    """The text without what looks like a card number or an email address."""
    if "@" in text:
        text = _EMAIL.sub(MASK, text)
    return _DIGITS.sub(_masked_card, text)


def holds_card_number(text: str) -> bool:
    return any(_is_card_number(found[0]) for found in _DIGITS.finditer(text))


def _masked_card(found: re.Match[str]) -> str:
    return MASK if _is_card_number(found[0]) else found[0]


def _is_card_number(text: str) -> bool:
    """13 to 19 digits whose check digit is right (ISO/IEC 7812, Luhn)."""
    digits = [int(character) for character in reversed(text) if character.isdigit()]
    doubled = (digit * 2 - 9 if digit > 4 else digit * 2 for digit in digits[1::2])
    return (sum(digits[0::2]) + sum(doubled)) % 10 == 0
