"""The gateways of a server, side by side: a card, a gift card and an invoice may pay for one checkout."""

from collections.abc import Mapping, Sequence

from domain.payments.model import PaymentMethod
from domain.payments.ports import PaymentGateway
from domain.shared.making import dataclass


@dataclass(frozen=True, slots=True)
class Gateways:
    """All gateways of this server, by name: `gateways[payment.gateway]`."""

    by_name: Mapping[str, PaymentGateway]

    @classmethod
    def of(cls, *gateways: PaymentGateway) -> "Gateways":
        return cls({gateway.name: gateway for gateway in gateways})

    def __getitem__(self, name: str) -> PaymentGateway:
        """KeyError for a gateway that this server was not given: payments of it wait until it is."""
        return self.by_name[name]

    def methods(self, currency: str, country: str) -> Sequence[PaymentMethod]:
        """What a buyer in `country` can pay with in `currency`, at any gateway."""
        return [method for gateway in self.by_name.values() for method in gateway.methods(currency, country)]

    def offering(self, method_id: str) -> PaymentGateway:
        """The gateway whose method this is; KeyError when it is gone."""
        for gateway in self.by_name.values():
            if gateway.offers(method_id):
                return gateway
        raise KeyError(method_id)
