"""The tax books, as staff keep them."""

from domain.pricing.taxation import usecases
from domain.pricing.taxation.facts import Certificate, Registration
from resolvers.context import Info


async def set_registration(info: Info, command: usecases.SetTaxRegistration) -> Registration:
    written = await usecases.set_tax_registration(info.context.unit_of_work(), command)
    info.context.services.reference.forget()
    return written


async def set_certificate(info: Info, command: usecases.SetTaxCertificate) -> Certificate:
    written = await usecases.set_tax_certificate(info.context.unit_of_work(), command)
    info.context.services.reference.forget()
    return written
