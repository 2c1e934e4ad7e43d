"""What may stand in a line of text."""

import re

MASK = "[masked]"

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_DIGITS = re.compile(r"(?<![0-9])[0-9](?:[ -]?[0-9]){12,18}(?![0-9])")


def is_plain(text: str) -> bool:
    """Whether the text is free of controls, NUL among them, and of halves of characters, which nothing can store.

    Marks that join or turn characters are no controls: Persian, Arabic and emoji need them.
    """
    return _CONTROLS.search(text) is None


def without_card_numbers(text: str) -> str:
    """The text with a mask in the place of whatever looks like a card number, which must not be kept (rule Y10)."""
    return _DIGITS.sub(_masked_card, text)


def is_card_number(text: str) -> bool:
    """13 to 19 digits, spaces and dashes aside, whose check digit is right (ISO/IEC 7812-1, Luhn)."""
    digits = text.replace(" ", "").replace("-", "")
    if not (digits.isascii() and digits.isdigit() and 13 <= len(digits) <= 19):
        return False
    doubled = [int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits))]
    return sum(number // 10 + number % 10 for number in doubled) % 10 == 0


def _masked_card(found: re.Match[str]) -> str:
    return MASK if is_card_number(found[0]) else found[0]
