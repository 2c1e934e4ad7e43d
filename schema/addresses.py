"""Postal addresses, as given and as shown."""

import strawberry

from domain.shared import address as model
from resolvers import addresses
from schema.base import represents, resolve
from schema.scalars import CountryCode


@strawberry.federation.type(shareable=True, description="A postal address.")
@represents(model.Address)
class Address:
    first_name: str | None = resolve(description="The given name of who receives it.")
    last_name: str | None = resolve(description="The family name of who receives it.")
    company: str | None = resolve(description="The company that receives it.")
    line1: str = resolve(description="Street and number.")
    line2: str | None = resolve(description="Whatever else the carrier must know: floor, door, building.")
    city: str = resolve(description="The city, town or village.")
    region: str | None = resolve(description="State, province or prefecture, as the country writes it.")
    postal_code: str | None = resolve(description="As text, since many have letters or leading zeros.")
    country: CountryCode = resolve(description="Where it is.")
    phone: str | None = resolve(description="E.164, as in `+4930123456`.")
    formatted: list[str] = resolve(
        addresses.formatted, description="Its lines as an envelope in its country shows them."
    )


@strawberry.input(description="A postal address; what it must have depends on its country.")
class AddressInput:
    line1: str
    city: str
    country: CountryCode
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    line2: str | None = None
    region: str | None = None
    postal_code: str | None = None
    phone: str | None = None

    def to_domain(self) -> model.Address:
        return model.Address(
            line1=self.line1,
            city=self.city,
            country=self.country,
            first_name=self.first_name,
            last_name=self.last_name,
            company=self.company,
            line2=self.line2,
            region=self.region,
            postal_code=self.postal_code,
            phone=self.phone,
        )
