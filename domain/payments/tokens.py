"""What may stand where a gateway's token is expected."""


def looks_like_card_number(text: str) -> bool:
    """13 to 19 digits, spaces and dashes aside, that pass the Luhn check (ISO/IEC 7812-1)."""
    digits = text.replace(" ", "").replace("-", "")
    if not (digits.isascii() and digits.isdigit() and 13 <= len(digits) <= 19):
        return False
    doubled = [int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits))]
    return sum(number // 10 + number % 10 for number in doubled) % 10 == 0
