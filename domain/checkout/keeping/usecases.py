"""Keeping the addresses that a customer wants to have at hand the next time."""

from dataclasses import astuple

from domain.checkout.model import Checkout
from domain.checkout.ports import UnitOfWork
from domain.customers.model import MAX_ADDRESSES, SavedAddress
from domain.shared.address import Address
from domain.shared.ids import AddressId


async def keep_addresses(uow: UnitOfWork, checkout: Checkout) -> None:
    """Put them into the address book of the customer who bought, but for those that it has, as long as it has room."""
    wanted = checkout.addresses_to_save
    if not wanted or checkout.customer_id is None:
        return
    book = await uow.customers.addresses(checkout.customer_id)
    known = {_words(entry.address) for entry in book}
    new = [address for address in wanted if _words(address) not in known][: MAX_ADDRESSES - len(book)]
    if new:
        entries = [SavedAddress(AddressId(uow.new_id("address")), address) for address in new]
        await uow.customers.add_addresses(checkout.customer_id, entries, position=len(book))


def _words(address: Address) -> tuple[str, ...]:
    """What makes an address: some countries write cities in capitals, which makes no other place of them."""
    return tuple((value or "").casefold() for value in astuple(address))
