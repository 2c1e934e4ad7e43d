"""Buying in two calls: what is known of a customer already, and the cheapest way to deliver."""

from collections.abc import Collection, Sequence

from domain.checkout.model import Checkout
from domain.checkout.priced import PricedCheckout
from domain.customers.model import SavedAddress
from domain.payments.model import PaymentMethod
from domain.payments.stored import StoredMethod
from domain.shared.address import Address
from domain.shared.making import dataclass, replace


@dataclass(frozen=True, slots=True)
class OnFile:
    """What a customer has told before. `stored_methods` are the latest first."""

    email: str
    addresses: tuple[SavedAddress, ...] = ()
    stored_methods: tuple[StoredMethod, ...] = ()

    def shipping_address(self, countries: Collection[str]) -> Address | None:
        """The one that orders go to unless the buyer says otherwise, or else the first, in one of these countries."""
        served = [entry for entry in self.addresses if entry.address.country in countries]
        default = next((entry for entry in served if entry.is_default_shipping), None)
        chosen = default or next(iter(served), None)
        return chosen.address if chosen else None

    @property
    def billing_address(self) -> Address | None:
        return next((entry.address for entry in self.addresses if entry.is_default_billing), None)

    def method(self, offered: Sequence[PaymentMethod]) -> tuple[StoredMethod, PaymentMethod] | None:
        """The stored method to pay by: the latest of those that can be paid with here."""
        known = {method.id: method for method in offered}
        usable = [stored for stored in self.stored_methods if stored.method_id in known]
        return (usable[0], known[usable[0].method_id]) if usable else None


def filled_in(checkout: Checkout, known: OnFile | None, countries: Collection[str]) -> Checkout:
    """The checkout with what is on file of its customer, where the buyer has not told anything."""
    if known is None:
        return checkout
    return replace(
        checkout,
        email=checkout.email or known.email,
        shipping_address=checkout.shipping_address or known.shipping_address(countries),
        billing_address=checkout.billing_address or known.billing_address,
    )


def with_cheapest_delivery(whole: PricedCheckout) -> Checkout:
    """The checkout with the cheapest way for each group that asks for no place to fetch it at, the first of equals."""
    sent = {
        group.id: [option for option in group.options if not option.kind.is_fetched] for group in whole.delivery_groups
    }
    cheapest = {
        key: min(options, key=lambda option: option.price.gross.minor).id for key, options in sent.items() if options
    }
    checkout = whole.checkout
    groups = tuple(replace(group, option_id=cheapest.get(group.id, group.option_id)) for group in checkout.groups)
    return replace(checkout, groups=groups)
