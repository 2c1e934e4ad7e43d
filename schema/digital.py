"""Digital goods: files and license keys."""

from datetime import datetime

import strawberry

from domain.fulfillment.digital import model, usecases
from domain.shared.ids import VariantId
from resolvers import digital
from resolvers.ids import parse_id
from schema.base import Payload, mutation, represents, resolve

CATALOG_WRITE = [["catalog:write"]]


@strawberry.type(description="A file, or a license key alone, that a buyer may download.")
@represents(model.DigitalDownload)
class DigitalDownload:
    file_name: str = resolve(description="What it is saved as.")
    url: str = resolve(digital.url, description="Where it is, for a day; below this server's address.")
    expires_at: datetime | None = resolve(description="Until when it can be downloaded; null for ever.")
    remaining: int | None = resolve(description="How often it can still be downloaded; null for any number of times.")
    license_key: str | None = resolve(description="The key of this unit, if it has one.")


@strawberry.federation.type(tags=["admin"], description="A file that buyers of a variant may download.")
@represents(model.DigitalFile)
class DigitalFile:
    id: strawberry.ID = resolve(description="Names it.")
    name: str = resolve(description="What it is saved as.")
    path: str = resolve(description="Where it lies in the folder of files.")
    size_kilobytes: int = resolve(description="How long it is, rounded up.")
    sha256: str = resolve(description="The hash of its content when it was registered, in hexadecimal digits.")
    downloads_allowed: int | None = resolve(description="How often each buyer may download it; null for any number.")
    days_allowed: int | None = resolve(description="For how many days each buyer may; null for ever.")


@strawberry.input(description="A file below the server's folder `COMMERCE_FILES`, for the buyers of a variant.")
class DigitalFileRegisterInput:
    variant_id: strawberry.ID
    name: str = strawberry.field(description="What buyers save it as.")
    path: str = strawberry.field(description="Below the folder. A path that is registered already gets new terms.")
    downloads_allowed: int | None = None
    days_allowed: int | None = None

    def to_domain(self) -> usecases.RegisterFile:
        variant_id = parse_id(self.variant_id, "variant", VariantId)
        return usecases.RegisterFile(variant_id, self.name, self.path, self.downloads_allowed, self.days_allowed)


@strawberry.federation.type(tags=["admin"], description="What `digitalFileRegister` answers.")
class DigitalFileRegisterPayload(Payload):
    file: DigitalFile | None = resolve(description="The file as buyers get it from now on.")


@strawberry.input(description="License keys of a variant, of which each unit that is sold gets one.")
class LicenseKeysImportInput:
    variant_id: strawberry.ID
    keys: list[str]
    idempotency_key: str = strawberry.field(description="The same key imports once, however often it is asked.")

    def to_domain(self) -> usecases.ImportKeys:
        return usecases.ImportKeys(
            parse_id(self.variant_id, "variant", VariantId), tuple(self.keys), self.idempotency_key
        )


@strawberry.federation.type(tags=["admin"], description="What `licenseKeysImport` answers.")
class LicenseKeysImportPayload(Payload):
    added: int | None = resolve(description="How many of them were new.")


@strawberry.type
class DigitalMutation:
    digital_file_register: DigitalFileRegisterPayload | None = mutation(
        digital.register_file,
        input=DigitalFileRegisterInput,
        payload=DigitalFileRegisterPayload,
        requires_scopes=CATALOG_WRITE,
        tags=["admin"],
        description="Let buyers of a variant of a digital product download a file.",
    )
    license_keys_import: LicenseKeysImportPayload | None = mutation(
        digital.import_keys,
        input=LicenseKeysImportInput,
        payload=LicenseKeysImportPayload,
        requires_scopes=CATALOG_WRITE,
        tags=["admin"],
        description="Put license keys into the pool of a variant; orders that wait for them get theirs.",
    )
