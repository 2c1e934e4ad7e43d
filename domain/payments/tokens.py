"""What may stand where a gateway's token is expected."""

from domain.shared.text import is_card_number


def looks_like_card_number(text: str) -> bool:
    """Whether somebody gave a card's number instead of a token (rule Y10)."""
    return is_card_number(text)
