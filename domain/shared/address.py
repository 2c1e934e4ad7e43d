"""A postal address, as given by the buyer and checked for its country."""

from domain.shared.making import dataclass


@dataclass(frozen=True, slots=True)
class Address:
    """`country` is ISO 3166-1 alpha-2, `region` the subdivision as that country writes it, `phone` E.164."""

    line1: str
    city: str
    country: str
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    line2: str | None = None
    region: str | None = None
    postal_code: str | None = None
    phone: str | None = None
