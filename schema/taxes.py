"""How sales are taxed, and the books that say so."""

from datetime import datetime

import strawberry

from domain.pricing.taxation import evidence, facts, treatment, usecases
from domain.shared.ids import CompanyId, CustomerId, VendorId
from resolvers import taxes
from resolvers.ids import parse_id
from schema.base import Payload, enum, mutation, represents, resolve
from schema.scalars import CountryCode

enum(facts.Scheme)
enum(treatment.Treatment)
enum(treatment.Collector)
enum(evidence.TaxFlag)

PRICING_WRITE = [["staff", "pricing:write"]]


@strawberry.type(description="A buyer's VAT number, and what the European Union's register said of it.")
@represents(evidence.BuyersVatId)
class VatIdCheck:
    vat_id: str = resolve(description="The number, without blanks.")
    valid: bool = resolve(description="Whether it is in the register.")
    checked_at: datetime | None = resolve(
        description="When the register answered; null if it could not be asked, and then the tax is charged."
    )
    reference: str | None = resolve(description="The register's number of the consultation.")
    reverse_charge: bool = resolve(description="Whether the buyer accounts for the tax, so that none is charged.")


@strawberry.type(description="That a seller is registered for a tax.")
@represents(facts.Registration)
class TaxRegistration:
    country: CountryCode = resolve(description="Where.")
    region: str | None = resolve(description="A part of the country; null for all of it.")
    scheme: facts.Scheme = resolve(description="Under what the tax is declared.")
    number: str = resolve(description="The number it was given.")
    valid_from: datetime | None = resolve(description="From when.")
    valid_until: datetime | None = resolve(description="Until when, exclusive.")


@strawberry.type(description="That a customer or a company buys free of tax in a territory.")
@represents(facts.Certificate)
class TaxCertificate:
    number: str = resolve(description="The certificate's number.")
    country: CountryCode = resolve(description="Where.")
    region: str | None = resolve(description="A part of the country; null for all of it.")
    valid_from: datetime | None = resolve(description="From when.")
    valid_until: datetime | None = resolve(description="Until when, exclusive.")


@strawberry.input(description="A registration; it takes the place of one for the same country, region and scheme.")
class TaxRegistrationSetInput:
    vendor_id: strawberry.ID
    country: CountryCode
    scheme: facts.Scheme
    number: str
    region: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def to_domain(self) -> usecases.SetTaxRegistration:
        window = (self.valid_from, self.valid_until)
        registration = facts.Registration(self.country, self.scheme, self.number, self.region, *window)
        return usecases.SetTaxRegistration(parse_id(self.vendor_id, "vendor", VendorId), registration)


@strawberry.input(description="A certificate; it takes the place of one of the same number.")
class TaxCertificateSetInput:
    country: CountryCode
    number: str
    customer_id: strawberry.ID | None = strawberry.field(default=None, description="Whose it is, or `companyId`.")
    company_id: strawberry.ID | None = strawberry.field(default=None, description="The company whose it is.")
    region: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def to_domain(self) -> usecases.SetTaxCertificate:
        window = (self.valid_from, self.valid_until)
        certificate = facts.Certificate(self.number, self.country, self.region, *window)
        return usecases.SetTaxCertificate(
            None if self.customer_id is None else parse_id(self.customer_id, "customer", CustomerId),
            certificate,
            None if self.company_id is None else parse_id(self.company_id, "company", CompanyId),
        )


@strawberry.type(description="The registration as it was written.")
class TaxRegistrationSetPayload(Payload):
    registration: TaxRegistration | None = resolve(description="The registration as it was written.")


@strawberry.type(description="The certificate as it was written.")
class TaxCertificateSetPayload(Payload):
    certificate: TaxCertificate | None = resolve(description="The certificate as it was written.")


@strawberry.type
class TaxMutation:
    tax_registration_set: TaxRegistrationSetPayload | None = mutation(
        taxes.set_registration,
        input=TaxRegistrationSetInput,
        payload=TaxRegistrationSetPayload,
        requires_scopes=PRICING_WRITE,
        tags=["admin"],
        description="Say where a seller is registered for a tax: its sales are taxed by it from then on.",
    )
    tax_certificate_set: TaxCertificateSetPayload | None = mutation(
        taxes.set_certificate,
        input=TaxCertificateSetInput,
        payload=TaxCertificateSetPayload,
        requires_scopes=PRICING_WRITE,
        tags=["admin"],
        description="Say that a customer or a company buys free of tax in a country, or in a region of it.",
    )
